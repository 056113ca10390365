"""Where visitors of web chats wait: each of their browsers is woken when its chat changed, on every node.

What is asked of the business for them goes through here; who is on duty is asked once for all that ask within seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aiohttp import WSCloseCode, web

from hub.bus import Bus, Notice
from hub.db import Database
from hub.forms import Field
from hub.visits import CHANGED, WRITING, Book, Duty, Kept, Visit, number_of

DUTY_LASTS = 5.0  # seconds
CLOSING = 2.0  # seconds that all browsers have to say good-bye


class Bell:
    """Rings in one browser that waits. `is_writing`: one of us began to write."""

    def __init__(self) -> None:
        """Begin silent."""
        self._rung = asyncio.Event()
        self.changed = False
        self.is_writing = False

    def ring(self, kind: str) -> None:
        """Note what it rings for."""
        if kind == CHANGED:
            self.changed = True
        else:
            self.is_writing = True
        self._rung.set()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until it rings, or for so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds)

    def take(self) -> tuple[bool, bool]:
        """Give what it rang for, changed and writing, and be silent again."""
        rung = self.changed, self.is_writing
        self.changed = self.is_writing = False
        self._rung.clear()
        return rung


class Reception:
    """All visitors of this node."""

    def __init__(self, db: Database, bus: Bus, book: Book) -> None:
        """Listen on the bus."""
        self._db = db
        self._bus = bus
        self._book = book
        self._bells: defaultdict[int, set[Bell]] = defaultdict(set)
        self._duties: dict[str, tuple[float, Duty]] = {}
        self.sockets: set[web.WebSocketResponse] = set()
        self.closing = False
        bus.subscribe(self._hear)

    @contextmanager
    def waiting(self, channel_id: int, visitor: str) -> Iterator[Bell]:
        """Give a bell that rings for a visitor, as long as somebody waits for it."""
        number, bell = number_of(channel_id, visitor), Bell()
        self._bells[number].add(bell)
        try:
            yield bell
        finally:
            self._bells[number].discard(bell)
            if not self._bells[number]:
                del self._bells[number]

    async def look(self, channel_id: int, visitor: str) -> Visit:
        """Show a visitor his chat."""
        return await self._db.read(self._book.look, channel_id, visitor)

    async def duty(self, department: str) -> Duty:
        """Tell who is there to answer, as of some seconds ago at most."""
        asked, known = self._duties.get(department, (0.0, Duty()))
        if not asked or time.monotonic() - asked > DUTY_LASTS:
            self._duties[department] = (time.monotonic(), known)  # who comes meanwhile is told what was known
            known = await self._db.read(self._book.duty, department)
            self._duties[department] = (time.monotonic(), known)
        return known

    async def reach(self, channel_id: int, visitor: str, up_to: int, *, read: bool) -> None:
        """Note that our messages reached a visitor's browser, or that he read them."""
        await self._db.write(self._book.reach, channel_id, visitor, up_to, read=read)

    async def go(self, channel_id: int, visitor: str, origin: tuple[Field, ...]) -> None:
        """Note on which page a visitor is."""
        await self._db.write(self._book.go, channel_id, visitor, origin)

    async def writing(self, channel_id: int, visitor: str) -> None:
        """Show colleagues that a visitor is writing. Nothing of it is kept."""
        notice = await self._db.read(self._book.writing, channel_id, visitor)
        if notice is not None:
            self._bus.publish(notice)

    async def file(self, channel_id: int, file_id: int) -> Kept | None:
        """Give a file of a chat of this channel."""
        return await self._db.read(self._book.file, channel_id, file_id)

    async def close(self) -> None:
        """Say good-bye to all, at shutdown; whoever waits for an answer has it now."""
        self.closing = True
        for bell in [bell for bells in self._bells.values() for bell in bells]:
            bell.ring(CHANGED)
        closing = [asyncio.create_task(each.close(code=WSCloseCode.GOING_AWAY)) for each in self.sockets]
        if closing:
            await asyncio.wait(closing, timeout=CLOSING)

    @property
    def bells(self) -> int:
        """Count the browsers that wait."""
        return sum(map(len, self._bells.values()))

    def _hear(self, notice: Notice) -> None:
        if notice.kind in {CHANGED, WRITING}:
            for bell in self._bells.get(notice.id, ()):
                bell.ring(notice.kind)


RECEPTION = web.AppKey("reception", Reception)
