"""Many people in a sequence of three letters: what each costs the store, and that twice as many cost twice as much."""

from __future__ import annotations

import os
import tracemalloc
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

import hub.app  # noqa: F401 - all tables
from crm import consent_taking, sequence_lots, sequence_turns
from crm.campaigns import Campaign
from crm.consent_taking import Stated
from crm.deliveries import Delivery
from crm.mailing_lists import MailingList
from crm.runs import Run
from crm.sequences import LetterSequence
from hub.audit import RINGBACK
from hub.clock import Clock, now
from hub.statements import connection_of
from tests.asked import asked
from tests.crm.klarruta import Klarruta
from tests.crm.welcome import Welcome, leave_all

PEOPLE = int(os.environ.get("PEOPLE", "170"))  # and then twice as many; ten thousand in all in `make soak`
MOST_STATEMENTS = 3  # for somebody who gets three letters
AT_ONCE = 2_000  # addresses of a file
LOOKED_AT = 8  # every so many lots it is looked how much is held: that takes time


class Cost(NamedTuple):
    """What people cost: statements, and the most bytes that were held for a lot."""

    statements: int
    bytes: int


@pytest.mark.timeout(3600)
async def test_twice_the_people_cost_twice_as_much_and_nobody_gets_a_letter_twice(
    firm: Klarruta, welcome: Welcome, clock: Clock
) -> None:
    first = await _goes_through(firm, welcome, clock, range(PEOPLE))
    second = await _goes_through(firm, welcome, clock, range(PEOPLE, 3 * PEOPLE))
    each = [first.statements / PEOPLE, second.statements / PEOPLE / 2]
    print(f"{3 * PEOPLE} people: {each[0]:.2f}, {each[1]:.2f} statements each; "  # noqa: T201
          f"{first.bytes / 1e6:.1f}, {second.bytes / 1e6:.1f} MB")  # fmt: skip
    assert max(each) < MOST_STATEMENTS
    assert each[1] < 1.1 * each[0]
    assert second.bytes < 1.5 * first.bytes
    got = await firm.db.read(_got)
    assert (len(got), set(got.values())) == (3 * PEOPLE, {3})
    assert await firm.db.read(lambda session: session.scalar(select(func.count(Run.id)))) == 3 * PEOPLE


async def _goes_through(firm: Klarruta, welcome: Welcome, clock: Clock, numbers: range) -> Cost:
    """Have people come by a file, and go through all of it."""
    values = [f"kund-{number}@domain-{number % 9}.example" for number in numbers]
    for at in range(0, len(values), AT_ONCE):
        await firm.do(_come, welcome, values[at : at + AT_ONCE])
    spent = [await _all(firm, _looks, welcome.id)]
    for days in (3.1, 2.1):
        await firm.do(leave_all, welcome.id)
        clock.advance(days=days)
        await firm.do(_all_click)
        spent.append(await _all(firm, _goes_on, welcome.id))
    await firm.do(leave_all, welcome.id)
    spent.append(await _all(firm, _goes_on, welcome.id))
    return Cost(sum(each.statements for each in spent), max(each.bytes for each in spent))


async def _all(firm: Klarruta, lot: Callable[[Session, int], bool], sequence_id: int) -> Cost:
    """Have lot after lot go on, each in its transaction, and give what that costs."""

    def one(session: Session) -> tuple[bool, int]:
        with asked(connection_of(session)) as heard:
            return lot(session, sequence_id), len(heard)

    statements, most, lots, goes_on = 0, 0, 0, True
    while goes_on:
        looks, lots = lots % LOOKED_AT == 0, lots + 1
        if looks:
            tracemalloc.start()
        goes_on, heard = await firm.do(one)
        statements += heard
        if looks:
            most = max(most, tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    return Cost(statements, most)


def _come(session: Session, welcome: Welcome, values: list[str]) -> None:
    of = session.get_one(MailingList, welcome.list_id)
    stated = Stated("consent", "Fair in Kista, on paper.", "fair.csv", welcome.id)
    consent_taking.take_all(session, RINGBACK, of, values, stated)


def _looks(session: Session, sequence_id: int) -> bool:
    sequence_turns.look(session, sequence_id)
    look_at = select(LetterSequence.look_at).where(LetterSequence.id == sequence_id)
    return session.execute(look_at).scalar_one() <= now()


def _goes_on(session: Session, sequence_id: int) -> bool:
    if not sequence_lots.take(session, now(), 1):
        return False
    sequence_lots.go_on(session, sequence_id)
    return True


def _all_click(session: Session) -> None:
    session.execute(update(Delivery).where(Delivery.clicked_at.is_(None)).values(clicked_at=now()))


def _got(session: Session) -> Counter[str]:
    rows = session.execute(
        select(Delivery.address, func.count()).join(Campaign, Campaign.id == Delivery.campaign_id)
        .where(Campaign.sequence_id.is_not(None), Delivery.sent_at.is_not(None)).group_by(Delivery.address)
    )  # fmt: skip
    return Counter(dict(rows.all()))
