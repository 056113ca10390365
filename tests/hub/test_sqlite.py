"""What only SQLite does: shared commits, one hub on a file, migrations beside foreign keys."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy import Connection, Engine, event, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from hub.checkpoints import LONGEST
from hub.sqlite import GROUP, AlreadyOpenError, SqliteDatabase, driver, hold
from hub.users import Department, User
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hub.db import Database

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def add(session: Session, name: str) -> None:
    session.add(Department(name=name))


def engine_of(db: Database) -> Engine:
    return cast("SqliteDatabase", db)._writing


def commits_of(db: Database) -> list[Connection]:
    commits: list[Connection] = []
    event.listen(engine_of(db), "commit", commits.append)
    return commits


async def while_writer_is_busy(db: Database, queue: Callable[[], list[asyncio.Task[None]]]) -> None:
    """Let the writer hang in one function until `queue` has put others behind it, and wait for all."""
    begun, go_on = threading.Event(), threading.Event()

    def hang(_session: Session) -> None:
        begun.set()
        go_on.wait(10)

    first = asyncio.create_task(db.write(hang))
    await asyncio.to_thread(begun.wait, 10)
    waiting = queue()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(first, *waiting)


async def test_those_who_wait_share_a_commit(db: Database) -> None:
    commits = commits_of(db)
    await while_writer_is_busy(
        db, lambda: [asyncio.create_task(db.write(add, f"Room {n}")) for n in range(2 * GROUP)]
    )
    assert len(commits) == 3


async def test_somebody_alone_waits_for_nobody(db: Database) -> None:
    commits = commits_of(db)
    await db.write(add, "Sales")
    assert len(commits) == 1


async def test_every_commit_is_forced_to_the_disk(db: Database) -> None:
    settings = await db.write(
        lambda session: [session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")]
    )
    assert settings == ["wal", 2]


async def test_a_group_that_cannot_begin_fails_at_once(db: Database, tmp_path: Path) -> None:
    """The file is held by another program: eight who wait are told together, not one after the other."""
    tries: list[str] = []
    await db.write(lambda session: session.execute(text("PRAGMA busy_timeout=1")))
    event.listen(engine_of(db), "before_cursor_execute", lambda *asked: tries.append(asked[2]))
    other = driver().connect(tmp_path / "ringback.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE").close()
    outcomes = await asyncio.gather(
        *(db.write(add, f"Room {n}") for n in range(GROUP)), return_exceptions=True
    )
    other.close()
    assert {type(each) for each in outcomes} == {OperationalError}
    assert tries in (["BEGIN IMMEDIATE"], ["BEGIN IMMEDIATE"] * 2)
    await db.write(add, "Service")


async def test_a_second_hub_on_the_same_file_is_refused(db: Database, tmp_path: Path) -> None:
    del db
    with hold(tmp_path / "ringback.db"):
        (tmp_path / "elsewhere.db").symlink_to(tmp_path / "ringback.db")
        for name in ("ringback.db", "elsewhere.db"):
            with pytest.raises(AlreadyOpenError, match="another hub is running"):
                hold(tmp_path / name)
    hold(tmp_path / "ringback.db").close()


async def test_a_row_must_not_point_to_a_missing_one(db: Database) -> None:
    with pytest.raises(IntegrityError):
        await db.write(
            lambda session: session.add(User(email="a@b.se", name="A", role="agent", department_id=7))
        )


async def test_a_migration_may_copy_a_table_that_others_point_to(db: Database) -> None:
    await db.write(lambda session: session.add(Department(id=1, name="Sales")))
    await db.write(lambda session: session.add(User(email="a@b.se", name="A", role="agent", department_id=1)))

    def copy(connection: Connection) -> None:
        for step in (
            "CREATE TABLE copied AS SELECT * FROM departments",
            "DELETE FROM departments",
            "INSERT INTO departments SELECT * FROM copied",
        ):
            connection.exec_driver_sql(step)

    await db.migrate(copy)
    assert await db.read(lambda session: session.scalars(select(User.department_id)).all()) == [1]


async def test_a_migration_that_loses_rows_is_undone(db: Database) -> None:
    await db.write(lambda session: session.add(Department(id=1, name="Sales")))
    await db.write(lambda session: session.add(User(email="a@b.se", name="A", role="agent", department_id=1)))
    with pytest.raises(ValueError, match="a row of users points to a missing one of departments"):
        await db.migrate(lambda connection: connection.exec_driver_sql("DELETE FROM departments").close())
    assert await db.read(lambda session: session.scalars(select(Department.name)).all()) == ["Sales"]


async def test_what_was_committed_is_carried_into_the_file_while_nobody_waits_for_it(
    db: Database, tmp_path: Path
) -> None:
    file, seen = tmp_path / "ringback.db", 0
    for round_ in range(2):
        for number in range(300):
            await db.write(add, f"{round_} {number} {'x' * 2_000}")
        await eventually(lambda: is_carried_over(file))
        assert file.stat().st_size > seen, "what was written did not reach the file"
        seen = file.stat().st_size
    assert file.with_name("ringback.db-wal").stat().st_size < LONGEST * 4096, "the log did not begin anew"


def is_carried_over(file: Path) -> bool:
    """Tell whether nothing waits in the log of a file; another connection looks."""
    with closing(driver().connect(file)) as connection:
        _busy, written, carried = connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
    return bool(written == carried)
