"""Writing in lots: whatever waits for the same function is written by it at once, in one transaction.

While one lot is being committed the next gathers, so the cost of a transaction is shared by as many as come. A lot
that fails is halved until the bad item is alone: it never takes its neighbours along.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from hub.db import Database

A = TypeVar("A")

CROWD = 8  # items on their way at once
CALM = 0.1  # seconds
# The store's own trouble: no item is to blame, and trying each would only take longer.
OUTAGE = (OperationalError, InterfaceError, OSError)
LOTS = 3  # on their way at once: while one is being committed the next stands ready
LOT = 64  # items in one transaction: more would make the first wait for the last


class Lots(Generic[A]):
    """Everything that waits for one function `fn(session, items)`."""

    def __init__(self, db: Database, fn: Callable[[Session, Sequence[A]], None]) -> None:
        """Begin with nothing waiting."""
        self._db = db
        self._fn = fn
        self._waiting: list[tuple[A, asyncio.Future[None]]] = []
        self._writing: set[asyncio.Task[None]] = set()
        self._about_to = False
        self._looking = 0  # writers that still look at what waits; as a task one is alive a moment longer
        self._loop = asyncio.get_running_loop()
        self._open = 0
        self._crowded_at = -CALM

    @property
    def crowded(self) -> bool:
        """Tell whether many wait to become durable, or did a moment ago."""
        return self._loop.time() - self._crowded_at < CALM

    async def write(self, item: A) -> None:
        """Return once this item is durable, or raise what its own writing raised."""
        future = self._loop.create_future()
        self._waiting.append((item, future))
        if self._looking < LOTS and not self._about_to:
            self._about_to = True
            task = asyncio.create_task(self._write_all())
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        self._open += 1
        if self._open >= CROWD:
            self._crowded_at = self._loop.time()
        try:
            await future
        finally:
            self._open -= 1

    async def _write_all(self) -> None:
        self._about_to = False
        self._looking += 1
        try:
            while self._waiting:
                lot, self._waiting = self._waiting[:LOT], self._waiting[LOT:]
                await self._write_lot(lot)
        finally:
            self._looking -= 1

    async def _write_lot(self, lot: list[tuple[A, asyncio.Future[None]]]) -> None:
        try:
            await self._db.write(self._fn, [item for item, _ in lot])
        except Exception as error:  # noqa: BLE001 - whatever it raises belongs to those who wait
            if len(lot) > 1 and not isinstance(error, OUTAGE):
                half = len(lot) // 2
                await self._write_lot(lot[:half])
                await self._write_lot(lot[half:])
            else:
                _settle(lot, error)
        else:
            _settle(lot, None)


def _settle(lot: list[tuple[A, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, future in lot:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
