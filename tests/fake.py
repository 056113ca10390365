"""A connector of our own for tests: it reads what it is told to and notes what it is to send."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from hub.connector import Connector, Raw, Settings
from hub.events import Command, Event, FormSubmitted


class Fake(Connector):
    """Reads a body as its sender's message, and stumbles over it as often as `stumbles` says.

    `errors` are raised by the next sendings in turn; `hold` keeps a command in mid-send until it is set;
    `sent` is what left.
    """

    kind: ClassVar[str] = "fake"

    def __init__(self, channel: str, token: str, settings: Settings) -> None:
        """Be obliging until told otherwise."""
        super().__init__(channel, token, settings)
        self.stumbles: Counter[bytes] = Counter()
        self.errors: list[Exception] = []
        self.tried: list[Command] = []
        self.sent: list[Command] = []
        self.hold = asyncio.Event()
        self.hold.set()

    def read(self, raw: Raw) -> Sequence[Event]:
        """Make one event of a body; an empty one means nothing."""
        if raw.body.startswith(b"junk"):
            raise ValueError("this is junk")
        if self.stumbles[raw.body] > 0:
            self.stumbles[raw.body] -= 1
            raise ValueError("not yet")
        return [FormSubmitted(key=raw.key, message=raw.body.decode())] if raw.body else []

    async def send(self, command: Command) -> str:
        """Note the command and give a number for it."""
        self.tried.append(command)
        await self.hold.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(command)
        return f"remote-{len(self.sent)}"
