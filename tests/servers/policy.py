"""Whom a Postfix asks of each recipient (its policy delegation): it greylists some, and is slow with others."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator

GREY, SLOW = "grey-", "slow-"
AT_FIRST, GOOD = "450 4.2.0 Greylisted, come back later", "DUNNO"


class Policy:
    """Who was asked for how often. Who is called grey-1 is refused the first time, slow-1 is answered late."""

    def __init__(self, slowness: float) -> None:
        """Take so many seconds for who is slow."""
        self.asked = Counter[str]()
        self._slowness = slowness
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one of Postfix's lines."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """End all lines."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    lines = (await reader.readuntil(b"\n\n")).decode().splitlines()
                    said = dict(line.split("=", 1) for line in lines if line)
                    writer.write(f"action={await self._answer(said['recipient'])}\n\n".encode())
        finally:
            writer.close()

    async def _answer(self, recipient: str) -> str:
        self.asked[recipient] += 1
        if recipient.startswith(SLOW):
            await asyncio.sleep(self._slowness)
        return AT_FIRST if recipient.startswith(GREY) and self.asked[recipient] == 1 else GOOD


@contextlib.asynccontextmanager
async def policy(port: int, slowness: float = 0.2) -> AsyncIterator[Policy]:
    """Have one listen on a port."""
    made = Policy(slowness)
    server = await asyncio.start_server(made.take, "127.0.0.1", port)
    try:
        yield made
    finally:
        server.close()
        await made.end()
        await asyncio.sleep(0)  # the loop closes the lines
