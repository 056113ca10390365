"""Recordings of calls are fetched, then written down if a program of the admin's does it, and forgotten in time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from hub import programs
from hub.blobs import Blobs
from hub.channels import Channels
from hub.clock import now
from hub.db import Database
from hub.fetching import Book, Fetcher, Wanted
from hub.programs import ProgramError
from hub.said import said

EVERY = 3600.0  # seconds between two looks at what is old


class Recorded(Wanted, Protocol):
    """A recording that is due: to be fetched, or, once its `blob` is kept, to be written down."""

    @property
    def blob(self) -> str | None:
        """Give where it is kept."""


R = TypeVar("R", bound=Recorded)


class RecordingBook(Book[R], Protocol[R]):
    """What the business keeps of recordings, and for how long."""

    def hand_on(self, session: Session, row_id: int) -> None:
        """Have one that was kept written down next."""

    def write_down(self, session: Session, row_id: int, text: str) -> None:
        """Keep what a program wrote of it."""

    def forget_old(self, session: Session, moment: datetime) -> int:
        """Forget a slice of what is old, and count it."""


class Secretary(Fetcher[R]):
    """Does it. `command` is the program that writes down, none where it is empty; it may take `seconds`."""

    def __init__(
        self, db: Database, blobs: Blobs, channels: Channels, book: RecordingBook[R], command: Sequence[str],
        seconds: float,
    ) -> None:  # fmt: skip
        """Do nothing yet; `run` and `forget` start it."""
        super().__init__(db, blobs, channels, book)
        self._recordings = book
        self._command = command
        self._seconds = seconds
        self._writing = asyncio.Semaphore(1)

    async def forget(self) -> None:
        """Forget what is old, once an hour, until cancelled."""
        while True:
            while await self._db.write(self._recordings.forget_old, now()):
                pass
            await asyncio.sleep(EVERY)

    async def _carry_on(self, row: R) -> None:
        if row.blob is None:
            await super()._carry_on(row)
        else:
            async with self._writing:
                await self._write_down(row, row.blob)

    async def _keep(self, row: R, blob: str, found: object) -> None:
        def keep(session: Session) -> None:
            self._book.keep(session, row.id, blob, found)
            if self._command:
                self._recordings.hand_on(session, row.id)

        await self._db.write(keep)

    async def _write_down(self, row: R, blob: str) -> None:
        if not self._command:
            raise ProgramError(said("No program writes it down."))
        text = await programs.run(self._command, self._blobs.path(blob), self._seconds)
        await self._db.write(self._recordings.write_down, row.id, text)
