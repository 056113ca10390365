"""What only SQLite does: shared commits, one hub on a file, migrations beside foreign keys."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy import Connection, Engine, event, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from hub import checkpoints
from hub.checkpoints import LONGEST
from hub.db import ClosedError, announce
from hub.sqlite import GROUP, READERS, READY, AlreadyOpenError, SqliteDatabase, driver, hold
from hub.users import Department, User
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.db import Database

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def add(session: Session, name: str) -> None:
    session.add(Department(name=name))


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Department.name)))


def engine_of(db: Database) -> Engine:
    return cast("SqliteDatabase", db)._writing


def commits_of(db: Database) -> list[str]:
    """Give the words that end the writer's transactions, from now on; the driver tells them itself."""
    commits: list[str] = []

    def hear(words: str) -> None:
        if words == "COMMIT":
            commits.append(words)

    def trace(connection: Connection, *_told: object) -> None:
        connection.connection.dbapi_connection.set_trace_callback(hear)  # type: ignore[union-attr]

    event.listen(engine_of(db), "before_cursor_execute", trace)
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


class Disk:
    """The disk under the log: it takes its time until it is let go, or fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the disk; `free` lets it go."""
        self.free, self.asked = threading.Event(), threading.Event()
        self.files: list[str] = []
        self.error: OSError | None = None
        self._flush = os.fdatasync
        monkeypatch.setattr(os, "fdatasync", self.flush)

    def flush(self, log: int) -> None:
        """Flush as the disk does, once it is let go."""
        self.files.append(Path(f"/proc/self/fd/{log}").readlink().name)
        self.asked.set()
        assert self.free.wait(10)
        if self.error is not None:
            raise self.error
        self._flush(log)


@pytest.fixture
def disk(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    del db  # its first commits are behind it
    disk = Disk(monkeypatch)
    yield disk
    disk.free.set()


async def test_who_writes_hears_so_once_it_is_on_disk_and_who_looks_sees_it_before(
    db: Database, disk: Disk
) -> None:
    told: list[str] = []
    db.listen(str, told.append)

    def found(session: Session) -> None:
        add(session, "Sales")
        announce(session, "Sales is there")

    writing = asyncio.create_task(db.write(found))
    await asyncio.to_thread(disk.asked.wait, 10)
    await eventually(lambda: told == ["Sales is there"])
    assert await db.read(names) == ["Sales"]
    assert not writing.done()
    disk.free.set()
    await writing
    assert disk.files == ["ringback.db-wal"]


async def test_those_who_wait_for_the_disk_share_a_flush(db: Database, disk: Disk) -> None:
    first = asyncio.create_task(db.write(add, "Sales"))
    await asyncio.to_thread(disk.asked.wait, 10)
    others = [asyncio.create_task(db.write(add, f"Room {n}")) for n in range(8 * GROUP)]
    await eventually(lambda: db.read(lambda session: len(names(session)) == 1 + len(others)))
    disk.free.set()
    await asyncio.gather(first, *others)
    assert len(disk.files) <= 3, "whoever was committed last may have come behind it"


async def test_a_disk_that_fails_is_said_and_nothing_more_is_taken(
    db: Database, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    disk.error = OSError("Input/output error")
    disk.free.set()
    with pytest.raises(OSError, match="Input/output error"):
        await db.write(add, "Sales")
    assert "the store takes nothing more until the hub is started again" in caplog.text
    with pytest.raises(ClosedError):
        await db.write(add, "Service")


async def test_listeners_hear_of_it_before_who_wrote_goes_on_however_fast_the_disk_is(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    went_on = threading.Event()
    db.listen(str, heard.append)

    def at_once(told: Callable[[OSError | None], None]) -> None:
        told(None)
        went_on.wait(0.5)  # the writer's thread is left behind

    monkeypatch.setattr(cast("SqliteDatabase", db)._flusher, "committed", at_once)
    await db.write(announce, "Sales is there")
    assert heard == ["Sales is there"]
    went_on.set()


async def test_a_log_that_began_anew_is_the_one_that_is_flushed(
    db: Database, disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite takes the log away with whoever closes the file last."""
    monkeypatch.setattr(checkpoints, "LOOK", 60.0)  # who carries the log over would hold it open
    disk.free.set()
    await db.write(add, "Sales")
    await db.migrate(lambda _connection: None)
    await eventually(lambda: not (tmp_path / "ringback.db-wal").exists())
    await db.write(add, "Service")
    assert disk.files == ["ringback.db-wal"] * 2


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
    assert set(tries) == {"BEGIN IMMEDIATE"}
    assert len(tries) < GROUP
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


async def test_what_is_asked_again_is_not_put_together_again_however_much_a_migration_asked(
    db: Database,
) -> None:
    """The driver keeps what was asked first, and throws away what came last."""

    def step(connection: Connection) -> None:
        for number in range(READY):
            connection.exec_driver_sql(f"SELECT {number}")

    def ask(session: Session) -> None:
        for number in range(200):
            session.connection().execute(select(Department.name.label(f"name_{number}")))

    put_together = list[int]()

    def listen(session: Session) -> None:
        connection = cast("sqlite3.Connection", session.connection().connection.driver_connection)
        connection.set_authorizer(lambda what, *_about: put_together.append(what) or sqlite3.SQLITE_OK)

    await db.migrate(step)
    await db.write(listen)
    await db.write(ask)
    before = len(put_together)
    await db.write(ask)
    assert before > 200
    assert len(put_together) - before < 10  # its own BEGIN and COMMIT


async def test_whoever_read_last_reads_next(db: Database) -> None:
    def reader(_session: Session) -> int:
        return threading.get_ident()

    await eventually(lambda: len(cast("SqliteDatabase", db)._readers._idle) == READERS)
    assert len({await db.read(reader) for _each in range(20)}) == 1
    assert len(set(await asyncio.gather(*(db.read(met) for _each in range(2))))) == 2


def met(_session: Session, at: threading.Barrier = threading.Barrier(2, timeout=5)) -> int:  # noqa: B008
    """Wait until another reads as well."""
    at.wait()
    return threading.get_ident()
