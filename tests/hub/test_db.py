"""What both databases promise to those who write and read by them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from hub.channels import Channel
from hub.db import ClosedError, announce
from hub.rows_unless_there import insert_unless_there
from hub.users import Department, User
from tests.eventually import eventually

if TYPE_CHECKING:
    from hub.db import Database
    from tests.conftest import Store


def add(session: Session, name: str) -> None:
    session.add(Department(name=name))


def names(session: Session) -> list[str]:
    return sorted(session.scalars(select(Department.name)))


def added_and_told(session: Session, name: str) -> None:
    add(session, name)
    announce(session, name)


async def test_what_is_written_can_be_read(db: Database) -> None:
    await db.write(add, "Sales")
    assert await db.read(names) == ["Sales"]


async def test_a_failing_write_leaves_its_neighbours_alone(db: Database) -> None:
    def fail(session: Session) -> None:
        add(session, "Ghosts")
        raise ValueError("no")

    before, after = [[db.write(add, f"Room {n}") for n in span] for span in (range(5), range(5, 12))]
    outcomes = await asyncio.gather(*before, db.write(fail), *after, return_exceptions=True)
    assert [type(each) for each in outcomes].count(ValueError) == 1
    assert await db.read(names) == sorted(f"Room {n}" for n in range(12))


async def test_a_broken_key_is_the_trouble_of_one_alone(db: Database) -> None:
    outcomes = await asyncio.gather(
        *(db.write(add, name) for name in ("Sales", "Sales", "Service")), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["IntegrityError", "NoneType", "NoneType"]
    assert await db.read(names) == ["Sales", "Service"]


class Abrupt(BaseException):
    """What no `except Exception` holds."""


@pytest.mark.parametrize(("raised", "arrives"), [(Abrupt, Abrupt), (StopIteration, RuntimeError)])
async def test_no_error_of_a_function_stops_the_store(
    db: Database, raised: type[BaseException], arrives: type[BaseException]
) -> None:
    def fail(_session: Session) -> None:
        raise raised

    async with asyncio.timeout(10):
        for ask in (db.write, db.read):
            with pytest.raises(arrives):
                await ask(fail)
        await db.write(add, "Sales")
    assert await db.read(names) == ["Sales"]


async def test_an_announcement_leaves_once_its_row_can_be_read(db: Database) -> None:
    heard: list[asyncio.Task[list[str]]] = []
    db.listen(str, lambda _: heard.append(asyncio.ensure_future(db.read(names))))
    await db.write(added_and_told, "Sales")
    await eventually(lambda: heard)
    assert [await each for each in heard] == [["Sales"]]


async def test_without_a_commit_nothing_is_announced(db: Database) -> None:
    heard: list[str] = []
    db.listen(str, heard.append)

    def fail(session: Session) -> None:
        added_and_told(session, "Ghosts")
        raise ValueError("no")

    tries = [db.write(added_and_told, "Sales"), db.write(fail), db.write(added_and_told, "Service")]
    await asyncio.gather(*tries, return_exceptions=True)
    await eventually(lambda: len(heard) >= 2)  # who wrote may hear first that it is on disk
    assert sorted(heard) == ["Sales", "Service"]


async def test_a_listener_that_fails_hurts_neither_writers_nor_other_listeners(db: Database) -> None:
    heard: list[str] = []

    def deaf(_told: str) -> None:
        raise ValueError("I hear nothing")

    db.listen(str, deaf)
    db.listen(str, heard.append)
    async with asyncio.timeout(10):
        await asyncio.gather(db.write(added_and_told, "Sales"), db.write(added_and_told, "Service"))
    assert sorted(heard) == ["Sales", "Service"]


async def test_somebody_who_stops_waiting_does_not_stop_the_write(db: Database) -> None:
    heard: list[str] = []
    db.listen(str, heard.append)
    task = asyncio.create_task(db.write(added_and_told, "Sales"))
    await asyncio.sleep(0)
    task.cancel()
    await eventually(lambda: heard == ["Sales"])
    assert await db.read(names) == ["Sales"]


async def test_a_reader_cannot_write(db: Database) -> None:
    with pytest.raises(DBAPIError):
        await db.read(lambda session: session.execute(text("DELETE FROM departments")))
    with pytest.raises(DBAPIError):
        await db.read(add, "Ghosts")
    assert await db.read(names) == []


async def test_a_reader_sees_one_state_from_beginning_to_end(store: Store) -> None:
    db = await store.open()

    def twice(session: Session) -> list[list[str]]:
        first = names(session)
        with ThreadPoolExecutor(1) as aside:
            aside.submit(asyncio.run, add_from_elsewhere(store, "Service")).result(10)
        session.expire_all()
        return [first, names(session)]

    await db.write(add, "Sales")
    assert await db.read(twice) == [["Sales"], ["Sales"]]
    assert await db.read(names) == ["Sales", "Service"]


async def add_from_elsewhere(store: Store, name: str) -> None:
    """Write as another program does, in a thread and a loop of its own."""
    other = await store.open()
    await other.write(add, name)
    await other.close()


async def test_thirty_who_count_at_once_lose_no_count(db: Database) -> None:
    await db.write(lambda session: session.add(User(id=1, email="a@b.se", name="Anna", role="agent")))
    await db.write(lambda session: session.add(Department(id=1, name="Sales", last_given_id=0)))

    def count(session: Session) -> None:
        department = session.get_one(Department, 1)
        department.last_given_id = (department.last_given_id or 0) + 1

    await asyncio.gather(*(db.write(count) for _ in range(30)))
    assert await db.read(lambda session: session.get_one(Department, 1).last_given_id) == 30


async def test_closing_finishes_what_waits_and_takes_nothing_more(store: Store) -> None:
    db = await store.open()
    waiting = [asyncio.create_task(db.write(add, f"Room {n}")) for n in range(20)]
    await asyncio.sleep(0)
    await db.close()
    assert all(task.done() for task in waiting)
    for ask in (db.write, db.read):
        with pytest.raises(ClosedError):
            await ask(names)
    again = await store.open()
    assert len(await again.read(names)) == 20


async def test_closing_twice_is_closing_once(store: Store) -> None:
    db = await store.open()
    await db.close()
    async with asyncio.timeout(10):
        await db.close()


async def test_a_row_is_inserted_unless_its_key_is_there(db: Database) -> None:
    ids = [await db.write(insert_unless_there, Department, name="Sales") for _ in range(2)]
    assert ids[0] is not None
    assert ids[1] is None
    assert await db.read(names) == ["Sales"]


async def test_of_many_who_insert_one_key_at_once_one_does(db: Database) -> None:
    ids = await asyncio.gather(*(db.write(insert_unless_there, Department, name="Sales") for _ in range(12)))
    assert len([each for each in ids if each is not None]) == 1


async def test_an_insert_that_lacks_something_is_an_error_not_a_duplicate(db: Database) -> None:
    with pytest.raises(IntegrityError):
        await db.write(insert_unless_there, Department, name=None)


async def test_a_moment_without_a_zone_is_refused(db: Database) -> None:
    naive = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001 - that is the mistake
    with pytest.raises(StatementError, match="a moment needs a time zone"):
        await db.read(lambda session: session.scalar(select(User.id).where(User.made_at < naive)))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(999, 1, 1, tzinfo=UTC),
    ],
)
async def test_a_moment_comes_back_as_it_went(db: Database, moment: datetime) -> None:
    await db.write(lambda session: session.add(_channel("x", moment)))
    back = await db.read(lambda session: session.scalars(select(Channel.made_at)).one())
    assert back == moment
    assert back.tzinfo is not None


async def test_moments_are_ordered_by_time_not_by_how_they_are_written(db: Database) -> None:
    base = datetime(2026, 6, 1, 12, tzinfo=UTC)
    shifts = [timedelta(0), timedelta(microseconds=1), timedelta(milliseconds=1), timedelta(seconds=1),
              timedelta(seconds=1, microseconds=5), timedelta(days=200)]  # fmt: skip
    zones = [timezone(timedelta(hours=hours)) for hours in (-11, 0, 14)]
    times = [(base + shift).astimezone(zones[n % 3]) for n, shift in enumerate(shifts)]
    await db.write(lambda session: session.add_all(_channel(f"c{n}", at) for n, at in enumerate(times)))
    found = await db.read(
        lambda session: session.scalars(select(Channel.made_at).order_by(Channel.made_at)).all()
    )
    assert list(found) == times
    later = await db.read(
        lambda session: session.scalar(
            select(func.count()).select_from(Channel).where(Channel.made_at > times[2])
        )
    )
    assert later == 3


def _channel(name: str, made_at: datetime) -> Channel:
    return Channel(name=name, title=name, kind="fake", token=name, settings={}, made_at=made_at)


async def test_records_of_one_write_are_not_those_of_its_neighbour(db: Database) -> None:
    """Two functions that share a commit read the same row: neither changes the other's record in memory."""
    await db.write(add, "Sales")

    def find(session: Session) -> Department:
        return session.scalars(select(Department)).one()

    def read(session: Session) -> tuple[Department, str]:
        found = find(session)
        return found, found.name  # where they share no commit the other may have been first

    def rename(session: Session) -> None:
        find(session).name = "Service"

    (record, name), _ = await asyncio.gather(db.write(read), db.write(rename))
    assert record.name == name
