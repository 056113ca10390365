"""A sequence: who joins its list gets letter after letter, once each, and leaves for what he does."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import hub.app  # noqa: F401 - all tables
from crm import (
    consents,
    sequence_changes,
    sequence_entries,
    sequence_lots,
)
from crm.desk import Refusal
from crm.runs import Run
from crm.sequences import LetterSequence, SequencePerson
from hub.audit import RINGBACK
from hub.clock import Clock
from tests.crm.welcome import DOES, ERIK, GOOD, KARIN, Welcome, fate, times_come


async def test_who_agrees_gets_letter_after_letter_once_each(welcome: Welcome, clock: Clock) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    await welcome.turns()
    assert await welcome.got(KARIN) == ["Letter 1"]
    await welcome.later(clock, 2)
    assert await welcome.got(KARIN) == ["Letter 1"]
    await welcome.later(clock, 1.1)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2"]


async def test_who_followed_a_link_gets_the_last_and_who_did_not_leaves(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    await welcome.later(clock, 3.1)
    await welcome.firm.do(fate, KARIN, "Letter 2", "clicked_at")
    await welcome.later(clock, 2.1)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2", "Letter 3"]
    assert await welcome.got(ERIK) == ["Letter 1", "Letter 2"]
    assert await welcome.going() == []
    await welcome.agrees(KARIN, ERIK)
    await welcome.later(clock, 10)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2", "Letter 3"]
    assert await welcome.got(ERIK) == ["Letter 1", "Letter 2"]


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("answers", "Answered a letter."), ("buys", "Bought."), ("pays", "Bought."),
        ("takes it back", "Took back that he agreed."), ("complains", "Is not written to any more."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("looked", [True, False], ids=["it looked", "its time came first"])
async def test_who_is_to_leave_gets_nothing_more(
    welcome: Welcome,
    clock: Clock,
    does: str,
    why: str,
    looked: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    await welcome.later(clock, 1)
    await welcome.firm.do(DOES[does], welcome.list_id)
    if looked:
        await welcome.turns()
        assert await welcome.why(KARIN) == why
        assert await welcome.going() == [ERIK]
    clock.advance(days=3)
    await welcome.firm.do(times_come)
    await welcome.turns()
    assert await welcome.got(KARIN) == ["Letter 1"]
    assert await welcome.got(ERIK) == ["Letter 1", "Letter 2"]
    assert await welcome.why(KARIN) == why


async def test_who_is_on_the_list_before_or_by_a_file_is_put_in_by_hand(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.agrees(KARIN, source=consents.IMPORT)
    await welcome.turns()
    assert await welcome.got(KARIN) == []
    put = [KARIN, KARIN, "stranger@else.example"]
    assert await welcome.firm.do(_put_in, welcome.id, put) == (1, ["stranger@else.example"])
    assert await welcome.firm.do(_put_in, welcome.id, put) == (0, ["stranger@else.example"])
    await welcome.later(clock, 0.1)
    assert await welcome.got(KARIN) == ["Letter 1"]
    await welcome.firm.do(_take_out, KARIN)
    await welcome.later(clock, 9)
    assert await welcome.got(KARIN) == ["Letter 1"]
    assert await welcome.why(KARIN) == "Taken out by Ringback."


async def test_many_who_are_put_in_begin_lot_by_lot_and_each_once(welcome: Welcome) -> None:
    many = [f"kund-{number}@domain.example" for number in range(30)]
    await welcome.agrees(*many, source=consents.IMPORT)
    assert await welcome.firm.do(_put_in, welcome.id, many) == (30, [])
    assert len(await welcome.going()) == sequence_lots.LOT
    await welcome.firm.do(_take_out, many[-1])
    for _lot in range(2):
        await welcome.turns()
    assert await welcome.going() == many[:-1]
    assert [await welcome.got(each) for each in many[:-1]] == [["Letter 1"]] * 29
    assert await welcome.got(many[-1]) == []


async def test_while_it_is_off_nothing_leaves_and_then_it_goes_on(welcome: Welcome, clock: Clock) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    await welcome.firm.do(lambda session: sequence_changes.turn_off(
        session, RINGBACK, session.get_one(LetterSequence, welcome.id)))  # fmt: skip
    await welcome.later(clock, 4)
    assert await welcome.got(KARIN) == ["Letter 1"]
    await welcome.firm.do(lambda session: sequence_changes.turn_on(
        session, RINGBACK, session.get_one(LetterSequence, welcome.id), GOOD))  # fmt: skip
    await welcome.turns()
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2"]


async def test_it_is_not_turned_on_past_what_must_hold(welcome: Welcome) -> None:
    def untested(session: Session) -> None:
        sequence = session.get_one(LetterSequence, welcome.id)
        sequence_changes.turn_off(session, RINGBACK, sequence)
        sequence_changes.letters_of(session, welcome.id)[1].tested_at = None
        sequence_changes.turn_on(session, RINGBACK, sequence, GOOD)

    with pytest.raises(Refusal, match="Letter 2: A person read the test"):
        await welcome.firm.do(untested)


async def test_a_condition_needs_a_letter_before_it(welcome: Welcome) -> None:
    def condition_first(session: Session) -> None:
        sequence = session.get_one(LetterSequence, welcome.id)
        for place in (5, 4, 3, 2):
            sequence_changes.move(session, RINGBACK, sequence, place, -1)

    with pytest.raises(Refusal, match="Step 1 asks for a letter before it"):
        await welcome.firm.do(condition_first)


async def test_what_a_run_keeps_is_little(welcome: Welcome) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    run = await welcome.firm.db.read(lambda session: session.scalars(select(Run)).one())
    assert len(msgspec.json.encode([run.state, run.data])) < 1_000


def _put_in(session: Session, sequence_id: int, addresses: list[str]) -> tuple[int, list[str]]:
    return sequence_entries.put_in(session, RINGBACK, session.get_one(LetterSequence, sequence_id), addresses)


def _take_out(session: Session, address: str) -> None:
    person = session.scalars(select(SequencePerson).where(SequencePerson.address == address)).one()
    sequence_entries.take_out(session, RINGBACK, person)
