"""SQLite's readers: a few threads, each with a session that is kept open.

Putting one together costs more than most reads do. Whoever read last reads next: in turns, each of them had what it
needs pushed out of the processor's memory by the time it came, and half a read was to fetch it. A read sees the state
as of its first statement.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from hub.bells import Bell, here

T = TypeVar("T")

Read = tuple[Callable[[Session], object], "asyncio.Future[object]", Bell]
Place = SimpleQueue[Read | None]  # where one of them waits


class Readers:
    """Several reading threads on one engine."""

    def __init__(self, engine: Engine, count: int) -> None:
        """Start so many threads."""
        self._waiting = deque[Read]()  # while all of them read
        self._idle: list[Place] = []  # who came last stands last
        self._changing = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve, args=(engine,), name=f"reader-{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    async def read(self, fn: Callable[[Session], T]) -> T:
        """Run `fn` in one of the threads."""
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        bell = here()
        with self._changing:
            if self._idle:
                self._idle.pop().put((fn, future, bell))
            else:
                self._waiting.append((fn, future, bell))
        return cast("T", await future)

    def _free(self, place: Place) -> None:
        """Have whoever reads from a place get there what waits, or what comes next; None once they are closed."""
        with self._changing:
            if self._waiting:
                place.put(self._waiting.popleft())
            elif self._closed:
                place.put(None)
            else:
                self._idle.append(place)

    def close(self) -> None:
        """Finish what waits, then end every thread."""
        with self._changing:
            self._closed = True
            idle, self._idle = self._idle, []
        for place in idle:
            place.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self, engine: Engine) -> None:
        """Connect when somebody first asks; a failure is his to know, and the next one's to try again."""
        place: Place = SimpleQueue()
        self._free(place)
        while read := place.get():
            try:
                connection = engine.connect()
            except Exception as error:  # noqa: BLE001 - as below
                self._free(place)
                _deliver(read, read[1].set_exception, error)
                continue
            with connection:
                self._serve_on(connection, read, place)
            return

    def _serve_on(self, connection: Connection, first: Read, place: Place) -> None:
        session = Session(connection, expire_on_commit=False)
        # BEGIN and ROLLBACK go past the library, which has a ceremony for each.
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        read: Read | None = first
        while read:
            fn, future, _bell = read
            try:
                result = _run(fn, session, driver)
            except BaseException as error:  # noqa: BLE001 - whatever a function raises belongs to its caller
                self._free(place)
                _deliver(read, future.set_exception, error)
            else:
                self._free(place)  # first: who has his answer may ask at once
                _deliver(read, future.set_result, result)
            read = place.get()
        session.close()


def _run(fn: Callable[[Session], T], session: Session, driver: sqlite3.Connection) -> T:
    """Run `fn` in a transaction of its own and leave nothing behind."""
    driver.execute("BEGIN")
    try:
        result = fn(session)
        session.flush()  # a change that was forgotten here is refused, not dropped without a word
    except BaseException:
        session.rollback()
        raise
    finally:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        session.expunge_all()
        session.info.clear()
    return result


def _deliver(read: Read, settle: Callable[[T], object], value: T) -> None:
    """Settle the future of a read on its loop."""
    _fn, future, bell = read

    def unless_cancelled() -> None:
        if not future.done():
            settle(value)

    bell.call(unless_cancelled)
