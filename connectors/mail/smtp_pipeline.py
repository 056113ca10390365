"""Many letters over one line to a mail server (RFC 5321), pipelined (RFC 2920): one round trip each.

The end of a letter, and from whom and to whom the next one is, leave together. Each letter has one recipient. What
becomes of it, the log is told; of a letter whose final dot it has and no answer, nobody knows whether it left.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import NamedTuple

from connectors.mail.smtp_answers import GO_ON, GOOD, LATER, LOG_IN_FIRST, NEVER, later, lost, plain
from hub.bulk_mail import End, Fate, Log
from hub.said import said
from hub.troubles import AuthFailed, Refused, Unavailable

LONGEST_LINE = 8192
LINES = 100  # of one answer
GOING = 421  # the code of a server that ends the line
DOT = b".\r\n"
ENDS: Mapping[int, End] = {GOOD: "sent", LATER: "later", NEVER: "refused"}
ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")  # RFC 2034


class Posted(NamedTuple):
    """A letter ready to leave: the lines before and after DATA. `content` needs no dots doubled, and ends a line."""

    id: int
    mail: bytes
    recipient: bytes
    content: bytes


NONE = Posted(0, b"", b"", b"")


class Step(Enum):
    """What an answer is to."""

    MAIL = auto()
    RECIPIENT = auto()
    DATA = auto()
    END = auto()
    NOTHING = auto()
    """The end of a letter of nothing, where the server goes on though it refused the recipient."""
    RESET = auto()


class Pipeline(asyncio.Protocol):
    """The line, once somebody has connected and logged in."""

    def __init__(
        self, transport: asyncio.Transport, *, grouped: bool, patience: float, dot_patience: float
    ) -> None:
        """Take the line over. `grouped`: the server takes several commands at once."""
        self._transport = transport
        self._grouped = grouped
        self._patience = patience
        self._dot_patience = dot_patience
        self._loop = asyncio.get_running_loop()
        self._heard = b""
        self._lines: list[bytes] = []
        self._expected: deque[tuple[Step, Posted]] = deque()
        self._unsaid: deque[bytes] = deque()
        self._refusal: tuple[int, bytes] | None = None
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._ended.set_result(None)
        self._until = 0.0
        self._error: Exception | None = None
        self._has_told = False
        transport.set_protocol(self)

    @property
    def is_up(self) -> bool:
        """Say whether letters can be sent."""
        return self._error is None and not self._transport.is_closing()

    async def send(self, letters: Iterator[Posted], log: Log) -> None:
        """Send them until there are none.

        Unavailable where the line is lost, AuthFailed and Refused where the server takes nothing at all from us.
        """
        if not self.is_up:
            raise self._error or Unavailable(lost())
        self._letters, self._log = letters, log
        self._open()
        if not self._expected:
            return
        self._ended = self._loop.create_future()
        self._watch()
        try:
            await self._ended
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._watching.cancel()

    def close(self) -> None:
        """Let go of the server at once."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what the server says."""
        self._take(data)
        if self._has_told:
            self._has_told = False
            self._log.keep()

    def _take(self, data: bytes) -> None:
        *lines, self._heard = (self._heard + data).split(b"\n")
        if len(self._heard) > LONGEST_LINE:
            return self._give_up(_nonsense())
        for line in lines:
            if self._error is not None:
                return None
            self._lines.append(line[:LONGEST_LINE])
            if (
                not line[:3].isdigit()
                or line[3:4] not in {b"", b" ", b"-", b"\r"}
                or len(self._lines) > LINES
            ):
                return self._give_up(_nonsense())
            if line[3:4] != b"-":
                words, self._lines = b" ".join(each[4:] for each in self._lines), []
                self._answered(int(line[:3]), words)
        return None

    def connection_lost(self, error: Exception | None) -> None:
        """Say so to who waits."""
        del error
        self._give_up(Unavailable(lost()))

    def _open(self, before: bytes = b"", *, resets: bool = False) -> None:
        """Begin the next letter, in one piece with what is to leave before it; end where there is none."""
        lines = deque([b"RSET\r\n"] if resets else [])
        self._expected.extend([(Step.RESET, NONE)] if resets else [])
        letter = next(self._letters, None)
        if letter is not None:
            lines += (letter.mail, letter.recipient, b"DATA\r\n")
            self._expected.extend((step, letter) for step in (Step.MAIL, Step.RECIPIENT, Step.DATA))
        if self._grouped:
            lines = deque([before + b"".join(lines)])
        elif before:
            lines.appendleft(before)
        self._unsaid.extend(lines)
        if self._unsaid:
            self._write(self._unsaid.popleft())

    def _write(self, words: bytes) -> None:
        self._transport.write(words)
        self._until = self._loop.time() + self._patience

    def _answered(self, code: int, words: bytes) -> None:
        if not self._expected:
            return self._give_up(Unavailable(later(f"{code} {_text(words)}")))
        step, letter = self._expected.popleft()
        self._until = self._loop.time() + self._patience
        if code == GOING:
            if step is not Step.RESET:
                self._tell(letter, code, words)
            return self._give_up(Unavailable(later(f"{code} {_text(words)}")))
        self._step(step, letter, code, words)
        if self._unsaid and len(self._unsaid) == len(self._expected):  # of all that was said
            self._write(self._unsaid.popleft())
        if not self._expected and not self._ended.done():
            self._ended.set_result(None)
        return None

    def _step(self, step: Step, letter: Posted, code: int, words: bytes) -> None:
        kind = code // 100
        if step is Step.DATA and kind == GO_ON:
            self._go_on(letter)
        elif kind not in ENDS or (step is Step.DATA and kind == GOOD):
            self._give_up(_nonsense())
        elif step is Step.MAIL and kind == NEVER:
            self._give_up(_unwanted(code, words))
        elif step is Step.MAIL or step is Step.RECIPIENT:
            self._refusal = self._refusal or (None if kind == GOOD else (code, words))
        elif step is Step.DATA or step is Step.NOTHING:
            self._tell(letter, *(self._refusal or (code, words)))
            self._refusal = None
            self._open(resets=True)
        elif step is Step.END:
            self._tell(letter, code, words)

    def _go_on(self, letter: Posted) -> None:
        """Write a letter to its end, and begin the next one; write nothing to whom the server refused."""
        if self._refusal is not None:
            self._expected.append((Step.NOTHING, letter))
            return self._write(b"\r\n" + DOT)
        self._log.dot(letter.id)
        self._expected.append((Step.END, letter))
        self._open(letter.content + DOT)
        self._until = self._loop.time() + self._dot_patience
        return None

    def _tell(self, letter: Posted, code: int, words: bytes) -> None:
        self._has_told = True
        said = _text(words)
        enhanced = ENHANCED.match(said)
        self._log.tell(Fate(letter.id, ENDS[code // 100], code, enhanced[1] if enhanced else "",
                            said[enhanced.end() :] if enhanced else said))  # fmt: skip

    def _give_up(self, error: Exception) -> None:
        self._error = self._error or error
        self._transport.abort()
        self._expected.clear()
        self._unsaid.clear()
        if not self._ended.done():
            self._ended.set_exception(self._error)

    def _watch(self) -> None:
        """Give a server up that says nothing for too long."""
        left = self._until - self._loop.time()
        if left <= 0:
            self._give_up(Unavailable(said("The mail server fell silent.")))
        self._watching = self._loop.call_later(max(left, 0.001), self._watch)


def _text(words: bytes) -> str:
    return plain(words.decode("utf-8", "replace").replace("\0", " "))


def _nonsense() -> Unavailable:
    return Unavailable(said("What the mail server says cannot be understood."))


def _unwanted(code: int, words: bytes) -> Exception:
    """Give what a server means that takes nothing from us, whoever it is for."""
    why = f"{code} {_text(words)}"
    if code in LOG_IN_FIRST:
        return AuthFailed(said("The mail server wants us to log in: %(why)s", why=why))
    return Refused(said("The mail server takes no letters from this sender: %(why)s", why=why))
