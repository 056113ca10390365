"""Files that lie at the other side of a channel are fetched from there: recordings of calls, and what is sent in chats.

What is wanted and what is kept of it, the business says: see `Book`.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast

from sqlalchemy.orm import Session

from hub.blobs import Blobs
from hub.channels import Channels
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


class Wanted(Protocol):
    """A file that is due to be fetched."""

    @property
    def id(self) -> int:
        """Give its number."""

    @property
    def channel_id(self) -> int:
        """Give the channel on whose other side it lies."""

    @property
    def ref(self) -> str:
        """Give what the other side calls it."""


W = TypeVar("W", bound=Wanted)


class Book(Protocol[W]):
    """What the business keeps of such files. Each function is one transaction, but for `measure`."""

    TIMER: str

    def earliest(self, session: Session, after: datetime) -> datetime | None:
        """Tell when the next comes due."""

    def take(self, session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, W]]:
        """Claim what is due, oldest first."""

    def measure(self, row: W, file: Path) -> Any:  # noqa: ANN401 - it is the business's own
        """Say what a file holds, for `keep`."""

    def keep(
        self, session: Session, row_id: int, blob: str,
        found: Any,  # noqa: ANN401 - as measured
    ) -> None:  # fmt: skip
        """Keep what was fetched."""

    def put_off(self, session: Session, row_id: int, why: str, *, for_good: bool = False) -> None:
        """Keep what failed: it comes due again, unless it failed for good."""


class Fetcher(Generic[W]):
    """Fetches what a book wants."""

    def __init__(self, db: Database, blobs: Blobs, channels: Channels, book: Book[W]) -> None:
        """Do nothing yet; `run` starts it."""
        self._db = db
        self._blobs = blobs
        self._channels = channels
        self._book = book
        self._fetching = asyncio.Semaphore(AT_ONCE)
        self.timer = Timer(
            book.TIMER, db, earliest=book.earliest, take=book.take, fire=self._do, taking_writes=True
        )

    async def run(self) -> None:
        """Fetch what is due, until cancelled."""
        await self.timer.run()

    async def _do(self, row: W) -> None:
        try:
            await self._carry_on(row)
        except (Refused, LookupError, ProgramError) as error:
            log.warning("%s %d: %s", self._book.TIMER, row.id, type(error).__name__)
            await self._db.write(self._book.put_off, row.id, describe(error), for_good=True)
        except (Unavailable, AuthFailed, OSError, TimeoutError) as error:
            await self._db.write(self._book.put_off, row.id, describe(error))

    async def _carry_on(self, row: W) -> None:
        """Do what is next for it."""
        async with self._fetching:
            connector = (await self._channels.find(row.channel_id)).connector
            with tempfile.TemporaryDirectory(prefix="ringback-") as folder:
                file = Path(folder, "file")
                await asyncio.wait_for(_bringer(connector).bring(row.ref, file), FETCH_SECONDS)
                found = await asyncio.to_thread(self._book.measure, row, file)
                blob = await self._blobs.put_file(file)
            await self._keep(row, blob, found)

    async def _keep(self, row: W, blob: str, found: object) -> None:
        await self._db.write(self._book.keep, row.id, blob, found)


def _bringer(connector: Connector) -> Recorder:
    """Give a connector as one that brings files; Refused where it does not."""
    if not records(connector):
        raise Refused(said("This channel brings no files."))
    return cast("Recorder", connector)
