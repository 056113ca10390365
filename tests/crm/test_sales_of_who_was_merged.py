"""A sale goes on while its customer is one with somebody else, and is his own once they are two again."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, merging
from crm.tasks import Task
from hub.clock import Clock
from hub.db import Database
from hub.users import find_user, viewer
from tests.crm.drawing import drawn, end, start, user, way
from tests.crm.sale import Sale

TWO_STEPS = drawn(start(), user("a", "Call"), user("b", "Visit"), end(), way("s a b e"))


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company with a deal in it."""
    made = Sale(db)
    await made.found()
    return made


async def merged(sale: Sale) -> int:
    """Have Maria say that the customer is Bo, and give the merge."""

    def run(session: Session) -> int:
        bo = contacts.add_contact(session, "Bo")
        return merging.merge(
            session, viewer(find_user(session, "maria@klarruta.example")), sale.contact_id, bo
        ).id

    return await sale.db.write(run)


async def parted(sale: Sale, merge: int) -> None:
    """Have Maria take that back."""
    await sale.db.write(
        lambda session: merging.undo(session, viewer(find_user(session, "maria@klarruta.example")), merge)
    )


async def test_the_step_that_came_meanwhile_is_with_its_customer(sale: Sale) -> None:
    await sale.begin(await sale.publish(TWO_STEPS))
    merge = await merged(sale)
    await sale.do("Call")
    await parted(sale, merge)
    wanted = select(Task.contact_id).where(Task.done_at.is_(None))
    assert await sale.read(lambda session: session.scalars(wanted).all()) == [sale.contact_id]
    await sale.do("Visit")


async def test_two_with_runs_of_one_process_keep_both(sale: Sale) -> None:
    version = await sale.publish(TWO_STEPS)
    other = await sale.beside("Bo")
    await sale.begin(version)
    await other.begin(version)
    merge = await sale.db.write(_merge, sale.contact_id, other.contact_id)
    assert len(await sale.read(lambda session: session.scalars(open_tasks).all())) == 2
    await sale.do("Call")
    await sale.do("Call")
    await parted(sale, merge)
    found = await sale.read(lambda session: session.scalars(open_tasks).all())
    assert sorted(found) == sorted([sale.contact_id, other.contact_id])


open_tasks = select(Task.contact_id).where(Task.done_at.is_(None))


def _merge(session: Session, card: int, survivor: int) -> int:
    return merging.merge(session, viewer(find_user(session, "maria@klarruta.example")), card, survivor).id
