"""Every capture of a real Asterisk gives the calls that its phones made."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from connectors.asterisk.messages import Cutter, parse
from connectors.asterisk.plan import e164
from hub.events import CallChanged, CallState, Transfer
from tests.ami import BANNER, EXPECTED, Heard, derive, heard, last, stream, truth

NAMES = sorted(EXPECTED)


def as_expected(call: CallState) -> dict[str, Any]:
    """Write a call as expected.json does, without its times."""
    return {
        "direction": call.direction, "customer": call.customer, "name": call.name or None, "withheld": call.withheld,
        "dialled": call.dialled or None, "queue": call.queue or None, "rang": sorted(call.rang),
        "talks": [talk.extension for talk in call.talks], "outcome": call.outcome, "ended_by": call.ended_by,
        "cause": call.cause, "holds": call.holds, "recorded": call.recorded,
        "transfers": [f"{each.by}->{each.to}" if each.kind == "blind" else each.by for each in call.transfers],
    }  # fmt: skip


def expected(call: Mapping[str, Any]) -> dict[str, Any]:
    """Give an expected call without its times; numbers as E.164, and a merged call's transfer by who made it."""
    wanted = {name: call[name] for name in call if not name.endswith("_after")}
    wanted["customer"] = e164(call["customer"], "SE") if call["customer"] else None
    wanted["rang"] = sorted(call["rang"])
    wanted["talks"] = [extension for extension, _ in call["talks"]]
    wanted["transfers"] = [
        "101" if each == "merged" else each.removesuffix("=>") for each in call["transfers"]
    ]
    return wanted


def seconds_after(start: datetime, at: datetime | None) -> float | None:
    return None if at is None else (at - start).total_seconds()


def near(one: float | None, other: float | None) -> bool:
    return one is other is None or (one is not None and other is not None and abs(one - other) <= 0.3)


def check(name: str, calls: Sequence[CallState]) -> None:
    assert [as_expected(call) for call in calls] == [expected(call) for call in EXPECTED[name]]
    for call, wanted in zip(calls, EXPECTED[name], strict=True):
        assert near(seconds_after(call.started_at, call.answered_at), wanted["answer_after"])
        assert call.ended_at is not None
        assert call.gap == 0
        for talk, (_, seconds) in zip(call.talks, wanted["talks"], strict=True):
            assert near(talk.seconds, seconds)


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_gives_its_calls(name: str) -> None:
    check(name, last(derive(heard(stream(name)))))


@pytest.mark.parametrize("name", NAMES)
def test_doubled_events_change_nothing(name: str) -> None:
    told = derive(event for each in heard(stream(name)) for event in (each, each))
    check(name, last(told))
    assert len(told) == len(derive(heard(stream(name))))


@pytest.mark.parametrize("name", NAMES)
def test_a_pbx_that_tells_no_times_gives_the_same_calls_by_our_clock(name: str) -> None:
    def without_time(event: Heard) -> Heard:
        message = {header: value for header, value in event.message.items() if header != "Timestamp"}
        return Heard(message, event.at, event.snapshot)

    check(name, last(derive(map(without_time, heard(stream(name))))))


# What the notes say about order: these may come before or after what they tell of.
LOOSE = {"DialEnd", "OriginateResponse", "AgentConnect", "Cdr", "AgentComplete", "QueueCallerLeave",
         "QueueCallerAbandon", "DialState", "NewConnectedLine", "DialBegin", "AgentCalled", "Newstate"}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_events_of_different_kinds_says_nothing(name: str, seed: int) -> None:
    events, dice = list(heard(stream(name))), random.Random(seed)  # noqa: S311
    for place in range(len(events) - 1):
        one, other = events[place : place + 2]
        kinds = {one.message.get("Event"), other.message.get("Event")}
        is_loose = not kinds.isdisjoint(LOOSE) and len(kinds) > 1 and abs(other.at - one.at) < 0.02
        if is_loose and dice.random() < 0.5 and not one.snapshot and not other.snapshot:
            events[place : place + 2] = other, one
    check(name, last(derive(events)))


def test_a_stream_cut_at_every_byte_gives_the_same_messages() -> None:
    data = stream("12-international-utf8").partition(b"\r\n")[2]
    whole = Cutter().cut(data)
    for place in range(len(data)):
        cutter = Cutter()
        assert cutter.cut(data[:place]) + cutter.cut(data[place:]) == whole
    cutter = Cutter()
    assert [message for byte in data for message in cutter.cut(bytes([byte]))] == whole


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_in_odd_pieces_gives_the_same_messages(name: str) -> None:
    data, cutter = stream(name).partition(b"\r\n")[2], Cutter()
    pieces = [data[place : place + 7] for place in range(0, len(data), 7)]
    assert [message for piece in pieces for message in cutter.cut(piece)] == Cutter().cut(data)


def test_a_name_in_latin_1_keeps_its_letters() -> None:
    data = stream("12-international-utf8").replace("Åsa Öberg".encode(), "Åsa Öberg".encode("latin-1"))
    (call,) = last(derive(heard(data)))
    assert call.name.startswith("Åsa Öberg")
    staff = next(parse(each) for each in Cutter().cut(data) if b"CallerIDNum: 101" in each)
    assert staff["CallerIDName"] == "Anna Åberg"


def told_of(name: str) -> list[CallChanged]:
    return derive(heard(stream(name)))


def test_a_call_is_told_about_six_times() -> None:
    counts = {name: len(told_of(name)) / len(EXPECTED[name]) for name in NAMES if EXPECTED[name]}
    assert sum(counts.values()) / len(counts) < 8
    assert max(counts.values()) <= 14, counts


def test_numbers_grow_and_nothing_is_told_twice() -> None:
    told = told_of("05-blind-transfer")
    numbers = [change.number for change in told]
    assert numbers == sorted(set(numbers))
    assert all(one.call != other.call for one, other in pairwise(told))


def test_the_card_can_be_there_when_the_phones_ring_and_goes_when_one_answers() -> None:
    told = [change.call for change in told_of("01-queue-answered")]
    rings = [{*call.ringing} for call in told]
    assert {"101", "102", "103"} in rings
    answered = next(call for call in told if call.answered_at)
    assert (answered.ringing, answered.talking) == ((), ("101",))
    heard_ring = truth("01-queue-answered", "phone rings")[0]["time"]
    first = next(change for change in told_of("01-queue-answered") if change.call.ringing)
    assert abs(first.number / 1000 - heard_ring) < 0.05


def test_an_attended_transfer_says_who_was_asked() -> None:
    (call, asked) = last(told_of("06-attended-transfer"))
    assert call.transfers == (Transfer("attended", "101", "102"),)
    assert (asked.direction, asked.transfers) == ("internal", ())


def test_a_question_outside_that_was_joined_is_marked_as_handed_on() -> None:
    (call, asked) = last(told_of("06c-attended-transfer-out"))
    assert call.transfers == (Transfer("attended", "101", "+46701740607"),)
    assert asked.transfers == (Transfer("attended", "101", "+46701740605"),)


def test_a_customer_on_hold_is_told_so_until_the_colleague_is_back() -> None:
    holding = [change.call.on_hold for change in told_of("07-hold")]
    assert (holding.count(True), holding[-1]) == (1, False)


def test_a_connection_lost_for_a_second_costs_nothing() -> None:
    told = told_of("14c-link-lost-in-mid-call")
    assert BANNER in stream("14c-link-lost-in-mid-call")
    assert [call.outcome for call in last(told)] == ["answered", "abandoned", "no-answer"]
