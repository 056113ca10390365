"""What only PostgreSQL does: several write at once, and whoever loses a race runs again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from hub.db import announce
from hub.postgres import ATTEMPTS
from hub.users import Department, User

if TYPE_CHECKING:
    from hub.db import Database
    from tests.conftest import Store

pytestmark = pytest.mark.parametrize("store", ["postgres"], indirect=True)


class Meeting:
    """Two workers meet one new person: both look, both find nobody, and only then does either write."""

    def __init__(self) -> None:
        """Begin with nobody there."""
        self.calls = 0
        self._both_looked = asyncio.Barrier(2)

    def take(self, session: Session, email: str) -> int:
        """Give the person of this address, made with a card if he is new."""
        self.calls += 1
        known = session.scalar(select(User.id).where(User.email == email))
        if self.calls <= 2:
            await_only(self._both_looked.wait())
        if known is not None:
            return known
        card = Department(name=f"card {self.calls} of {email}")
        session.add(card)
        session.flush()
        person = User(email=email, name="Anna", role="agent", department_id=card.id)
        session.add(person)
        session.flush()
        return person.id


async def test_the_loser_of_a_race_takes_the_winners_row_and_leaves_no_orphan(store: Store) -> None:
    here, there = await store.open(), await store.open()
    meeting = Meeting()
    ids = await asyncio.gather(*(node.write(meeting.take, "anna@berg.se") for node in (here, there)))
    assert ids[0] == ids[1]
    assert meeting.calls == 3
    assert await here.read(lambda session: session.scalar(select(func.count()).select_from(Department))) == 1


async def test_two_workers_of_one_hub_may_meet_as_well(db: Database) -> None:
    meeting = Meeting()
    ids = await asyncio.gather(*(db.write(meeting.take, "anna@berg.se") for _ in range(2)))
    assert ids[0] == ids[1]


async def test_a_row_changed_by_another_is_never_overwritten_unseen(store: Store) -> None:
    here, there = await store.open(), await store.open()
    await here.write(lambda session: session.add(Department(id=1, name="")))
    both_read = asyncio.Barrier(2)
    calls: list[str] = []

    def sign(session: Session, by: str) -> None:
        calls.append(by)
        department = session.get_one(Department, 1)
        if len(calls) <= 2:
            await_only(both_read.wait())
        department.name += by

    await asyncio.gather(here.write(sign, "A"), there.write(sign, "B"))
    assert sorted(await here.read(lambda session: session.get_one(Department, 1).name)) == ["A", "B"]


async def test_who_loses_every_race_is_told_in_the_end(db: Database) -> None:
    await db.write(lambda session: session.add(Department(name="Sales")))
    calls: list[int] = []

    def insist(session: Session) -> None:
        calls.append(1)
        session.add(Department(name="Sales"))

    with pytest.raises(IntegrityError):
        await db.write(insist)
    assert len(calls) == ATTEMPTS


async def test_what_can_never_succeed_is_not_tried_again(db: Database) -> None:
    calls: list[int] = []

    def point_nowhere(session: Session) -> None:
        calls.append(1)
        session.add(User(email="a@b.se", name="A", role="agent", department_id=7))

    with pytest.raises(IntegrityError):
        await db.write(point_nowhere)
    assert len(calls) == 1


async def test_a_loser_announces_only_what_it_did_in_the_end(db: Database) -> None:
    heard: list[str] = []
    db.listen(str, heard.append)
    meeting = Meeting()

    def take(session: Session) -> None:
        announce(session, "met")
        meeting.take(session, "anna@berg.se")

    await asyncio.gather(db.write(take), db.write(take))
    assert heard == ["met", "met"]


async def test_two_nodes_that_start_at_once_migrate_one_after_the_other(store: Store) -> None:
    here, there = await store.open(), await store.open()

    def step(connection: Connection) -> None:
        if not inspect(connection).has_table("one_of_a_kind"):
            connection.exec_driver_sql("CREATE TABLE one_of_a_kind (id int)")

    await asyncio.gather(here.migrate(step), there.migrate(step))
    assert await here.read(lambda session: inspect(session.connection()).has_table("one_of_a_kind"))
