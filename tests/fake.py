"""A connector of our own for tests: it reads what it is told to and notes what it is to send."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from hub.connector import Connector, Line, Raw, Sent, Settings
from hub.events import Command, Event, FormSubmitted


class Fake(Connector):
    """Reads a body as its sender's message, and stumbles over it as often as `stumbles` says.

    `errors` are raised by the next sendings in turn; `hold` keeps a command in mid-send until it is set;
    `sent` is what left; `answers` are given for the next ones.
    """

    kind: ClassVar[str] = "fake"

    def __init__(self, channel: str, token: str, settings: Settings) -> None:
        """Be obliging until told otherwise."""
        super().__init__(channel, token, settings)
        self.stumbles: Counter[bytes] = Counter()
        self.errors: list[Exception] = []
        self.tried: list[Command] = []
        self.sent: list[Command] = []
        self.answers: list[Sent] = []
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

    async def send(self, command: Command) -> str | Sent:
        """Note the command and give a number for it."""
        self.tried.append(command)
        await self.hold.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(command)
        return self.answers.pop(0) if self.answers else f"remote-{len(self.sent)}"


class Exchange(Settings, frozen=True, kw_only=True):
    """What a listener is set up with."""

    host: str = "pbx"


class FakeListener(Fake):
    """Hears what a test says over its `line`, until it is lost.

    `troubles` are met by the next runs in turn; `runs` counts them; `hearing` tells whether one goes on.
    """

    kind: ClassVar[str] = "fake listener"
    settings_type: ClassVar[type[Settings]] = Exchange

    def __init__(self, channel: str, token: str, settings: Settings) -> None:
        """Be reachable until told otherwise."""
        super().__init__(channel, token, settings)
        self.troubles: list[Exception] = []
        self.runs = 0
        self.hearing = False
        self.line: Line
        self._lost: asyncio.Future[None]

    async def run(self, line: Line) -> None:
        """Listen until the line is lost."""
        self.runs += 1
        if self.troubles:
            raise self.troubles.pop(0)
        self.line, self._lost, self.hearing = line, asyncio.get_running_loop().create_future(), True
        try:
            await line.up()
            await self._lost
        finally:
            self.hearing = False

    def lose(self, error: Exception | None) -> None:
        """Have it end with an error, or merely end."""
        if error is None:
            self._lost.set_result(None)
        else:
            self._lost.set_exception(error)
