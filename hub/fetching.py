"""Recordings of calls are fetched from the other side of their channel, and written down if a program does it.

What is wanted, what is kept of it and for how long, the business says: see `Book`.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

from sqlalchemy.orm import Session

from hub import programs
from hub.blobs import Blobs
from hub.channels import Channels
from hub.clock import now
from hub.connector import AuthFailed, Connector, Refused, Unavailable
from hub.db import Database
from hub.errors import describe
from hub.exchange import Recorder, records
from hub.programs import ProgramError
from hub.said import said
from hub.timers import Timer

log = logging.getLogger(__name__)

AT_ONCE = 4  # are fetched
FETCH_SECONDS = 600
EVERY = 3600.0  # seconds between two looks at what is old


class Wanted(Protocol):
    """A recording that is due: to be fetched, or, once its `blob` is kept, to be written down."""

    @property
    def id(self) -> int:
        """Give its number."""

    @property
    def channel_id(self) -> int:
        """Give the channel on whose other side it lies."""

    @property
    def name(self) -> str:
        """Give what the other side calls it."""

    @property
    def blob(self) -> str | None:
        """Give where it is kept."""


class Book(Protocol):
    """What the business keeps of recordings. Each function is one transaction."""

    TIMER: str

    def earliest(self, session: Session, after: datetime) -> datetime | None:
        """Tell when the next comes due."""

    def take(self, session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, Wanted]]:
        """Claim what is due, oldest first."""

    def measure(self, file: Path) -> Any:  # noqa: ANN401 - it is the business's own
        """Say what a file holds, for `keep`; not in a transaction."""

    def keep(
        self, session: Session, recording_id: int, blob: str,
        sound: Any,  # noqa: ANN401 - as measured
        *, writes: bool,
    ) -> None:  # fmt: skip
        """Keep what was fetched; `writes`: next a program writes it down."""

    def write_down(self, session: Session, recording_id: int, text: str) -> None:
        """Keep what a program wrote of it."""

    def put_off(self, session: Session, recording_id: int, why: str, *, for_good: bool = False) -> None:
        """Keep what failed: it comes due again, unless it failed for good."""

    def forget_old(self, session: Session, moment: datetime) -> int:
        """Forget a slice of what is old, and count it."""


class Fetcher:
    """Does it. `command` is the program that writes down, none where it is empty; it may take `seconds`."""

    def __init__(
        self, db: Database, blobs: Blobs, channels: Channels, book: Book, command: Sequence[str],
        seconds: float,
    ) -> None:  # fmt: skip
        """Do nothing yet; `run` and `forget` start it."""
        self._db = db
        self._blobs = blobs
        self._channels = channels
        self._book = book
        self._command = command
        self._seconds = seconds
        self._fetching = asyncio.Semaphore(AT_ONCE)
        self._writing = asyncio.Semaphore(1)
        self.timer = Timer(
            book.TIMER, db, earliest=book.earliest, take=book.take, fire=self._do, taking_writes=True
        )

    async def run(self) -> None:
        """Do what is due, until cancelled."""
        await self.timer.run()

    async def forget(self) -> None:
        """Forget what is old, once an hour, until cancelled."""
        while True:
            while await self._db.write(self._book.forget_old, now()):
                pass
            await asyncio.sleep(EVERY)

    async def _do(self, row: Wanted) -> None:
        try:
            if row.blob is None:
                async with self._fetching:
                    await self._fetch(row)
            else:
                async with self._writing:
                    await self._write_down(row, row.blob)
        except (Refused, LookupError, ProgramError) as error:
            log.warning("recording %d: %s", row.id, type(error).__name__)
            await self._db.write(self._book.put_off, row.id, describe(error), for_good=True)
        except (Unavailable, AuthFailed, OSError, TimeoutError) as error:
            await self._db.write(self._book.put_off, row.id, describe(error))

    async def _fetch(self, row: Wanted) -> None:
        recorder = _recorder(self._channels.get(row.channel_id).connector)
        with tempfile.TemporaryDirectory(prefix="ringback-") as folder:
            file = Path(folder, "recording")
            await asyncio.wait_for(recorder.bring(row.name, file), FETCH_SECONDS)
            sound = await asyncio.to_thread(self._book.measure, file)
            blob = await self._blobs.put_file(file)
        await self._db.write(self._book.keep, row.id, blob, sound, writes=bool(self._command))

    async def _write_down(self, row: Wanted, blob: str) -> None:
        if not self._command:
            raise ProgramError(said("No program writes it down."))
        text = await programs.run(self._command, self._blobs.path(blob), self._seconds)
        await self._db.write(self._book.write_down, row.id, text)


def _recorder(connector: Connector) -> Recorder:
    """Give a connector as one that brings recordings; Refused where it does not."""
    if not records(connector):
        raise Refused(said("This channel brings no recordings."))
    return cast("Recorder", connector)
