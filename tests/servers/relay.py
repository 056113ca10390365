"""A line to a server that can fall silent without ending, and in which words of the server's can be changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from tests.servers.cuttable import served

PIECE, SMALL = 1 << 16, 1 << 15


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
        self.pause = 0.0
        """Seconds before each small piece of what the server says, on a slow line."""
        self.heard: list[bytes] = []
        """What the client said."""
        self._target = port
        self._clients: set[asyncio.StreamWriter] = set()
        self._backs: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def hush(self) -> None:
        """Fall silent now: both sides believe that the line stands."""
        self.silent_after = self.told

    @property
    def is_used(self) -> bool:
        """Say whether anybody is connected."""
        return bool(self._clients)

    def say(self, words: bytes) -> None:
        """Say something to all clients as if the server did."""
        for writer in self._clients:
            writer.write(words)

    def close(self) -> None:
        """End everything that goes through it."""
        for writer in self._clients | self._backs:
            writer.transport.abort()

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on."""
        task = asyncio.create_task(self._pass(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def ended(self) -> None:
        """Wait until nothing goes through it any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the loop closes the lines

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._clients.add(writer)
        self._backs.add(back)
        await asyncio.gather(self._ask(reader, back), self._tell(there, writer), return_exceptions=True)
        back.transport.abort()
        writer.transport.abort()
        self._clients.discard(writer)
        self._backs.discard(back)

    async def _ask(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        while data := await reader.read(PIECE):
            self.heard.append(data)
            back.write(data)
        back.close()

    async def _tell(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await there.read(SMALL if self.pause else PIECE):
            await asyncio.sleep(self.pause)
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
    async with served(line.take) as line.port:
        try:
            yield line
        finally:
            line.close()
            await line.ended()
