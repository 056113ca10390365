"""A bot of ours at a Telegram of ours, and an ear that notes what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from connectors.telegram import Telegram, TelegramSettings
from hub.board import Board
from hub.connector import Raw
from tests.eventually import eventually
from tests.servers import telegram as telegrams
from tests.servers.telegram import Telegram as Server


class Ear:
    """What a line was told; a `Line` for one listener. `fails` befalls the keeping of the next items."""

    def __init__(self, missed: datetime | None = None) -> None:
        """Hear nothing yet."""
        self.items: dict[str, Raw] = {}
        self.streams: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.marks: dict[str, str] = {}
        self.missed = missed
        self.fails: list[Exception] = []

    async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
        """Keep an item."""
        if self.fails:
            raise self.fails.pop(0)
        self.items.setdefault(key, raw)
        self.streams.setdefault(stream or "", []).append(key)

    async def up(self) -> None:
        """Hear that all is heard."""
        self.words.append("up")

    async def doing(self, words: str) -> None:
        """Hear what goes on."""
        self.words.append(words)

    async def missed_since(self) -> datetime | None:
        """Say since when nothing was heard."""
        return self.missed

    async def filled(self, words: str) -> None:
        """Hear what was found out."""
        self.words.append(f"filled: {words}")

    async def unfilled(self, words: str) -> None:
        """Hear why it cannot be."""
        self.words.append(f"unfilled: {words}")

    async def mark(self, name: str, value: str) -> None:
        """Keep how far it was read."""
        self.marks[name] = value

    async def marked(self, name: str) -> str:
        """Give that."""
        return self.marks.get(name, "")

    def show(self, look: Callable[[], Board]) -> None:
        """Show nothing."""
        del look


def bot(server: Server, **settings: object) -> Telegram:
    """Give the channel of a bot."""
    return Telegram(
        "telegram", "sesame",
        TelegramSettings(**({"token": telegrams.TOKEN, "base_url": server.address} | settings)),
    )  # fmt: skip


@asynccontextmanager
async def listening(
    server: Server, ear: Ear | None = None, channel: Telegram | None = None
) -> AsyncIterator[tuple[Telegram, Ear]]:
    """Have a bot listened to, and up."""
    channel, ear = channel or bot(server), ear or Ear()
    task = asyncio.create_task(channel.run(ear))
    try:
        await eventually(lambda: "up" in ear.words or task.done())
        if task.done():
            task.result()
        yield channel, ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
