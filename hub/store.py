"""The store of a data folder: which database it is, opened, locked and at this version's schema.

Everything a hub knows lies in one folder: the database (unless RINGBACK_DATABASE names another) and the blobs. One
hub runs on it; the other commands are short guests that may come while it runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hub import migrations
from hub.blobs import Blobs
from hub.db import Database
from hub.postgres import PostgresDatabase
from hub.settings import database_url
from hub.sqlite import SqliteDatabase, hold

FILE = "ringback.db"


def database_file(data: Path) -> Path:
    """Say where the SQLite file of a data folder is."""
    return data / FILE


def blobs_of(data: Path) -> Blobs:
    """Give the blob folder of a data folder."""
    return Blobs(data / "blobs")


@asynccontextmanager
async def open_store(data: Path, *, alone: bool = False) -> AsyncIterator[Database]:
    """Open the store at this version's schema. `alone` keeps other hubs out, or raises AlreadyOpenError."""
    data.mkdir(parents=True, exist_ok=True)
    url = database_url()
    lock = hold(database_file(data)) if alone else None
    db: Database = PostgresDatabase(url) if url else SqliteDatabase(database_file(data))
    try:
        await db.migrate(migrations.upgrade)
        yield db
    finally:
        await db.close()
        if lock is not None:
            lock.close()
