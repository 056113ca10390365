"""Work that follows the traffic at a distance: read in a reader's thread, written a little at a time.

Whoever writes the store writes a note of what is left to do, too. A follower takes the notes when nobody waits: before
each lot it gives way to what is under way and to what comes one after the other, though not for longer than its
patience. So a rush is served first; in one that does not end a little is done each time that patience does, so that
nobody waits long for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from hub.bus import Notice
from hub.clock import now
from hub.db import Database

log = logging.getLogger(__name__)

T = TypeVar("T")

GLANCE = 0.5  # seconds: how late we may notice what was not announced, as from another process
GATHERING = 0.05  # seconds for which notes gather before they are taken
QUIET = 0.25  # seconds without news after which it is calm: calls that follow each other closely leave gaps of moments
BREATH = (
    0.1  # seconds, after which it looks again whether it may: whoever is rung meanwhile waits for each look
)


class Follower(Generic[T]):
    """Does what `gather(session)` finds by `do(session, found)`, until it finds nothing; then waits for more."""

    def __init__(
        self,
        db: Database,
        *,
        gather: Callable[[Session], T | None],
        do: Callable[[Session, T], None],
        gather_little: Callable[[Session], T | None] | None = None,
        gives_way_to: Callable[[], bool] = lambda: False,
        patience: timedelta = timedelta(seconds=1),
    ) -> None:
        """Follow nothing yet; `run` starts it. While `gives_way_to` says so a lot waits, up to `patience`.

        `gather_little` finds what is done then, all the same; without it that is a lot as any other.
        """
        self._db = db
        self._gather = gather
        self._gather_little = gather_little or gather
        self._do = do
        self._gives_way_to = gives_way_to
        self._patience = patience
        self._woken = asyncio.Event()
        self._heard = float("-inf")
        db.listen(Notice, self._hear)

    async def run(self) -> None:
        """Take up what an earlier life left, then follow until cancelled."""
        while True:
            self._woken.clear()
            if not await self.step():
                await self._rest()

    async def step(self) -> bool:
        """Do one lot; False when there was nothing to do."""
        is_calm = await self._give_way()
        found = await self._db.read(self._gather if is_calm else self._gather_little)
        if found is None:
            return False
        await self._db.write(self._do, found)
        return True

    def _hear(self, _notice: Notice) -> None:
        self._heard = time.monotonic()
        self._woken.set()

    async def _give_way(self) -> bool:
        """Wait until it is calm; False when patience ended before that."""
        until = now() + self._patience
        while self._gives_way_to() or time.monotonic() - self._heard < QUIET:
            if now() >= until:
                return False
            await asyncio.sleep(BREATH)
        return True

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(GLANCE):
                await self._woken.wait()
                await asyncio.sleep(GATHERING)
