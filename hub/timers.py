"""Timers: a column of due times, an index, and one sleeper per column.

A timer knows three things: when the earliest row is due, how to take the rows that are due, and what to do
with one. It sleeps until the earliest and is woken when an earlier one is committed, so it costs the same
with one row waiting or a million. Whatever is done to a row must be conditional on the row still being due:
that another node was faster is a normal answer.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from hub.clock import now
from hub.db import Database

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = 1.0  # seconds for which a timer holds back at most, before it does one batch all the same
BREATH = 0.01
GLANCE = 5.0  # seconds: how late we may notice a row that another process wrote
SPREAD = (
    0.2  # of a glance, by which it comes earlier: all timers at once would hold up who waits for one of them
)
PAUSE = 1.0  # seconds: how long a failing row, or a store that is away, keeps us from trying again
AT_ONCE = 32
FAREWELL = 15.0  # seconds: who stops us waits for no longer before he kills
STRAGGLER = 0.25  # seconds that the next batch waits for the slowest of this one


@dataclass(frozen=True, slots=True)
class Due:
    """Announced with a row that became due at `at`, for the timer of this name."""

    timer: str
    at: datetime


class Timer(Generic[T]):
    """Runs `fire` for every row that comes due, at most `at_once` at a time, none twice at the same time."""

    def __init__(
        self,
        name: str,
        db: Database,
        *,
        earliest: Callable[[Session, datetime], datetime | None],
        take: Callable[[Session, datetime, int], Sequence[tuple[int, T]]],
        fire: Callable[[T], Awaitable[None]],
        taking_writes: bool = False,
        gives_way_to: Callable[[], bool] = lambda: False,
        at_once: int = AT_ONCE,
    ) -> None:
        """Prepare; `run` starts it.

        `earliest` gives the first due time after a moment, `take` the (id, item) of rows that are due at one,
        oldest first. With `taking_writes` it also claims them, so that nobody else takes them meanwhile.
        While `gives_way_to` says so nothing is begun, though not for longer than PATIENCE.
        """
        self.name = name
        self._db = db
        self._earliest = earliest
        self._take = take
        self._fire = fire
        self._claims = taking_writes
        self._gives_way_to = gives_way_to
        self._at_once = at_once
        self._woken = asyncio.Event()
        self._sleeping_until: datetime | None = None
        self._in_hand: dict[int, asyncio.Task[None]] = {}
        self._finished: set[int] = set()
        db.listen(Due, self._hear)

    async def run(self) -> None:
        """Serve until cancelled; what is in hand then is finished first, if it takes no longer than FAREWELL."""
        lost = False
        try:
            while True:
                self._woken.clear()
                try:
                    await self._look()
                except Exception:
                    # The store may be away for a while; a timer that died of it would be silent for ever.
                    if not lost:
                        log.exception("timer %s cannot reach the store", self.name)
                    lost = True
                    await asyncio.sleep(PAUSE)
                else:
                    if lost:
                        log.warning("timer %s reaches the store again", self.name)
                    lost = False
        finally:
            await self._finish()

    async def _finish(self) -> None:
        """Let what is in hand end by itself, as far as that does not take too long."""
        in_hand = list(self._in_hand.values())
        if in_hand:
            _done, late = await asyncio.wait(in_hand, timeout=FAREWELL)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    @property
    def busy(self) -> bool:
        """Tell whether something is in hand."""
        return bool(self._in_hand)

    def wake(self) -> None:
        """Look again now: the clock was moved, or somebody wrote from outside."""
        self._woken.set()

    def _hear(self, due: Due) -> None:
        if due.timer == self.name and (self._sleeping_until is None or due.at < self._sleeping_until):
            self._woken.set()

    async def _look(self) -> None:
        """Do what is due, or sleep until something is."""
        moment = now()
        if not await self._serve(moment):
            # What was due and cannot be taken waits for something in hand, which wakes us.
            await self._sleep(await self._db.read(self._earliest, moment))

    async def _serve(self, moment: datetime) -> bool:
        """Do what is due at this moment; False when there was nothing. What takes long is left in hand."""
        await self._give_way()
        if len(self._in_hand) >= self._at_once:
            await asyncio.wait(self._in_hand.values(), return_when=asyncio.FIRST_COMPLETED)
        rows = await self._ask(moment)
        batch = [self._begin(key, item) for key, item in rows if key not in self._in_hand]
        if batch:
            await asyncio.wait(batch, timeout=STRAGGLER)
        return bool(batch)

    async def _give_way(self) -> None:
        patience = PATIENCE
        while patience > 0 and self._gives_way_to():
            await asyncio.sleep(BREATH)
            patience -= BREATH

    async def _ask(self, moment: datetime) -> Sequence[tuple[int, T]]:
        self._finished.clear()
        if self._claims:
            return await self._db.write(self._take, moment, self._at_once - len(self._in_hand))
        # What is in hand is still due and comes back. What was finished since is out of date: it is left
        # for another look, or a failed row would be tried again without its pause.
        rows = await self._db.read(self._take, moment, self._at_once)
        return [row for row in rows if row[0] not in self._finished]

    def _begin(self, key: int, item: T) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guard(key, item))
        self._in_hand[key] = task
        return task

    async def _guard(self, key: int, item: T) -> None:
        try:
            await self._fire(item)
        except Exception:
            # The row is still due; a pause keeps a broken one from spinning.
            log.exception("timer %s failed on %d", self.name, key)
            await asyncio.sleep(PAUSE)
        finally:
            self._in_hand.pop(key, None)
            self._finished.add(key)
            self._woken.set()  # its stream may go on

    async def _sleep(self, until: datetime | None) -> None:
        glance = GLANCE * random.uniform(1 - SPREAD, 1)  # noqa: S311 - nobody is to guess it, or not to
        seconds = glance if until is None else min((until - now()).total_seconds(), glance)
        self._sleeping_until = now() + timedelta(seconds=seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._sleeping_until = None
