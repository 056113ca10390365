"""Letters on their way out: over a line that is kept for a while, for letters seldom come alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from connectors.mail.composing import Composed
from connectors.mail.smtp_line import Delivered, Line, Server
from hub.connector import Unavailable

KEPT = 20.0
"""Seconds for which a line is kept that nobody needs; servers end it after a minute or more."""


class Despatch:
    """Hands letters over at one server."""

    def __init__(self, server: Server, enter: Callable[[Line], Awaitable[None]], kept: float = KEPT) -> None:
        """Connect when there is something to send."""
        self._server = server
        self._enter = enter
        self._seconds = kept
        self._kept: dict[Line, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def send(self, letter: Composed) -> Delivered:
        """Hand a letter over; raises as `Line.deliver` does. A line that is lost by now is no reason to wait."""
        while self._kept:
            line, ending = self._kept.popitem()
            ending.cancel()
            if line.is_up:
                try:
                    return await self._deliver(line, letter)
                except Unavailable:
                    break
        line = Line(self._server)
        await line.connect()
        await self._enter(line)
        return await self._deliver(line, letter)

    async def close(self) -> None:
        """Let go of the server."""
        for line, ending in list(self._kept.items()):
            ending.cancel()
            self._end(line)
        await asyncio.gather(*self._ending)

    async def _deliver(self, line: Line, letter: Composed) -> Delivered:
        sent = await line.deliver(letter)
        self._kept[line] = asyncio.get_running_loop().call_later(self._seconds, self._end, line)
        return sent

    def _end(self, line: Line) -> None:
        del self._kept[line]
        ending = asyncio.create_task(line.quit())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
