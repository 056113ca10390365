"""A line that can be cut: it passes what comes on to a port of this machine, until somebody pulls the plug."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable


class Cuttable:
    """Where it listens, and what goes through it now."""

    def __init__(self, port: int) -> None:
        """Lead to this port."""
        self.port = 0
        self.taken = 0
        self._target = port
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """End everything that goes through it, without a word."""
        for writer in self._open:
            writer.transport.abort()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on."""
        self.taken += 1
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._open |= {writer, back}
        await asyncio.gather(_pass(reader, back), _pass(there, writer))
        self._open -= {writer, back}


@contextlib.asynccontextmanager
async def cuttable(port: int) -> AsyncIterator[Cuttable]:
    """Open such a line to a port, and close it at the end."""
    line = Cuttable(port)
    async with served(line.take) as line.port:
        try:
            yield line
        finally:
            line.cut()


@contextlib.asynccontextmanager
async def served(take: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]) -> AsyncIterator[int]:
    """Give a port whose connections are taken so, until the end."""
    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()
