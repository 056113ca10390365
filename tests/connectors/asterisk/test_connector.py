"""What the connector tells of real calls through a real Asterisk is what the people with the telephones lived."""

from __future__ import annotations

import asyncio
import filecmp
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from connectors.asterisk import Asterisk as Connector
from connectors.asterisk.settings import AsteriskSettings
from hub.board import Board, Queue
from hub.connector import AuthFailed, Raw, Refused, Unavailable
from hub.events import CallChanged, CallState, ListCaller, PlaceCall
from tests.connectors.asterisk.scenarios import SCENARIOS, play
from tests.connectors.asterisk.stage import CUSTOMER, SALES, on_stage
from tests.connectors.asterisk.truth import Story
from tests.connectors.asterisk.written import calls_in, chronicles, sums
from tests.eventually import eventually
from tests.servers.asterisk import Asterisk
from tests.servers.phone import Phone
from tests.servers.phone_call import DECLINE

# 14…: the PBX or the link goes away; 23: refusals, none of them a call; 06c: one call of two is joined to the other.
APART = {"14", "14b", "14c", "23", "06c"}
LATE = 1.5  # seconds between a telephone and what the PBX says of it, on a busy machine


class Heard:
    """A line of a hub that remembers."""

    def __init__(self, connector: Connector) -> None:
        """Hear nothing yet."""
        self._connector = connector
        self.is_up = asyncio.Event()
        self.kept: dict[str, Raw] = {}
        self.board = Board()
        self.missed: datetime | None = None
        self.words = ""

    async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
        """Keep an item once."""
        del stream
        self.kept.setdefault(key, raw)

    async def up(self) -> None:
        """Be told that all is heard."""
        self.is_up.set()

    async def missed_since(self) -> datetime | None:
        """Give what a test says."""
        return self.missed

    async def filled(self, words: str) -> None:
        """Be told what was found out."""
        self.missed, self.words = None, words

    async def unfilled(self, words: str) -> None:
        """Be told why nothing can be."""
        self.words = words

    def show(self, look: Callable[[], Board]) -> None:
        """Look at once."""
        self.board = look()

    @property
    def calls(self) -> list[CallState]:
        """Give every call as it was told last, in the order in which they began."""
        told = [event for raw in self.kept.values() for event in self._connector.read(raw)]
        last = {each.call.key: each.call for each in told if isinstance(each, CallChanged)}
        return sorted(last.values(), key=lambda call: call.started_at)

    def is_over(self, count: int) -> bool:
        """Tell whether so many calls ended and none goes on."""
        return len(self.calls) >= count and all(call.outcome for call in self.calls)


def connector_to(asterisk: Asterisk, **more: object) -> Connector:
    """Give a connector that is set up for this PBX."""
    settings = {
        "port": asterisk.ami_port,
        "secret": asterisk.secret,
        "departments": ["sales = Sales"],
        **more,
    }
    return Connector("pbx", "s", msgspec.convert(settings, AsteriskSettings))


@pytest.fixture
async def heard(asterisk: Asterisk) -> AsyncIterator[Heard]:
    """Give what a connector hears of the PBX."""
    line = Heard(connector_to(asterisk))
    task = asyncio.create_task(line._connector.run(line))
    await asyncio.wait_for(line.is_up.wait(), 10)
    yield line
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


# Nobody who was asked for picked up his own telephone: Asterisk keeps no sum of it.
NEVER_SUMMED = {"10", "10b", "10c"}


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - APART))
async def test_each_call_is_told_and_written_as_it_was_lived(
    asterisk: Asterisk, heard: Heard, name: str
) -> None:
    asterisk.write_into_a_database()
    began = time.time()
    stories = (await play(name, asterisk)).stories
    await eventually(lambda: heard.is_over(len(stories)), 10)
    compare(heard.calls, stories)
    never_begun = name == "10c"  # no channel was made, so nothing could be written
    for chronicle in chronicles(asterisk):
        told = [] if never_begun else stories
        compare(await calls_in(chronicle, began, len(told)), told)
    told = [] if name in NEVER_SUMMED else stories
    keys = [call.key for call in heard.calls]  # a sum says in which second a call began
    found = await calls_in(sums(asterisk), int(began), len(told), keys)
    assert sorted(map(summed_up, map(seen, found))) == sorted(map(summed_up, map(lived, told)))


def summed_up(call: dict[str, object]) -> tuple[str, ...]:
    """Give what a sum knows of a call: neither transfers nor who hung up, and not that our own telephone rang first."""
    missed = "missed" if call["outcome"] in {"abandoned", "no-answer", "failed"} else call["outcome"]
    return tuple(map(str, (call["direction"], call["customer"], missed, *call["talked"])))  # type: ignore[misc]


def compare(calls: Sequence[CallState], stories: Sequence[Story]) -> None:
    """Hold calls against what was lived."""
    assert [seen(call) for call in calls] == [lived(story) for story in stories]
    for call, story in zip(calls, stories, strict=True):
        answered = call.answered_at.timestamp() if call.answered_at else None
        assert answered == pytest.approx(story.answered_at, abs=LATE)
        ended = call.ended_at.timestamp() if call.ended_at else None
        assert story.direction == "internal" or ended == pytest.approx(story.ended_at, abs=LATE)


def seen(call: CallState) -> dict[str, object]:
    """Give what can be compared of a call as it was told."""
    return {
        "direction": call.direction, "customer": bool(call.customer or call.written), "rang": set(call.rang),
        "talked": [talk.extension for talk in call.talks], "outcome": call.outcome,
        "transfers": [(each.kind, each.by) for each in call.transfers],
    }  # fmt: skip


def lived(story: Story) -> dict[str, object]:
    """Give the same of a call as it was lived."""
    return {
        "direction": story.direction, "customer": bool(story.customer), "rang": story.rang,
        "talked": [talk.who for talk in story.talks], "outcome": story.outcome,
        "transfers": [(kind, by) for kind, by, _to in story.transfers],
    }  # fmt: skip


async def test_a_click_is_known_by_our_own_id_before_anybody_answers(heard: Heard) -> None:
    await heard._connector.send(PlaceCall(device="103", number="+46701740605", own="ringback-1"))
    (call,) = await eventually(lambda: heard.calls, 10)
    assert (call.own, call.direction, call.customer) == ("ringback-1", "outbound", "+46701740605")
    await eventually(lambda: heard.is_over(1), 40)


async def test_the_recording_of_a_call_is_brought_as_the_pbx_wrote_it(
    asterisk: Asterisk, heard: Heard, tmp_path: Path
) -> None:
    (story,) = (await play("13", asterisk)).stories
    await eventually(lambda: heard.is_over(1), 10)
    (call,) = heard.calls
    assert (call.recorded, call.recording) == (True, story.recording)
    pbx = connector_to(asterisk, recordings=str(asterisk.recordings), recorded_in=str(asterisk.recordings))
    await eventually(lambda: brought(pbx, call.recording, tmp_path / "here.wav"), 15)
    assert filecmp.cmp(tmp_path / "here.wav", story.recording, shallow=False)


async def brought(connector: Connector, name: str, into: Path) -> bool:
    """Tell whether a recording could be had; not while the PBX writes it."""
    with suppress(Unavailable):
        await connector.bring(name, into)
        return True
    return False


async def test_a_list_is_written_into_the_pbx_and_is_no_call(asterisk: Asterisk, heard: Heard) -> None:
    await heard._connector.send(ListCaller(number="+46701740699", list="vip", value="12"))
    await eventually(lambda: "12" in asterisk.tell("database get ringback/vip 46701740699"), 10)
    await heard._connector.send(ListCaller(number="+46701740699", list="vip", value=""))
    await eventually(lambda: "12" not in asterisk.tell("database get ringback/vip 46701740699"), 10)
    await play("01", asterisk)
    await eventually(lambda: heard.is_over(1), 10)
    assert len(heard.calls) == 1


async def test_an_admin_sees_the_telephones_and_has_one_ring(asterisk: Asterisk) -> None:
    pbx = connector_to(asterisk)
    phone = await Phone.open("102", asterisk.sip)
    await phone.register()
    async with asyncio.timeout(40):
        await eventually(lambda: is_free(pbx, "102"))
        ringing = asyncio.create_task(pbx.ring("102"))
        call = await phone.rings()
        call.answer()
        await ringing
        await eventually(lambda: call.media.received)  # it hears itself
        call.hang_up()
        ringing = asyncio.create_task(pbx.ring("102"))
        (await phone.rings()).reject(DECLINE)
        with pytest.raises(Refused, match="was not picked up"):
            await ringing
    phone.close()
    await asyncio.sleep(0)  # the loop lets go of the socket


async def is_free(connector: Connector, extension: str) -> bool:
    """Tell whether a telephone is seen as one that can be rung."""
    return (extension, "free") in await connector.survey()


async def test_calls_are_told_over_an_encrypted_line_too(asterisk: Asterisk) -> None:
    line = Heard(connector_to(asterisk, port=asterisk.tls_port, tls=True, tls_ca=str(asterisk.certificate)))
    task = asyncio.create_task(line._connector.run(line))
    await asyncio.wait_for(line.is_up.wait(), 10)
    stories = (await play("01", asterisk)).stories
    await eventually(lambda: line.is_over(1), 10)
    assert [seen(call) for call in line.calls] == [lived(story) for story in stories]
    task.cancel()


async def test_a_certificate_that_nobody_signed_is_not_trusted(asterisk: Asterisk) -> None:
    connector = connector_to(asterisk, port=asterisk.tls_port, tls=True)
    with pytest.raises(Unavailable, match="certificate"):
        await connector.run(Heard(connector))
    connector = connector_to(asterisk, tls=True, tls_ca="/no/such/file")
    with pytest.raises(Unavailable, match="cannot be read"):
        await connector.run(Heard(connector))


async def test_a_wrong_secret_is_refused_in_words(asterisk: Asterisk) -> None:
    connector = connector_to(asterisk, secret="wrong")  # noqa: S106 - wrong on purpose
    with pytest.raises(AuthFailed, match="secret is wrong"):
        await connector.run(Heard(connector))


async def test_who_waits_is_shown_again_after_the_line_was_cut(asterisk: Asterisk) -> None:
    line = Heard(connector_to(asterisk))
    async with on_stage(asterisk) as stage:
        task = asyncio.create_task(line._connector.run(line))
        await asyncio.wait_for(line.is_up.wait(), 10)
        customer = await stage.customer_calls(SALES)
        await eventually(lambda: waiting(line) == [CUSTOMER])
        since = sales(line).waiting[0].since
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await stage.ami.ask("QueuePause", Interface="PJSIP/103", Paused="true", Reason="Lunch")
        line.is_up.clear()
        task = asyncio.create_task(line._connector.run(line))
        await asyncio.wait_for(line.is_up.wait(), 10)
        assert waiting(line) == [CUSTOMER]
        assert abs((sales(line).waiting[0].since - since).total_seconds()) < 1
        assert ("103", "Lunch") in [(member.extension, member.reason) for member in sales(line).members]
        await eventually(
            lambda: {each.extension: each.state for each in line.board.telephones}.get("101") == "ringing"
        )
        customer.hangs_up()
        await eventually(lambda: waiting(line) == [])
        await stage.ami.ask("QueuePause", Interface="PJSIP/103", Paused="false")
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def sales(line: Heard) -> Queue:
    """Give the queue sales as it is shown."""
    return next(queue for queue in line.board.queues if queue.name == "sales")


def waiting(line: Heard) -> list[str]:
    """Give the numbers of those who wait for sales."""
    return [each.number for each in sales(line).waiting]
