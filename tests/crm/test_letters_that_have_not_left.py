"""Nobody goes on in a sequence before his letter has left, and his wait begins then; what never leaves holds nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    campaign_changes,
    campaign_sending,
    campaign_stops,
    sequence_people,
    sequence_turns,
    suppressions,
)
from crm.campaigns import Campaign
from crm.contacts import MAIL
from crm.sequence_people import State
from hub.audit import RINGBACK
from hub.bulk_mail import Fate, Found
from hub.clock import Clock, now
from tests.crm.welcome import DOES, ERIK, KARIN, URL, Welcome, drawn_otherwise, fate, standing_of, switch

FIRST, SECOND, THIRD = "Letter 1", "Letter 2", "Letter 3"


def _letter(session: Session, name: str) -> Campaign:
    return session.scalars(select(Campaign).where(Campaign.name == name)).one()


def _stops(session: Session, name: str) -> None:
    campaign_stops.stop(session, _letter(session, name), "3 of 10 letters came back.")


def _goes_on(session: Session, name: str) -> None:
    campaign_changes.resume(session, RINGBACK, _letter(session, name))


async def _states(welcome: Welcome) -> dict[str, State]:
    wanted = sequence_people.people(welcome.id)
    return {
        person.address: state
        for person, state in await welcome.firm.db.read(lambda session: session.execute(wanted).all())
    }


@pytest.mark.parametrize("drawn", ["of steps", "otherwise"])
async def test_who_waits_for_a_letter_that_stopped_gets_none_after_it(
    welcome: Welcome, clock: Clock, drawn: str
) -> None:
    if drawn == "otherwise":
        await welcome.firm.do(drawn_otherwise, welcome.id)
    await welcome.firm.do(_stops, FIRST)
    await welcome.agrees(KARIN)
    await welcome.turns()
    await welcome.later(clock, 7)
    assert await welcome.got(KARIN) == []
    assert await _states(welcome) == {KARIN: "going"}
    assert await welcome.firm.db.read(standing_of, welcome.id) == {1: 1}
    await welcome.firm.do(_goes_on, FIRST)
    await welcome.turns()
    assert await welcome.got(KARIN) == [FIRST]
    await welcome.later(clock, 2.9)
    assert await welcome.got(KARIN) == [FIRST]
    await welcome.later(clock, 0.2)
    assert await welcome.got(KARIN) == [FIRST, SECOND]


async def test_who_is_within_while_it_is_off_gets_one_letter_after_the_other_then(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    await welcome.firm.do(switch, welcome.id, on=False)
    for _day in range(9):
        await welcome.later(clock, 1)
    assert await _states(welcome) == {KARIN: "going"}
    await welcome.firm.do(switch, welcome.id, on=True)
    await welcome.turns()
    assert await welcome.got(KARIN) == [FIRST, SECOND]
    await welcome.firm.do(fate, KARIN, SECOND, "clicked_at")
    await welcome.later(clock, 1.9)
    assert await welcome.got(KARIN) == [FIRST, SECOND]
    await welcome.later(clock, 0.2)
    assert await welcome.got(KARIN) == [FIRST, SECOND, THIRD]


async def test_a_wait_counts_from_when_the_letter_left_and_not_from_when_that_was_seen(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    await welcome.later(clock, 1)
    clock.advance(days=2)
    await welcome.turns()
    assert await welcome.got(KARIN) == [FIRST, SECOND]


async def test_the_last_letter_has_left_before_anybody_came_to_the_end(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    await welcome.later(clock, 3.1)
    for address in (KARIN, ERIK):
        await welcome.firm.do(fate, address, SECOND, "clicked_at")
    await welcome.firm.do(_stops, THIRD)
    await welcome.later(clock, 2.1)
    assert await _states(welcome) == {KARIN: "going", ERIK: "going"}
    await welcome.firm.do(DOES["buys"], welcome.list_id)
    await welcome.turns()
    assert await welcome.why(KARIN) == "Bought."
    await welcome.firm.do(_goes_on, THIRD)
    await welcome.turns()
    await welcome.turns()
    assert await _states(welcome) == {KARIN: "left", ERIK: "through"}
    assert await welcome.got(ERIK) == [FIRST, SECOND, THIRD]


async def test_who_left_at_a_condition_did_not_come_to_the_end(welcome: Welcome, clock: Clock) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    for days in (3.1, 2.1):
        await welcome.later(clock, days)
    assert await _states(welcome) == {KARIN: "condition"}
    assert dict(await welcome.firm.db.read(sequence_people.numbers, welcome.id)) == {"condition": 1}


def _refused(session: Session, code: int, enhanced: str) -> None:
    letter = _letter(session, FIRST)
    batch = campaign_sending.claim(session, letter.id, "one", 50, now(), URL)
    assert batch is not None
    fates = tuple(Fate(each.id, "refused", code, enhanced, "no") for each in batch.copies)
    found = Found(frozenset(each.id for each in batch.copies), fates, is_whole=True)
    campaign_sending.settle(session, letter.id, "one", found, now())


def _nobody_knows(session: Session) -> None:
    letter = _letter(session, FIRST)
    batch = campaign_sending.claim(session, letter.id, "one", 50, now(), URL)
    assert batch is not None
    campaign_sending.give_up(session, now(), ())


@pytest.mark.parametrize("never", ["refused", "unknown"])
async def test_a_letter_that_never_leaves_for_somebody_holds_him_not(
    welcome: Welcome, clock: Clock, never: str
) -> None:
    await welcome.agrees(KARIN)
    await welcome.firm.do(_looks, welcome.id)
    deed = (_refused, 554, "5.6.0") if never == "refused" else (_nobody_knows,)
    await welcome.firm.do(*deed)
    await welcome.turns()
    await welcome.later(clock, 2.9)
    assert await welcome.got(KARIN) == []
    await welcome.later(clock, 0.3)
    assert await welcome.got(KARIN) == [SECOND]


async def test_who_cannot_be_reached_leaves(welcome: Welcome) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.firm.do(_looks, welcome.id)
    await welcome.firm.do(suppressions.suppress, MAIL, ERIK, suppressions.COMPLAINED)
    await welcome.firm.do(_refused, 550, "5.1.1")
    await welcome.turns()
    assert await _states(welcome) == {KARIN: "left", ERIK: "left"}
    assert await welcome.why(KARIN) == "Is not written to any more."


def _looks(session: Session, sequence_id: int) -> None:
    sequence_turns.look(session, sequence_id)
