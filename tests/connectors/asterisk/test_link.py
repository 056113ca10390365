"""The link to a PBX that is sometimes broken: what is lost is told, and nothing is done twice."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator

import pytest

from connectors.asterisk.calls import Calls
from connectors.asterisk.link import PING_EVERY, PING_SECONDS, Link
from connectors.asterisk.resync import Snapshot
from hub.connector import AuthFailed, Refused, Unavailable
from hub.events import CallChanged
from tests.ami import EXPECTED, PLAN, last, stream
from tests.eventually import eventually
from tests.fake_pbx import SECRET, FakePbx, fake_pbx

QUEUE_CALL = stream("01-queue-answered").partition(b"Uptime")[2].partition(b"\r\n\r\n")[2]
HANGUP = b"Event: Hangup\r\nUniqueid: %s\r\nLinkedid: %s\r\nChannel: PJSIP/x\r\n\r\n"
LIST = [b"Response: Success\r\nEventList: start\r\nMessage: Channels will follow\r\n"]
END = [b"Event: ListComplete\r\nEventList: Complete\r\nListItems: 1\r\n"]


@pytest.fixture
async def pbx() -> AsyncIterator[FakePbx]:
    async with fake_pbx() as one:
        yield one


@pytest.fixture
async def link(pbx: FakePbx) -> AsyncIterator[Link]:
    one = Link(pbx.address(), frozenset({"PeerStatus"}))
    await one.connect()
    yield one
    one.close()


async def listen(link: Link, kind: str) -> list[dict[str, str]]:
    """Give all events up to the first of a kind."""
    heard: list[dict[str, str]] = []
    async with asyncio.timeout(20):
        while not any(message["Event"] == kind for message in heard):
            heard += [message for message, _ in await link.events()]
    return heard


async def test_a_call_on_the_wire_becomes_a_call(pbx: FakePbx, link: Link) -> None:
    calls, told = Calls(PLAN), list[CallChanged]()
    pbx.send(QUEUE_CALL)
    async with asyncio.timeout(20):
        while not told or told[-1].call.outcome is None:
            told += calls.hear(await link.events())
    (call,) = last(told)
    assert call.outcome == EXPECTED["01-queue-answered"][0]["outcome"]
    assert [talk.extension for talk in call.talks] == ["101"]


async def test_connect_returns_when_we_are_logged_in(pbx: FakePbx, link: Link) -> None:
    assert link.is_up
    assert pbx.logins == 1


async def test_a_wrong_secret_is_told_once_and_tried_once(
    pbx: FakePbx, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(AuthFailed, match="secret is wrong"):
        await Link(pbx.address("knock-knock")).connect()
    assert pbx.logins == 1
    assert "knock-knock" not in caplog.text


async def test_nobody_at_the_address_is_unavailable(pbx: FakePbx) -> None:
    address = pbx.address()._replace(port=1)
    with pytest.raises(Unavailable, match="does not answer"):
        await Link(address).connect()
    assert SECRET not in repr(address)


async def test_a_lost_connection_ends_the_listening(pbx: FakePbx, link: Link) -> None:
    listening = asyncio.create_task(link.events())
    pbx.cut_off()
    with pytest.raises(Unavailable, match="was lost"):
        await asyncio.wait_for(listening, 10)
    with pytest.raises(Unavailable, match="no connection"):
        await link.act({"Action": "Ping"})
    assert pbx.logins == 1


async def test_what_came_before_the_loss_is_still_given(pbx: FakePbx, link: Link) -> None:
    pbx.send(HANGUP % (b"1", b"1") + b"Event: Hangup\r\nUniqueid: cut in mid-mess")
    await eventually(lambda: link._inbox._calls)
    pbx.cut_off()
    await eventually(lambda: not link.is_up)
    assert [message["Uniqueid"] for message, _ in await link.events()] == ["1"]
    with pytest.raises(Unavailable):
        await link.events()


async def test_a_half_open_link_is_noticed(pbx: FakePbx) -> None:
    assert PING_EVERY + PING_SECONDS < 15
    link = Link(pbx.address(), ping_every=0.05, ping_seconds=0.1)
    await link.connect()
    pbx.is_mute = True
    with pytest.raises(Unavailable):
        await asyncio.wait_for(link.events(), 10)
    link.close()


async def test_an_action_without_an_answer_times_out_and_is_sent_once(pbx: FakePbx, link: Link) -> None:
    pbx.is_mute = True
    with pytest.raises(TimeoutError):
        await link.act({"Action": "Originate", "Channel": "PJSIP/101"}, 0.05)
    assert link._session is not None
    assert link._session.responses == {}
    assert [action["Action"] for action in pbx.actions].count("Originate") == 1


async def test_an_action_whose_answer_the_loss_took_is_not_sent_again(pbx: FakePbx, link: Link) -> None:
    pbx.is_mute = True
    dialling = asyncio.create_task(link.act({"Action": "Originate", "Channel": "PJSIP/101"}))
    await eventually(lambda: pbx.actions[-1]["Action"] == "Originate")
    pbx.cut_off()
    with pytest.raises(ConnectionError):
        await dialling
    pbx.is_mute = False
    again = Link(pbx.address())
    await again.connect()
    await again.act({"Action": "Events"})
    assert [action["Action"] for action in pbx.actions] == ["Login", "Originate", "Login", "Events"]
    again.close()


@pytest.mark.parametrize("value", ["1\r\nApplication: System", "1\n", "1\r", "\ud800", "1\0"])
async def test_a_value_cannot_become_a_header(pbx: FakePbx, link: Link, value: str) -> None:
    with pytest.raises(ValueError, match=r"one line|surrogates"):
        await link.act({"Action": "Originate", "Exten": value})
    with pytest.raises(ValueError, match=r"one line|surrogates"):
        await link.act({"Action": "Originate", "Variable": ["a=1", value]})
    assert [action["Action"] for action in pbx.actions] == ["Login"]


async def test_an_originate_goes_on_by_itself(pbx: FakePbx, link: Link) -> None:
    pbx.answers["Originate"] = [
        b"Response: Success\r\nMessage: Originate successfully queued\r\n",
        b"Event: OriginateResponse\r\nResponse: Failure\r\nUniqueid: <unknown>\r\n",
    ]
    (answer,) = await link.act({"Action": "Originate", "ActionID": "ours", "Async": "true"}, lists=False)
    assert answer["Message"] == "Originate successfully queued"
    (event,) = await listen(link, "OriginateResponse")
    assert event["ActionID"] == "ours"


async def test_a_denied_action_says_which_line_is_missing(pbx: FakePbx, link: Link) -> None:
    pbx.answers["Originate"] = [b"Response: Error\r\nMessage: Permission denied\r\n"]
    with pytest.raises(Refused, match=r"add “originate” to “write =” of \[hub\]"):
        await link.act({"Action": "Originate"})


async def test_a_snapshot_has_what_lives(pbx: FakePbx, link: Link) -> None:
    pbx.answers["CoreShowChannels"] = [
        *LIST,
        b"Event: CoreShowChannel\r\nUniqueid: 1\r\nDuration: 00:01:00\r\n",
        *END,
    ]
    pbx.answers["QueueStatus"] = [*LIST, b"Event: QueueEntry\r\nUniqueid: 1\r\nQueue: sales\r\n", *END]
    pbx.answers["Status"] = [b"Response: Error\r\nMessage: Permission denied\r\n"]
    snapshot = await link.snapshot(silent_since=5.0)
    assert [row["Event"] for row in snapshot.items or ()] == ["CoreShowChannel", "QueueEntry"]
    assert (snapshot.uptime, snapshot.silent_since) == (100, 5.0)


async def test_a_pbx_that_lists_nothing_is_not_taken_for_an_idle_one(pbx: FakePbx, link: Link) -> None:
    pbx.answers["CoreShowChannels"] = [b"Response: Error\r\nMessage: Permission denied\r\n"]
    assert (await link.snapshot()).items is None


async def test_events_that_never_come_are_noticed(link: Link) -> None:
    old = [{"Event": "CoreShowChannel", "Duration": "00:10:00"}]
    fresh = [{"Event": "CoreShowChannel", "Duration": "00:00:30"}, {"Event": "QueueEntry", "Wait": "30"}]
    link._connected_at -= 60
    assert link.lacks(Snapshot(old, 0.0)) == []
    assert [sentence.values["right"] for sentence in link.lacks(Snapshot(fresh, 0.0))] == ["call", "agent"]


async def test_a_recording_is_asked_for_by_its_channel(pbx: FakePbx, link: Link) -> None:
    pbx.answers["Getvar"] = [b"Response: Success\r\nValue: /spool/1.wav\r\n"]
    assert await link.recording("PJSIP/trunk-1") == "/spool/1.wav"
    pbx.answers["Getvar"] = [b"Response: Error\r\nMessage: No such channel\r\n"]
    assert await link.recording("PJSIP/trunk-1") == ""


async def test_an_event_of_ten_megabytes_costs_nothing_but_itself(pbx: FakePbx, link: Link) -> None:
    pbx.send(b"Event: Hangup\r\nUniqueid: " + b"9" * 10_000_000 + b"\r\n\r\n" + HANGUP % (b"1", b"1"))
    (event,) = await listen(link, "Hangup")
    assert event["Uniqueid"] == "1"
    assert link.dropped["oversized"] == 1
    assert link.is_up


async def test_a_flood_drops_what_makes_no_call_and_loses_no_call(pbx: FakePbx, link: Link) -> None:
    link._inbox._most = 1000
    noise = b"Event: PeerStatus\r\nPeer: PJSIP/101\r\n\r\n" * 1000
    for number in range(200):
        pbx.send(noise + (HANGUP % (b"%d" % number, b"1") if number % 2 else b""))
    pbx.send(b"Event: Unhold\r\n\r\n")
    await eventually(lambda: any(b"Unhold" in message for message, _ in link._inbox._calls))
    heard = await listen(link, "Unhold")
    assert [int(event["Uniqueid"]) for event in heard if event["Event"] == "Hangup"] == list(range(1, 200, 2))
    assert link.dropped["others"] >= 199_000
    assert link.dropped["calls"] == 0


async def test_lost_calls_are_counted(pbx: FakePbx, link: Link) -> None:
    link._inbox._most = 10
    pbx.send(HANGUP % (b"1", b"1") * 20)
    await eventually(lambda: link.dropped["calls"] == 10)


async def test_other_work_goes_on_during_a_flood(pbx: FakePbx, link: Link) -> None:
    pbx.send(b"Event: VarSet\r\nVariable: x\r\nValue: 1\r\n\r\n" * 200_000 + HANGUP % (b"1", b"1"))
    listening, longest, then = asyncio.create_task(listen(link, "Hangup")), 0.0, time.thread_time()
    while not listening.done():
        await asyncio.sleep(0)
        longest, then = max(longest, time.thread_time() - then), time.thread_time()
    assert len(await listening) == 1
    assert longest < 0.5
