"""A line to a server that can fall silent without ending, and in which words of the server's can be changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

PIECE = 65536


class Relay:
    """Where it listens, and what has gone through it."""

    def __init__(self, port: int) -> None:
        """Lead to this port."""
        self.port = 0
        self.told = 0
        """Bytes that came from the server."""
        self.change: Callable[[bytes], bytes] = bytes
        """What becomes of each piece that the server says."""
        self.silent_after: int | None = None
        """Bytes after which nothing that the server says passes any more."""
        self.heard: list[bytes] = []
        """What the client said."""
        self._target = port
        self._open: set[asyncio.StreamWriter] = set()

    def hush(self) -> None:
        """Fall silent now: both sides believe that the line stands."""
        self.silent_after = self.told

    def say(self, words: bytes) -> None:
        """Say something to all clients as if the server did."""
        for writer in self._open:
            writer.write(words)

    def close(self) -> None:
        """End everything that goes through it."""
        for writer in self._open:
            writer.transport.abort()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on."""
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._open.add(writer)
        with contextlib.suppress(OSError):
            await asyncio.gather(self._ask(reader, back), self._tell(there, writer))
        back.transport.abort()
        self._open.discard(writer)

    async def _ask(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        while data := await reader.read(PIECE):
            self.heard.append(data)
            back.write(data)
        back.close()

    async def _tell(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await there.read(PIECE):
            passing = data if self.silent_after is None else data[: max(self.silent_after - self.told, 0)]
            self.told += len(data)
            if passing:
                writer.write(self.change(passing))
                await writer.drain()
        if self.silent_after is None:
            writer.close()


@contextlib.asynccontextmanager
async def relay(port: int) -> AsyncIterator[Relay]:
    """Open such a line to a port, and close it at the end."""
    line = Relay(port)
    server = await asyncio.start_server(line.take, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        line.close()
