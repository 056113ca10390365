"""Who looked at which record: noted once its page was answered, and written aside, in lots.

    add_read("/contacts/{id}", "contact")

Nobody waits for it. What cannot be written is kept and tried again; if too much waits, or the hub stops while the
store is away, the log says how much was not written down.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from hub.audit import Read, write_reads
from hub.clock import now
from hub.db import Database
from hub.users import Viewer
from hub.web.keys import CALLER

log = logging.getLogger(__name__)

SHOWN = {200, 206}  # all of it, or a part
LOT = 100
MOST = 10_000
BREATH = 0.2  # seconds in which a lot gathers
PAUSE = 2.0  # seconds before a store that is away is tried again

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
READ_PATHS: dict[str, str] = {}


def add_read(path: str, kind: str) -> None:
    """Have it written down who opens this address, whose {id} is a record of this kind."""
    READ_PATHS[path] = kind


class Reads:
    """What was read and is not written down yet."""

    def __init__(self, db: Database) -> None:
        """Begin with nothing."""
        self._db = db
        self._waiting: deque[Read] = deque()
        self._some = asyncio.Event()
        self._known: set[Read] = set()
        self._hour: datetime | None = None
        self._away = False

    def note(self, viewer: Viewer, kind: str, record_id: int) -> None:
        """Remember that somebody read a record; a second time in the same hour does nothing."""
        hour = now().replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._known = hour, set()
        read = Read(viewer, kind, record_id, hour)
        if read in self._known:
            return
        if len(self._waiting) >= MOST:
            log.error("too much waits: it is not written down that somebody read %s %d", kind, record_id)
            return
        self._known.add(read)
        self._waiting.append(read)
        self._some.set()

    async def run(self) -> None:
        """Write until cancelled, and what is left then."""
        try:
            while True:
                await self._some.wait()
                await asyncio.sleep(BREATH)
                self._some.clear()
                while self._waiting:
                    if not await self._write():
                        await asyncio.sleep(PAUSE)
        finally:
            await self._write_last()

    async def _write(self) -> bool:
        """Write one lot; False when the store did not take it."""
        lot = [self._waiting.popleft() for _number in range(min(LOT, len(self._waiting)))]
        try:
            await self._db.write(write_reads, lot)
        except Exception:
            # Whatever it is, it must not be lost: it waits in its place.
            self._waiting.extendleft(reversed(lot))
            if not self._away:
                log.exception("what was read cannot be written down, and waits")
            self._away = True
            return False
        except asyncio.CancelledError:
            self._waiting.extendleft(reversed(lot))
            raise
        self._away = False
        return True

    async def _write_last(self) -> None:
        while self._waiting and await self._write():
            pass
        if self._waiting:
            log.error("%d reads were not written down: the store was away at the end", len(self._waiting))


READS = web.AppKey("reads", Reads)


@web.middleware
async def reading(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note who was shown a record; the answer does not wait for it."""
    response = await handler(request)
    resource, viewer = request.match_info.route.resource, request[CALLER].viewer
    kind = READ_PATHS.get(resource.canonical) if resource else None
    if kind and viewer and request.method == "GET" and response.status in SHOWN:
        request.app[READS].note(viewer, kind, int(request.match_info["id"]))
    return response
