"""Where letters end in tests: an SMTP server that keeps what it got, and can be told to misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

LARGEST = 1 << 26
BODY = "body"
"""The moment in the middle of a letter."""


class Taken(NamedTuple):
    """A letter with its envelope, dots as they were written."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class Sink:
    """Where it listens, what it got, and how it misbehaves.

    A moment is a command's verb such as RCPT, BODY, or "." for the end of a letter.
    """

    def __init__(self) -> None:
        """Behave until told otherwise."""
        self.port = 0
        self.letters: list[Taken] = []
        self.heard: list[str] = []
        """The commands, in order."""
        self.sessions = 0
        self.last: dict[tuple[int, str], str] = {}
        """For each line, by its number, whose letter was the last to begin (DATA), and the last to end (".")."""
        self.offers: list[str] = ["SIZE 60000000", "8BITMIME", "SMTPUTF8"]
        self.says: dict[str, str] = {}
        """What it answers in place of the usual: to a moment, or to a recipient."""
        self.hangs_up_at = ""
        """The moment at which it ends the line without an answer; a letter that has ended by then is kept."""
        self.whim: Callable[[str], bool] = lambda _moment: False
        """Tells at each moment whether the line ends there, as if it were `hangs_up_at`."""
        self.silent_at = ""
        """The moment after which it says nothing more."""
        self.pause = 0.0
        """Seconds that it takes to say that it has a letter."""
        self.goes_on = asyncio.Event()
        """Set to have it speak again."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._lines: set[asyncio.StreamWriter] = set()

    @property
    def lines(self) -> int:
        """How many lines are up."""
        return len(self._tasks)

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        self.sessions += 1
        self._lines.add(writer)
        task = asyncio.create_task(self._serve(_Session(self, reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """End all connections."""
        for writer in self._lines:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hang_up(self) -> None:
        """End all lines now, as a server does that had nothing to do for a while."""
        for writer in self._lines:
            writer.close()

    async def _serve(self, session: _Session) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, _Ended):
                await session.serve()
        finally:
            session.writer.close()
            self._lines.discard(session.writer)


class _Ended(Exception):
    """The line is to end."""


class _Session:
    """One line and the envelope on it."""

    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._sink = sink
        self._number = sink.sessions
        self._reader = reader
        self._sender = ""
        self._recipients: list[str] = []

    async def serve(self) -> None:
        await self._say("greeting", "220 sink.example ESMTP")
        while line := (await self._reader.readline()).decode():
            self._sink.heard.append(line.strip())
            await self._obey(line.split(maxsplit=1)[0].upper() if line.strip() else "", line)

    async def _obey(self, verb: str, line: str) -> None:
        if verb == "EHLO":
            lines = ["sink.example", *self._sink.offers]
            await self._say(verb, "\r\n".join(f"250{'- '[each is lines[-1]]}{each}" for each in lines))
        elif verb == "MAIL":
            self._sender, self._recipients = _address(line), []
            await self._say(verb, "250 2.1.0 Ok")
        elif verb == "RCPT":
            said = await self._say(verb, self._sink.says.get(_address(line), "250 2.1.5 Ok"))
            self._recipients += [_address(line)] if said.startswith("25") else []
        elif verb == "DATA":
            if (await self._say(verb, "354 Go on" if self._recipients else "554 5.5.1 For whom?")).startswith(
                "3"
            ):
                await self._letter()
        elif verb == "QUIT":
            await self._say(verb, "221 2.0.0 Bye")
            raise _Ended
        else:
            await self._say(verb, "250 2.0.0 Ok")

    async def _letter(self) -> None:
        self._sink.last[self._number, "DATA"] = next(iter(self._recipients), "")
        if self._sink.hangs_up_at == BODY or self._sink.whim(BODY):
            await self._reader.readexactly(1000)
            self.writer.transport.abort()
            raise _Ended
        if self._sink.silent_at == BODY:
            self.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await self._sink.goes_on.wait()
        content = (b"\r\n" + await self._reader.readuntil(b"\r\n.\r\n"))[2:-3]
        self._sink.last[self._number, "."] = next(iter(self._recipients), "")
        if not self._sink.says.get(".", "2").startswith(("4", "5")):
            self._sink.letters.append(Taken(self._sender, tuple(self._recipients), content))
        await asyncio.sleep(self._sink.pause)
        await self._say(".", f"250 2.0.0 Ok: queued as {len(self._sink.letters)}")

    async def _say(self, moment: str, usual: str) -> str:
        """Answer, if it is to answer at all."""
        if self._sink.hangs_up_at == moment or self._sink.whim(moment):
            raise _Ended
        if self._sink.silent_at == moment:
            await self._sink.goes_on.wait()
        words = self._sink.says.get(moment, usual)
        self.writer.write(words.encode() + b"\r\n")
        await self.writer.drain()
        if words.startswith("421"):
            raise _Ended
        return words


@contextlib.asynccontextmanager
async def sink(port: int = 0) -> AsyncIterator[Sink]:
    """Open one, on a port of its own or this one, and close it at the end."""
    made = Sink()
    server = await asyncio.start_server(made.take, "127.0.0.1", port, limit=LARGEST)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.end()
        await asyncio.sleep(0)  # the loop closes the lines


def _address(line: str) -> str:
    found = re.search("<([^>]*)>", line)
    return found[1] if found else ""
