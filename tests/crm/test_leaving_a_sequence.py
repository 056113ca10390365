"""Whoever left a sequence gets nothing of it that waits still, and who came to its end has not left it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import copy_events, mailing_lists, sequence_changes, sequence_entries, sequence_people
from crm.campaigns import Campaign
from crm.deliveries import CLAIMED, LEFT_OUT, WAITING, Delivery
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from crm.runs import Run, RunStep
from crm.sequences import LetterSequence, SequencePerson
from hub.audit import RINGBACK
from hub.clock import Clock, now
from tests.crm.welcome import (
    DOES,
    ERIK,
    KARIN,
    Welcome,
    by_hand,
    drawn_otherwise,
    fate,
    leave_all,
    standing_of,
    switch,
    times_come,
)

SECOND = "Letter 2"


def _copy(session: Session, address: str, letter: str) -> Delivery:
    of = select(Campaign.id).where(Campaign.name == letter)
    return session.scalars(
        select(Delivery).where(Delivery.address == address, Delivery.campaign_id.in_(of))
    ).one()


def _retires(session: Session, list_id: int) -> None:
    mailing_lists.retire(session, RINGBACK, session.get_one(MailingList, list_id))


def _put_off(session: Session) -> None:
    """Have the runs come to the second letter, whose copies may not leave yet, as by night."""
    times_come(session)
    for address in (KARIN, ERIK):
        _copy(session, address, SECOND).due_at = now() + timedelta(hours=9)


@pytest.mark.parametrize("does", ["answers", "buys", "pays"])
@pytest.mark.parametrize("looked", [True, False], ids=["it looked", "its time came first"])
async def test_what_waits_by_night_does_not_leave_for_one_who_left_meanwhile(
    welcome: Welcome,
    clock: Clock,
    does: str,
    looked: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    clock.advance(days=3.1)
    await welcome.firm.do(_put_off)
    await welcome.firm.do(DOES[does], welcome.list_id)
    if looked:
        await welcome.turns()
    clock.advance(hours=10)
    await welcome.firm.do(leave_all, welcome.id)
    assert await welcome.got(KARIN) == ["Letter 1"]
    assert await welcome.got(ERIK) == ["Letter 1", SECOND]
    await welcome.turns()
    copy = await welcome.firm.db.read(_copy, KARIN, SECOND)
    assert copy.state == LEFT_OUT


async def test_a_list_that_is_retired_ends_it_for_everybody(welcome: Welcome, clock: Clock) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    await welcome.firm.do(_retires, welcome.list_id)
    await welcome.later(clock, 4)
    assert await welcome.got(KARIN) == ["Letter 1"]
    assert await welcome.going() == []
    assert await welcome.why(ERIK) == "The list is in use no more."


async def test_who_came_to_the_end_has_not_left_by_what_he_does_later(welcome: Welcome, clock: Clock) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    await welcome.later(clock, 3.1)
    await welcome.later(clock, 2.1)
    assert await welcome.going() == []
    await welcome.firm.do(DOES["buys"], welcome.list_id)
    await welcome.later(clock, 1)
    assert await welcome.why(KARIN) == ""


async def test_who_agrees_while_its_steps_are_changed_begins_then_and_who_agrees_while_it_is_off_does_not(
    welcome: Welcome,
) -> None:
    await welcome.firm.do(_moved, welcome.id)
    await welcome.agrees(KARIN)
    await welcome.firm.do(switch, welcome.id, on=True)
    await welcome.turns()
    assert await welcome.got(KARIN) == ["Letter 1"]
    await welcome.firm.do(switch, welcome.id, on=False)
    await welcome.agrees(ERIK)
    await welcome.firm.do(switch, welcome.id, on=True)
    await welcome.turns()
    assert await welcome.got(ERIK) == []


async def test_one_whose_copy_a_server_put_off_can_be_taken_out(welcome: Welcome) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()

    def tried_before(session: Session) -> None:
        copy = _copy(session, KARIN, "Letter 1")
        copy.state = CLAIMED
        session.flush()
        copy_events.opened(session, copy.id)
        copy.state, copy.due_at, copy.tries = WAITING, now() + timedelta(hours=1), 1

    def taken_out(session: Session) -> None:
        person = session.scalars(select(SequencePerson)).one()
        sequence_entries.take_out(session, RINGBACK, person)

    await welcome.firm.do(tried_before)
    await welcome.firm.do(taken_out)
    assert (await welcome.firm.db.read(_copy, KARIN, "Letter 1")).state == LEFT_OUT
    assert not await welcome.firm.db.read(_open_steps)


def _open_steps(session: Session) -> list[RunStep]:
    wanted = select(RunStep).where(RunStep.ended_at.is_(None), RunStep.dropped_at.is_(None))
    return list(session.scalars(wanted))


def _moved(session: Session, sequence_id: int) -> None:
    sequence_changes.move(session, RINGBACK, session.get_one(LetterSequence, sequence_id), 4, 1)


async def test_who_was_taken_out_by_hand_goes_on_where_he_was_and_who_answered_does_not(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    clock.advance(days=3.1)
    await welcome.firm.do(_put_off)
    for deed in (sequence_entries.take_out, sequence_entries.put_back):
        await welcome.firm.do(by_hand, KARIN, deed)
    await welcome.firm.do(leave_all, welcome.id)
    assert await welcome.got(KARIN) == ["Letter 1", SECOND]
    assert len(await welcome.firm.db.read(_open_steps)) == 2
    await welcome.firm.do(fate, KARIN, SECOND, "clicked_at")
    await welcome.later(clock, 2.1)
    assert await welcome.got(KARIN) == ["Letter 1", SECOND, "Letter 3"]
    await welcome.firm.do(fate, ERIK, "Letter 1", "answered_at")
    await welcome.turns()
    with pytest.raises(Refusal, match="He cannot go on in it"):
        await welcome.firm.do(by_hand, ERIK, sequence_entries.put_back)


async def test_who_waits_at_a_step_that_was_taken_away_stands_at_no_other(welcome: Welcome) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    assert await welcome.firm.db.read(standing_of, welcome.id) == {2: 1}
    await welcome.firm.do(_first_wait_gone, welcome.id)
    assert await welcome.firm.db.read(standing_of, welcome.id) == {sequence_people.EARLIER: 1}


def _first_wait_gone(session: Session, sequence_id: int) -> None:
    sequence = session.get_one(LetterSequence, sequence_id)
    sequence_changes.take_away(session, RINGBACK, sequence, 2)
    sequence_changes.move(session, RINGBACK, sequence, 3, -1)  # another wait stands there now


async def test_who_goes_by_a_diagram_that_somebody_drew_otherwise_goes_on_by_himself(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.firm.do(drawn_otherwise, welcome.id)
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    assert await welcome.firm.db.read(_in_lots) == [None, None]
    await welcome.later(clock, 3.1)
    await welcome.firm.do(fate, KARIN, SECOND, "clicked_at")
    await welcome.firm.do(fate, ERIK, "Letter 1", "answered_at")
    await welcome.later(clock, 2.1)
    assert await welcome.got(KARIN) == ["Letter 1", SECOND, "Letter 3"]
    assert await welcome.why(ERIK) == "Answered a letter."
    assert not await welcome.firm.db.read(_open_steps)


def _in_lots(session: Session) -> list[int | None]:
    return list(session.scalars(select(Run.sequence_id)))
