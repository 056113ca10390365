"""SQLite: one writer thread with group commit, a few readers that cannot write.

What waits shares one commit. If a member fails, the group is rolled back and its members run one by one: a neighbour
never pays. What was committed is seen and announced at once; who wrote it hears so when it is on disk.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from hub.bells import Bell, here
from hub.checkpoints import LONGEST, Checkpoints, carries_aside
from hub.db import ANNOUNCED, ClosedError, Database, bind, from_json, preceded, to_json
from hub.flushing import Flusher
from hub.readers import Readers
from hub.statements import tell

if TYPE_CHECKING:
    import sqlite3
    from types import ModuleType

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

GROUP = 8  # past this the first member waits longer than a saved commit is worth
READERS = 4
# Kilobytes of the file that each connection holds. Searches walk through large indexes; a write touches few pages, and
# took as long with 2, 8 and 32 MB among 60,000 contacts, while what it holds grows with every row that comes in.
WRITER_HOLDS, READER_HOLDS = 8_000, 32_000
# Statements that each connection keeps ready, some five kilobytes each. Past these the driver puts a new one together
# each time, which takes ten times as long as to carry it out: it throws away what came last.
READY = 600
BEGIN = "BEGIN IMMEDIATE"
SAVEPOINTS = {
    "do_savepoint": "SAVEPOINT",
    "do_release_savepoint": "RELEASE SAVEPOINT",
    "do_rollback_to_savepoint": "ROLLBACK TO SAVEPOINT",
}
BUSY_SECONDS = 20  # how long a short command may hold the file before the hub gives up on a commit


class AlreadyOpenError(Exception):
    """Another hub runs on this database; one file has one hub."""


@dataclass(slots=True)
class Write:
    """One function that waits for the writer, what became of it, and who waits for that."""

    fn: Callable[[Session], object]
    future: asyncio.Future[object]
    bell: Bell
    result: object = None
    announced: list[object] = field(default_factory=list)

    def run(self, session: Session) -> None:
        """Run inside the group's transaction; records in memory and announcements are this member's own."""
        session.info[ANNOUNCED] = self.announced = []
        session.connection()  # joined from the start, see statements.connection_of
        self.result = self.fn(session)
        session.flush()
        session.close()
        session.info.clear()


class SqliteDatabase(Database):
    """The default store: a file in the data folder."""

    shared = False

    def __init__(self, path: Path) -> None:
        """Open the file, and make it where it is missing."""
        super().__init__()
        aside = carries_aside(driver())
        own = (f"PRAGMA wal_autocheckpoint={LONGEST}",) if aside else ()
        self._writing = _engine(path, *own, size=1, holds=WRITER_HOLDS)
        self._reading = _engine(path, "PRAGMA query_only=ON", size=READERS, holds=READER_HOLDS)
        self._queue: SimpleQueue[Write | None] = SimpleQueue()
        # By the writer: to connect for each group took as long as its commit, and a session has a ceremony, too.
        self._held: tuple[Connection, Session] | None = None
        self._alone = threading.Lock()
        self._closed = False
        self._readers = Readers(self._reading, READERS)
        self._checkpoints = Checkpoints(path, driver()) if aside else None
        self._flusher = Flusher(path)
        self._writer = threading.Thread(target=self._serve, name="writer", daemon=True)
        self._writer.start()

    async def write(
        self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Queue `fn` for the writer; it returns once the group it ran in is on disk. OSError: it may not be."""
        if self._closed:
            raise ClosedError("the store is closed")
        future = asyncio.get_running_loop().create_future()
        self._queue.put(Write(preceded(bind(fn, *args, **kwargs)), future, here()))
        return cast("T", await future)

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` in a reader's thread, on the state as of its first statement."""
        if self._closed:
            raise ClosedError("the store is closed")
        return await self._readers.read(bind(fn, *args, **kwargs))

    async def migrate(self, step: Callable[[Connection], None]) -> None:
        """Run `step` on the writing connection."""
        await asyncio.to_thread(self._migrate, step)

    async def close(self) -> None:
        """Finish the queue, then close the files."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._flusher.close)
        await asyncio.to_thread(self._readers.close)
        if self._checkpoints is not None:
            await asyncio.to_thread(self._checkpoints.close)
        self._let_go()
        self._reading.dispose()
        self._writing.dispose()

    def _migrate(self, step: Callable[[Connection], None]) -> None:
        with self._alone:
            self._let_go()
            with self._writing.connect() as connection:
                # A step may copy a table and drop the old one, which must not take along rows that point there.
                _set(connection, "foreign_keys=OFF", "synchronous=FULL")
                try:
                    with connection.begin():
                        tell(connection, BEGIN).close()
                        step(connection)
                        _check_foreign_keys(connection)
                finally:
                    _set(connection, "foreign_keys=ON", "synchronous=NORMAL")
            self._writing.dispose()  # what a step asked once would be kept ready for ever

    def _connected(self) -> tuple[Connection, Session]:
        """Give the writer's own."""
        if self._held is None:
            connection = self._writing.connect()
            session = Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only")
            self._held = connection, session
        return self._held

    def _let_go(self) -> None:
        """Have nothing of what failed be left: the next group has a session of its own."""
        held, self._held = self._held, None
        if held is not None:
            connection, session = held
            session.close()
            connection.close()

    def _serve(self) -> None:
        while group := self._next_group():
            self._commit(group)

    def _next_group(self) -> list[Write]:
        """Wait for a write and take along what waits behind it; nothing once the store is closed."""
        group: list[Write] = []
        while not group or (len(group) < GROUP and not self._queue.empty()):
            write = self._queue.get()
            if write is None:
                self._queue.put(None)  # to be met again when this group is committed
                break
            group.append(write)
        return group

    def _commit(self, group: list[Write]) -> None:
        begun = False
        try:
            with self._alone:
                connection, session = self._connected()
                with connection.begin():
                    tell(connection, BEGIN).close()
                    begun = True
                    for write in group:
                        write.run(session)
        except BaseException as error:  # noqa: BLE001 - whatever a function raises belongs to its caller; we go on
            with self._alone:
                self._let_go()
            if begun and len(group) > 1:
                for write in group:
                    self._commit([write])
            else:
                group[0].bell.call(partial(_fail, group, error))
        else:
            # Whoever listens works while the disk is waited for, and has heard it before who wrote goes on.
            group[0].bell.hang(partial(self._announce, group))
            self._flusher.committed(partial(self._settle, group))
            if any(write.announced for write in group):
                group[0].bell.ring()
            if self._checkpoints is not None:
                self._checkpoints.committed()

    def _announce(self, group: list[Write]) -> None:
        for write in group:
            self.tell(write.announced)

    def _settle(self, group: list[Write], error: OSError | None) -> None:
        """Tell who wrote that it is on disk, or that it may not be: a disk that failed once is not asked again."""
        if error is not None:
            self._closed = True
            log.critical("the store takes nothing more until the hub is started again: %s", error)
        group[0].bell.call(partial(_succeed, group) if error is None else partial(_fail, group, error))


def hold(path: Path) -> IO[bytes]:
    """Take the file's lock for this hub, or raise AlreadyOpenError. It is held until the file is closed."""
    path = path.resolve()
    lock = path.with_name(path.name + ".lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise AlreadyOpenError(f"another hub is running on {path}") from None
    return lock


def _succeed(group: list[Write]) -> None:
    for write in group:
        if not write.future.done():
            write.future.set_result(write.result)


def _fail(group: list[Write], error: BaseException) -> None:
    for write in group:
        if not write.future.done():
            write.future.set_exception(error)


def _set(connection: Connection, *pragmas: str) -> None:
    for pragma in pragmas:
        connection.connection.cursor().execute(f"PRAGMA {pragma}").close()


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise ValueError(f"after this migration a row of {broken[0]} points to a missing one of {broken[2]}")


def _engine(path: Path, *pragmas: str, size: int, holds: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", module=driver(), poolclass=QueuePool, pool_size=size, max_overflow=0,
        json_serializer=to_json, json_deserializer=from_json, hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS, "cached_statements": READY},
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions start too late and break savepoints: we begin ourselves.
        connection.isolation_level = None
        for pragma in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON",
                       f"PRAGMA cache_size=-{holds}", *pragmas):  # fmt: skip
            connection.execute(pragma).close()

    # The library puts each of these together anew, which takes longer than all else about a savepoint.
    for name, words in SAVEPOINTS.items():
        setattr(engine.dialect, name, partial(_at_savepoint, words))
    return engine


def _at_savepoint(words: str, connection: Connection, name: str) -> None:
    tell(connection, f"{words} {name}").close()


def driver() -> ModuleType:
    """Give the SQLite module that is free of the WAL-reset bug (3.7.0 to 3.51.2 have it)."""
    builtin = import_module("sqlite3")
    if builtin.sqlite_version_info >= (3, 51, 3):
        return builtin
    try:
        return import_module("pysqlite3.dbapi2")
    except ImportError:
        return builtin
