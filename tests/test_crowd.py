"""The crowd that benches and walks are filled with: the same every time, on both stores."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.contacts import Contact, Handle, add_contact
from crm.conversations import Interaction
from crm.tasks import Task
from hub.db import Database
from tests import crowd


def counts(session: Session) -> list[int | None]:
    """Count what is there."""
    return [session.scalar(select(func.count()).select_from(kind)) for kind in (Contact, Interaction, Task)]


async def test_a_crowd_is_as_large_as_it_was_ordered(db: Database) -> None:
    await db.write(crowd.fill, contacts=200, interactions=900)
    assert await db.read(counts) == [200, 900, 100]


async def test_a_second_crowd_and_a_new_contact_find_free_numbers(db: Database) -> None:
    await db.write(crowd.fill, contacts=30, interactions=60)
    await db.write(crowd.fill, contacts=20, interactions=10)
    assert await db.write(add_contact, "Karin Ekdahl") == 51
    distinct = select(func.count(Handle.value.distinct()) - func.count())
    assert await db.read(lambda session: session.scalar(distinct)) == 0
