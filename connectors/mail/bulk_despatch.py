"""Letters to many on their way out: written and signed one by one as they leave, over a few lines that are kept."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from connectors.mail.bulk_letters import Template
from connectors.mail.dkim import Signer
from connectors.mail.envelope import on_the_wire
from connectors.mail.smtp_line import Line, Server
from connectors.mail.smtp_pipeline import Pipeline, Posted
from hub.bulk_mail import Batch, Copy, Fate, Log
from hub.errors import describe
from hub.letters import Address
from hub.said import said
from hub.troubles import Refused, Unavailable

LINES = 2  # at once for one batch; several batches are on their way at once
AHEAD = 2  # letters at most that are on their way over one line
LOST = 3  # lines one after the other that were lost with no more than that: the server is not there
KEPT = 20.0  # seconds for which a line is kept that nobody needs


class _Open(NamedTuple):
    line: Line
    pipeline: Pipeline


class _Queue:
    """What is left of a batch, what its copies have in common, and why one of them cannot be written."""

    def __init__(self, batch: Batch, own: Address) -> None:
        self.copies = deque(batch.copies)
        self.templates = {number: Template(each, own) for number, each in batch.mailings.items()}
        self.fault: ValueError | None = None
        self.written: deque[tuple[Copy, Posted]] = deque()

    @property
    def left(self) -> int:
        """Tell how many have still to leave."""
        return len(self.written) + (len(self.copies) if self.fault is None else 0)


class BulkDespatch:
    """Sends batches of copies from one address by one server."""

    def __init__(
        self, own: str, server: Server, enter: Callable[[Line], Awaitable[None]], sign: Signer | None = None,
        kept: float = KEPT, at_once: int = 1,
    ) -> None:  # fmt: skip
        """Connect when there is something to send. `own` may have a domain in any script.

        So many letters are written `at_once`: the more, the quicker, and the longer all else waits.
        """
        self._own = on_the_wire(Address("", own))
        self._server = server
        self._enter = enter
        self._sign = sign
        self._seconds = kept
        self._at_once = at_once
        self._kept: dict[_Open, asyncio.TimerHandle] = {}

    async def send(self, batch: Batch, log: Log) -> None:
        """Send a batch; raises as `BulkSender.send_many` does where something is left of it."""
        queue = _Queue(batch, self._own)
        lines = [await self._line(), *[None] * (min(LINES, len(queue.copies)) - 1)]
        ends = await asyncio.gather(*(self._send(queue, log, each) for each in lines), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException) and (queue.left or not isinstance(end, Unavailable)):
                raise end
        if queue.fault is not None:
            raise queue.fault

    def close(self) -> None:
        """Let go of the server."""
        for each, ending in self._kept.items():
            ending.cancel()
            each.line.close()
        self._kept.clear()

    async def _send(self, queue: _Queue, log: Log, open_one: _Open | None) -> None:
        """Send over one line, and over others when it is lost, until nothing is left or it is to stop."""
        lost = 0
        while queue.left and not log.is_stopped:
            open_one = open_one or await self._line()
            taken: deque[Copy] = deque(maxlen=AHEAD)
            left = queue.left
            try:
                await open_one.pipeline.send(self._taken(queue, log, taken, open_one.line), log)
            except Unavailable:
                open_one = None
                lost = lost + 1 if left - queue.left <= AHEAD else 0
                queue.copies.extendleft(each for each in reversed(taken) if log.is_untouched(each.id))
                if lost == LOST:
                    raise
            finally:
                log.keep()
        if open_one is not None:
            self._keep(open_one)

    async def _line(self) -> _Open:
        while self._kept:
            known, ending = self._kept.popitem()
            ending.cancel()
            if known.pipeline.is_up:
                return known
        line = Line(self._server)
        await line.connect()
        await self._enter(line)
        return _Open(line, line.pipeline())

    def _keep(self, open_one: _Open) -> None:
        self._kept[open_one] = asyncio.get_running_loop().call_later(self._seconds, self._end, open_one)

    def _end(self, open_one: _Open) -> None:
        del self._kept[open_one]
        open_one.line.close()

    def _taken(self, queue: _Queue, log: Log, taken: deque[Copy], line: Line) -> Iterator[Posted]:
        """Give letters one by one as they leave, some of which are written at once."""
        while not log.is_stopped:
            if not queue.written:
                self._write_some(queue, log, line)
            if not queue.written:
                return
            copy, posted = queue.written.popleft()
            if not log.is_withheld(copy.id):  # who it is for left meanwhile
                taken.append(copy)
                yield posted

    def _write_some(self, queue: _Queue, log: Log, line: Line) -> None:
        """Write the next letters, signed where we sign.

        What has no address that the server takes is refused. What cannot be written at all is a fault of ours: it and
        what is left after it are not begun.
        """
        while queue.copies and len(queue.written) < self._at_once and queue.fault is None:
            copy = queue.copies.popleft()
            try:
                to = self._addressee(copy, line)
                content = queue.templates[copy.mailing].written(copy, to)
            except Refused as error:
                log.tell(Fate(copy.id, "refused", words=describe(error)))
            except ValueError as error:
                queue.fault = error
            else:
                signed = content if self._sign is None else self._sign(content, copy.written_at)
                queue.written.append((copy, self._posted(copy, to.address, signed, line)))

    @staticmethod
    def _addressee(copy: Copy, line: Line) -> Address:
        to = on_the_wire(copy.to)
        if not to.address.isascii() and not line.supports("smtputf8"):
            raise Refused(said("The mail server takes no addresses with letters outside a-z before the @."))
        return to

    def _posted(self, copy: Copy, recipient: str, content: bytes, line: Line) -> Posted:
        """Put a copy into its envelope, whose sender tells which one it is when it comes back (VERP)."""
        name, _at, domain = self._own.address.rpartition("@")
        size = f" SIZE={len(content)}" if line.supports("size") else ""
        wide = "" if recipient.isascii() else " SMTPUTF8 BODY=8BITMIME"
        mail = f"MAIL FROM:<{name}+{copy.token}@{domain}>{size}{wide}\r\n"
        return Posted(copy.id, mail.encode(), f"RCPT TO:<{recipient}>\r\n".encode(), content)
