"""What a listener gave, for tests, and listening for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime

from connectors.mail.imap import Mailbox
from connectors.mail.imap_link import Address
from connectors.mail.listening import Source, listen
from hub.boards import Board
from hub.connector import Line, Raw, Unavailable
from tests.connectors.mail.desk import Desk
from tests.eventually import eventually
from tests.servers.dovecot import PASSWORD


class Kept(Line):
    """What a listener gave, as the hub keeps it over restarts."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.is_up = self.stops = False
        self.letters: dict[str, Raw] = {}
        self.given = 0
        self.marks: dict[str, str] = {}
        self.told: list[str] = []
        self.troubles: list[str] = []

    async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
        """Keep a letter once."""
        assert stream
        self.given += 1
        self.letters.setdefault(key, raw)

    async def up(self) -> None:
        """Be told that all is heard."""
        self.is_up = True

    async def mark(self, name: str, value: str) -> None:
        """Keep a mark."""
        self.marks[name] = value

    async def marked(self, name: str) -> str:
        """Give it back."""
        return self.marks.get(name, "")

    async def doing(self, words: str) -> None:
        """Be told how far it is; who `stops` comes no further."""
        self.told.append(words)
        if self.stops:
            await asyncio.Event().wait()

    async def missed_since(self) -> datetime | None:
        """Know of no gap."""
        return None

    async def filled(self, words: str) -> None:
        """Be told nothing."""

    async def unfilled(self, words: str) -> None:
        """Be told what does not go as it should."""
        self.troubles.append(words)

    def show(self, look: Callable[[], Board]) -> None:
        """Show nothing."""

    async def places(self, since: datetime) -> frozenset[str]:
        """Give where letters were kept from."""
        return frozenset(raw.headers["place"] for raw in self.letters.values() if raw.received_at >= since)

    async def holds(self, key: str) -> bool:
        """Tell whether a letter was kept."""
        return key in self.letters

    @property
    def subjects(self) -> list[str]:
        """Give what the letters are about, in the order in which they came."""
        return [
            raw.body.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()
            for raw in self.letters.values()
        ]


def source(
    desk: Desk, *folders: str, since: date | None = None, port: int = 0, password: str = PASSWORD,
    marks: bool = False, moves_to: str = "",
) -> Source:  # fmt: skip
    """Say how a test's user's letters are read."""

    async def enter(box: Mailbox) -> None:
        await box.log_in(desk.user, password)

    address = Address("127.0.0.1", port or desk.server.port, "none")
    return Source(address, enter, folders or ("INBOX",), since, marks, moves_to, desk.user)


@asynccontextmanager
async def listening(kept: Kept, given: Source) -> AsyncIterator[asyncio.Task[None]]:
    """Listen for a while."""
    kept.is_up = False
    task = asyncio.create_task(listen(kept, given))
    try:
        await eventually(lambda: kept.is_up or task.done())
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Unavailable):
            await task
