"""What stands in a test's database from the beginning: put there once in a run and copied, as the schema is."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hub.clock import clock
from hub.db import Database
from hub.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

BARE = "bare"


@dataclass(frozen=True, slots=True)
class Furniture:
    """What `put` writes into a store that holds the schema; `name` is a word of small letters."""

    name: str
    put: Callable[[Session], object]


async def furnish(db: Database, furniture: Furniture) -> None:
    """Put it in at the true time, whatever the clock of the test that comes first says."""
    ahead, clock.shift = clock.shift, timedelta()
    try:
        await db.write(furniture.put)
    finally:
        clock.shift = ahead


class Models:
    """SQLite files with the schema, and with one or another furniture, each made at its first use."""

    def __init__(self, folder: Path, schema: Callable[[Connection], None]) -> None:
        """Keep them in this folder."""
        self._folder = folder
        self._schema = schema

    def copy(self, place: Path, furniture: Furniture | None) -> Path:
        """Put a copy where a test wants it."""
        if not self._bare.exists():
            _aside(self._make(self._bare, None))
        if furniture is None:
            return Path(shutil.copy(self._bare, place))
        model = self._folder / f"{furniture.name}.db"
        if not model.exists():
            shutil.copy(self._bare, model)
            _aside(self._make(model, furniture))
        return Path(shutil.copy(model, place))

    @property
    def _bare(self) -> Path:
        return self._folder / f"{BARE}.db"

    async def _make(self, place: Path, furniture: Furniture | None) -> None:
        db = SqliteDatabase(place)
        await (furnish(db, furniture) if furniture else db.migrate(self._schema))
        await db.close()


def _aside(making: Coroutine[None, None, None]) -> None:
    """Run to the end in another thread: a test's loop may be running in this one."""
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, making).result()
