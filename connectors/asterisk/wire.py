"""panoramisk, made safe. It sends actions and pairs them with their answers; the rest is taken out of its hands.

Why, for version 1.4: it decodes each TCP piece by itself, so that letters get lost; parses every event; lets a line
break in a value become a header; keeps what is not answered for ever, and sends it again after it reconnected, so
that a call may be dialled twice; reconnects for ever by itself, also with a wrong secret.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message as Answer

from connectors.asterisk.inbox import Inbox
from connectors.asterisk.messages import Cutter, kind, parse
from connectors.asterisk.words import seconds
from hub.said import said

BOOTED = b"FullyBooted"
ACTION_ID = b"\r\nActionID: "
_BREAKS = frozenset(b"\r\n\0")
Action = Mapping[str, str | Sequence[str]]


class Wanted(NamedTuple):
    """Kinds of events that are kept: those that make calls, and others."""

    calls: frozenset[bytes]
    others: frozenset[bytes]


class Wire(AMIProtocol):
    """One connection: cuts the stream, keeps wanted events unparsed, and hands panoramisk the answers."""

    def __init__(self, inbox: Inbox, wanted: Wanted, clock: Callable[[], float]) -> None:
        """Put into this inbox what is wanted."""
        self.cutter = Cutter()
        self.uptime: float | None = None
        self.heard_at = clock()
        self._inbox, self._wanted, self._clock = inbox, wanted, clock

    def data_received(self, data: bytes) -> None:
        """Take a piece of the stream; skip what nobody wants before it is parsed."""
        self.heard_at = self._clock()
        calls: list[bytes] = []
        others: list[bytes] = []
        for message in self.cutter.cut(data):
            name = kind(message)
            if name in self._wanted.calls:
                calls.append(message)
            elif name in self._wanted.others:
                others.append(message)
            elif not name or name == BOOTED or (self.responses and ACTION_ID in message):
                self._answer(name, message)
        self._inbox.put(calls, others, self.heard_at)

    def _answer(self, name: bytes, message: bytes) -> None:
        """Take what is no event, or belongs to an action."""
        told = parse(message)
        if name == BOOTED:
            self.uptime = seconds(told.get("Uptime", ""))
        self.handle_message(Answer(told))

    def send(self, data: Action, as_list: bool | None = None) -> asyncio.Future[object]:  # noqa: FBT001
        """Send an action now or never; ConnectionError if the link is down, ValueError for what is not one line."""
        if self.closed or self.transport.is_closing():
            raise ConnectionError(said("There is no connection to the PBX."))
        text = "".join(_values(data))
        if not _BREAKS.isdisjoint(text.encode()):
            raise ValueError(said("What is sent to the PBX must be one line."))
        known = set(self.responses)
        future: asyncio.Future[object] = super().send(data, as_list)
        added = set(self.responses) - known
        future.add_done_callback(lambda _: [self.responses.pop(key, None) for key in added])
        return future

    def close(self) -> None:
        """Tell those who wait that no answer will come; nothing is kept to be sent again."""
        lost = said("The connection to the PBX was lost before the answer came.")
        for action in self.responses.values():
            if not action.future.done():
                action.future.set_exception(ConnectionError(lost))
                action.future.exception()  # seen, even if nobody waits
        self.responses.clear()
        super().close()


class Session(Manager):
    """One connection and no second one: who waits, and for how long, the supervisor decides."""

    def __init__(self, wire: Callable[[], Wire], lost: Callable[[], None], *, host: str, port: int, user: str,
                 secret: str, tls: ssl.SSLContext | None) -> None:  # fmt: skip
        """Prepare to log in."""
        super().__init__(loop=asyncio.get_running_loop(), protocol_factory=wire, host=host, port=port, ssl=tls,
                         username=user, secret=secret)  # fmt: skip
        self._lost = lost

    def connection_made(self, f: asyncio.Future[object]) -> None:
        """Log in; a connection that was not made is told by `connect`."""
        if not f.cancelled() and f.exception() is None:
            super().connection_made(f)
            self.pinger.cancel()

    def login(self, _answer: asyncio.Future[object]) -> None:
        """Leave the answer to whoever awaits it; it rings no pinger."""

    def connection_lost(self, _exc: object) -> None:
        """Say so, and do nothing else."""
        self._lost()


def _values(data: Action) -> list[str]:
    """Give all that is written into an action, its headers' names too."""
    lists = [[value] if isinstance(value, str) else value for value in data.values()]
    return [*data, *(one for several in lists for one in several)]
