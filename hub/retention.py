"""How long raw bytes are kept: a closed item loses them after so many days; its row and what it became stay.

Failed items and those set aside keep theirs, since nobody has had his say on them. Afterwards blobs that no row
names any more go, one folder of the 256 at a time: every table with a column `blob` names blobs. In the same round the
business forgets what it keeps for a while only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, union_all, update
from sqlalchemy.orm import Session

from hub.blobs import Blobs
from hub.clock import now
from hub.db import Base, Database
from hub.journal import Inbound

EVERY = 24 * 3600.0  # seconds between two sweeps
SLICE = 500  # rows in one transaction, so that nobody waits for a sweep
YOUNG = 24 * 3600.0  # seconds: a blob comes before the row that names it


# Forgets a slice of what is old by now, and counts it.
Forget = Callable[[Session], int]


class Sweeper:
    """Forgets raw bytes that are old enough, and what else is kept for a while only."""

    def __init__(self, db: Database, blobs: Blobs, days: int, others: Sequence[Forget] = ()) -> None:
        """Keep raw bytes for so many days; `others` forget a slice of theirs each time until nothing is left."""
        self._others = others
        self._db = db
        self._blobs = blobs
        self._days = timedelta(days=days)

    async def run(self) -> None:
        """Sweep once a day until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(EVERY)

    async def sweep(self) -> None:
        """Forget what is old enough, a slice at a time, then the files that nothing names."""
        while await self._db.write(forget, now() - self._days):
            pass
        for forget_others in self._others:
            while await self._db.write(forget_others):
                pass
        for folder in await asyncio.to_thread(sorted, self._blobs.folder.iterdir()):
            old = await asyncio.to_thread(_old_files, folder)
            named = await self._db.read(named_blobs, [path.name for path in old])
            for path in old:
                if path.name not in named:
                    await asyncio.to_thread(_remove_if_old, path)


def forget(session: Session, before: datetime) -> int:
    """Take the bytes from a slice of items that became something and were received before a moment; count them."""
    ripe = (
        select(Inbound.id)
        .where(Inbound.received_at < before, Inbound.done_at.is_not(None), Inbound.forgotten_at.is_(None))
        .limit(SLICE)
    )
    ids = session.scalars(ripe).all()
    session.execute(
        update(Inbound)
        .where(Inbound.id.in_(ids))
        .values(body=None, blob=None, headers={}, forgotten_at=now()),
        execution_options={"synchronize_session": False},
    )
    return len(ids)


def named_blobs(session: Session, names: Collection[str]) -> set[str]:
    """Give those of these blobs that some row names."""
    tables = [table for table in Base.metadata.sorted_tables if "blob" in table.columns]
    naming = union_all(*(select(table.c.blob).where(table.c.blob.in_(names)) for table in tables))
    return set(session.scalars(naming)) if names else set()


def _old_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if _is_old(path)]


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > YOUNG
    except FileNotFoundError:  # renamed or removed meanwhile
        return False


def _remove_if_old(path: Path) -> None:
    """Look again: it may have been put anew since."""
    if _is_old(path):
        path.unlink(missing_ok=True)
