"""The board is what the telephones lived: who waits, who answers, who pauses and why, whoever listens."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.asterisk.panel import WANTED, Panel
from connectors.asterisk.queues import MOST_QUEUES
from connectors.asterisk.resync import Snapshot
from hub.board import Board, Listening
from tests.ami import PLAN, connections, heard, stream

AT = 1_795_449_000.0


def boards(name: str) -> list[Board]:
    """Give each board of a capture that was another than the one before."""
    panel, found = Panel(PLAN), [Board()]
    for event in heard(stream(name)):
        if event.snapshot is None:
            panel.hear([(event.message, event.at)])
        if panel.board() != found[-1]:
            found.append(panel.board())
    return found


def waiting(board: Board, name: str = "sales") -> list[str]:
    return [each.number for queue in board.queues if queue.name == name for each in queue.waiting]


def states(board: Board) -> dict[str, str]:
    return {each.extension: each.state for each in board.telephones}


def test_a_caller_waits_until_he_is_answered() -> None:
    seen = boards("01-queue-answered")
    assert [waiting(each) for each in seen if waiting(each)] != []
    assert waiting(seen[-1]) == []
    assert any(states(each).get("101") == "ringing" for each in seen)
    assert any(states(each).get("101") == "talking" and states(each).get("102") == "free" for each in seen)


def test_a_caller_who_gives_up_waits_no_more() -> None:
    seen = boards("02-queue-abandoned")
    assert ["+46701740605"] in [waiting(each) for each in seen]
    assert waiting(seen[-1]) == []


def test_pauses_have_their_reasons_and_members_come_and_go() -> None:
    seen = boards("20-presence")
    support = [{member.extension: member.reason for member in queue.members}
               for each in seen for queue in each.queues if queue.name == "support"]  # fmt: skip
    assert {"102": "Lunch åäö"} in support
    assert any("103" in members for members in support)
    assert "103" not in support[-1]
    assert "off" in [states(each).get("103") for each in seen]


def test_after_a_lost_link_the_lists_say_who_waits_and_since_when() -> None:
    messages = connections(stream("14c-link-lost-in-mid-call"))[1]
    panel = Panel(PLAN, lambda name: name.title())
    panel.hear([({"Event": "QueueCallerJoin", "Queue": "gone", "Uniqueid": "9.9", "CallerIDNum": "1"}, AT)])
    panel.resync(Snapshot([each for each in messages if "ActionID" in each], AT))
    shown = panel.board()
    assert [(queue.name, queue.department) for queue in shown.queues] == [
        ("sales", "Sales"),
        ("support", "Support"),
    ]
    (sales, _support) = shown.queues
    assert [(each.number, AT - each.since.timestamp()) for each in sales.waiting] == [("+46701740606", 2.0)]
    assert [member.name for member in sales.members] == ["Anna Åberg", "Björn Öst", "Carl Dahl"]
    assert {each.since for each in shown.telephones} == {None}


def test_what_a_pbx_does_not_list_is_not_shown() -> None:
    panel = Panel(PLAN)
    panel.hear([({"Event": "QueueCallerJoin", "Queue": "sales", "Uniqueid": "9.9"}, AT)])
    panel.resync(Snapshot(None, AT))
    assert panel.board().queues == ()


def test_who_listens_is_seen_until_he_hangs_up_and_after_a_lost_link() -> None:
    spy = {"SpyerUniqueid": "ringback-listen-whisper-1", "SpyerChannel": "PJSIP/103-00000001",
           "SpyeeChannel": "PJSIP/101-00000002", "SpyeeLinkedid": "1.1"}  # fmt: skip
    listens = (Listening(call="1.1", by="103", to="101", how="whisper"),)
    panel = Panel(PLAN)
    panel.hear([({"Event": "ChanSpyStart", **spy}, AT)])
    assert panel.board().listening == listens
    panel.hear([({"Event": "Hangup", "Uniqueid": "ringback-listen-whisper-1"}, AT)])
    assert panel.board().listening == ()
    rows = [_channel("ringback-listen-whisper-1", "PJSIP/103-00000001", "ChanSpy", "PJSIP/101-00000002,qwES"),
            _channel("1.2", "PJSIP/101-00000002", "AppQueue", "", "1.1")]  # fmt: skip
    panel.resync(Snapshot(rows, AT))
    assert panel.board().listening == listens


def _channel(key: str, channel: str, application: str, data: str, call: str = "") -> Mapping[str, str]:
    return {"Event": "CoreShowChannel", "Uniqueid": key, "Linkedid": call or key, "Channel": channel,
            "Application": application, "ApplicationData": data}  # fmt: skip


texts = st.one_of(
    st.sampled_from(["sales", "1.1", "PJSIP/101", "PJSIP/101-00000001", "1", "6", "", "\x00"]), st.text()
)
KEYS = ("Queue", "Uniqueid", "Linkedid", "Interface", "StateInterface", "MemberName", "Status", "Paused", "LastPause",
        "PausedReason", "CallerIDNum", "Wait", "Device", "State", "SpyerUniqueid", "SpyerChannel", "SpyeeChannel",
        "SpyeeLinkedid", "Timestamp", "Channel", "Application", "ApplicationData")  # fmt: skip
LISTED = ("QueueParams", "QueueMember", "QueueEntry", "CoreShowChannel", "Status")


def events(*names: str) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({"Event": st.sampled_from(names)}, optional=dict.fromkeys(KEYS, texts))


@given(st.lists(events(*sorted(WANTED)), max_size=40), st.lists(events(*LISTED), max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_events_at_all_give_a_board(told: list[dict[str, str]], listed: list[dict[str, str]]) -> None:
    panel = Panel(PLAN)
    panel.hear([(event, AT + number) for number, event in enumerate(told)])
    panel.board()
    panel.resync(Snapshot(listed, AT + 100))
    panel.hear([(event, AT + 200 + number) for number, event in enumerate(told)])
    assert len(panel.board().queues) <= MOST_QUEUES


def test_a_flood_of_queues_is_bounded() -> None:
    panel = Panel(PLAN)
    panel.hear(
        [({"Event": "QueueCallerJoin", "Queue": f"q{i}", "Uniqueid": f"{i}"}, AT) for i in range(5_000)]
    )
    assert len(panel.board().queues) == MOST_QUEUES
