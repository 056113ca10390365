"""The store of a data folder: which database it is, opened, locked and at this version's schema.

Everything a hub knows lies in one folder: the database (unless RINGBACK_DATABASE names another) and blobs.
One hub runs on it; the other commands are short guests that may come while it runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection

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


def connect(data: Path) -> Database:
    """Give the database of a data folder as it is: not locked, not brought to this version."""
    url = database_url()
    return PostgresDatabase(url) if url else SqliteDatabase(database_file(data))


@asynccontextmanager
async def open_store(
    data: Path, *, alone: bool = False, prepare: Callable[[Connection], None] = migrations.upgrade
) -> AsyncIterator[Database]:
    """Open the store at this version's schema. `alone` keeps other hubs out, or raises AlreadyOpenError.

    `prepare` brings it there, before anything else is done, in one transaction.
    """
    data.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing else runs yet
    lock = hold(database_file(data)) if alone else None
    db = connect(data)
    try:
        await db.migrate(prepare)
        yield db
    finally:
        await db.close()
        if lock is not None:
            lock.close()
