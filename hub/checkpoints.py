"""What was committed to SQLite's log is carried into the file aside, so that no commit waits for it.

A commit flushes the log alone. By itself SQLite carries the log over within the commit that makes it long, and flushes
the file then: every few calls one of them took three times as long as the others.
"""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path
    from types import ModuleType

log = logging.getLogger(__name__)

PAGES = 400  # that wait in the log before they are carried over while others are written
IDLE = 0.25  # seconds without a commit after which all of it is
LOOK = 0.05  # seconds between two looks
LONGEST = 8_000
"""Pages of the log after which a commit carries it over itself: only so can it begin anew while writes never pause."""


class Checkpoints:
    """A thread that carries the log of one file over. It writes nothing of its own, and waits for nobody."""

    def __init__(self, path: Path, driver: ModuleType) -> None:
        """Begin; the file must be there by the first commit that is told of."""
        self._path, self._driver = path, driver
        self._news, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._serve, name="checkpoints", daemon=True)
        self._thread.start()

    def committed(self) -> None:
        """Say that something was written."""
        if not self._news.is_set():  # to set it anew takes ten times as long as to look
            self._news.set()

    def close(self) -> None:
        """End; what is left is carried over by whoever closes the file last."""
        self._closed.set()
        self._news.set()
        self._thread.join()

    def _serve(self) -> None:
        self._news.wait()
        if self._closed.is_set():
            return
        with closing(self._driver.connect(self._path, isolation_level=None)) as connection:
            waiting = 0
            while not self._closed.wait(LOOK):
                is_idle = not self._news.wait(IDLE if waiting else None)
                self._news.clear()
                try:
                    waiting = _carry(connection, 0 if is_idle else PAGES)
                except self._driver.Error as error:
                    log.warning("the log of the store could not be carried over: %s", error)


def _carry(connection: sqlite3.Connection, most: int) -> int:
    """Carry the log over where more than `most` pages of it wait, and give how many did."""
    _busy, written, carried = connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
    if written - carried > most:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(written - carried)


def carries_aside(driver: ModuleType) -> bool:
    """Tell whether that is safe: SQLite before 3.51.3 could damage a log that two connections carry over."""
    version: tuple[int, int, int] = driver.sqlite_version_info
    return version >= (3, 51, 3)
