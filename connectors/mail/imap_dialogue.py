"""A dialogue with one mail server: every question has an answer or an end, however the server falls silent.

Everything here raises the hub's three exceptions. After an Unavailable, and when somebody is cancelled in the middle
of a command, the connection is gone: for the next one make another. One task at a time uses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from connectors.mail.imap_wire import Wire, illegal
from hub.connector import Unavailable
from hub.said import said

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds of silence in the middle of an answer after which a server is gone."""
IDLE_SECONDS = 300.0
"""After these the server is asked to go on telling (RFC 2177 allows 29 minutes): routers forget who is silent."""
POLL_SECONDS = 30.0
"""Between two questions to a server that tells nothing by itself."""


class Dialogue:
    """What is asked of a connection, once somebody has made one."""

    def __init__(self, name: str, patience: float = PATIENCE) -> None:
        """Do no I/O; `name` says to people which server it is."""
        self._name = name
        self._patience = patience
        self._line: Wire | None = None

    @property
    def is_up(self) -> bool:
        """Say whether anything can be asked."""
        return self._line is not None and not self._line.lost.done()

    @property
    def _wire(self) -> Wire:
        if self._line is None or self._line.lost.done():
            raise Unavailable(said("There is no connection to the mail server."))
        return self._line

    def close(self) -> None:
        """Let go of the server at once."""
        if self._line is not None:
            self._line.end(said("The connection to the mail server was closed."))

    async def _ask(self, work: Awaitable[T], more: float = 0.0) -> T:
        """Wait for an answer while the server shows signs of life, or `more` seconds of silence beyond our patience."""
        wire, loop = self._wire, asyncio.get_running_loop()
        task = asyncio.ensure_future(work)
        began, patience = loop.time(), self._patience + more
        try:
            while not task.done():
                left = max(began, wire.heard_at) + patience - loop.time()
                if left <= 0:
                    wire.end(said("The mail server at %(address)s is silent.", address=self._name))
                await _one_of(task, wire.lost, seconds=max(left, 0))
                if wire.lost.done():
                    break
        finally:
            if not task.done():
                self._give_up(task)
        if task.cancelled() or not task.done():
            raise Unavailable(_why(wire))
        with illegal():
            return task.result()

    async def _wait_for_news(self, seconds: float) -> None:
        """Wait until the folder has grown, or so many seconds; how, depends on what the server can do."""
        if self._wire.news.is_set():
            return
        if "IDLE" in self._wire.can:
            await self._idle(seconds)
        else:
            await self._poll(seconds)

    async def _idle(self, seconds: float) -> None:
        wire = self._wire
        idling = asyncio.ensure_future(wire.stand_by())
        try:
            await self._ask(_first(idling, wire.idles.wait()))
            if not idling.done():
                await self._listen(seconds)
                wire.idle_done()
            (await self._ask(idling)).checked()
        finally:
            if not idling.done():
                self._give_up(idling)

    async def _poll(self, seconds: float) -> None:
        """Ask now and then; most servers tell then what has come."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until and not self._wire.news.is_set():
            await self._listen(min(POLL_SECONDS, until - loop.time()))
            (await self._ask(self._wire.run("NOOP"))).checked()

    async def _listen(self, seconds: float) -> None:
        """Wait for news, Unavailable as soon as the server is gone."""
        wire = self._wire
        await _first(wire.lost, wire.news.wait(), seconds=seconds)
        if wire.lost.done():
            raise Unavailable(_why(wire))

    def _give_up(self, task: asyncio.Future[T]) -> None:
        """Leave a command in its middle: whatever is answered to the next could be meant for this one."""
        task.cancel()
        self.close()


async def _first(one: asyncio.Future[T], other: Awaitable[object], seconds: float | None = None) -> None:
    """Wait for one of two, or so many seconds; the one is left as it is."""
    waiting = asyncio.ensure_future(other)
    try:
        await _one_of(one, waiting, seconds=seconds)
    finally:
        waiting.cancel()


async def _one_of(*futures: asyncio.Future[Any], seconds: float | None) -> None:
    await asyncio.wait(futures, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


def _why(wire: Wire) -> object:
    error = wire.lost.exception() if wire.lost.done() else None
    return error.args[0] if error and error.args else said("There is no connection to the mail server.")
