"""What is asked of the carrier, and what it answers; see connectors/mail/carriage.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

from connectors.mail.account import Credentials
from connectors.mail.bulk_despatch import BulkDespatch
from connectors.mail.smtp_line import Line, Server
from connectors.trust import trusted
from hub import said
from hub.bulk_mail import Batch
from hub.troubles import AuthFailed, Refused, Unavailable

HEAD = 4  # bytes before each message, that say its length


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """Whose letters they are, where they are handed over, and what signs them; the first message of all."""

    own: str
    host: str
    port: int
    tls: Literal["smtps", "starttls", "none"]
    selector: str = ""
    key: bytes = b""

    def despatch(self, enter: Callable[[Line], Awaitable[None]], at_once: int = 1) -> BulkDespatch:
        """Give what sends so, writing so many letters at once; ValueError for a key that cannot sign."""
        server = Server(self.host, self.port, self.tls, None if self.tls == "none" else trusted())
        sign = None
        if self.selector:
            from connectors.mail.dkim import signer  # noqa: PLC0415 - loads all of cryptography, for who signs

            sign = signer(self.own.rpartition("@")[2], self.selector, self.key, as_it_is=True)
        return BulkDespatch(self.own, server, enter, sign, at_once=at_once)


class Order(msgspec.Struct, frozen=True, tag=True):
    """A batch to be sent; what is done with it is written into the log, a file that is there already."""

    number: int
    log: str
    who: Credentials
    batch: Batch


class Change(msgspec.Struct, frozen=True, tag=True):
    """Nothing more of an order is to be begun, or these copies are not; `at_once`: what is on its way is let go."""

    number: int
    stop: bool
    withheld: frozenset[int]
    at_once: bool = False


class Done(msgspec.Struct, frozen=True):
    """An order is over; `why` it could not be carried out to its end, "" where nothing hindered it."""

    number: int
    why: Literal["", "unavailable", "refused", "login", "fault"] = ""
    words: str = ""
    after: float | None = None

    def check(self) -> None:
        """Raise what hindered it, as `BulkSender.send_many` does."""
        words = said.hear(self.words)
        if self.why == "unavailable":
            raise Unavailable(words, after=self.after)
        if self.why == "refused":
            raise Refused(words)
        if self.why == "login":
            raise AuthFailed(words)
        if self.why:
            raise RuntimeError(words)


Message = Order | Change


def framed(message: msgspec.Struct) -> bytes:
    """Write a message with its length before it."""
    content = msgspec.msgpack.encode(message)
    return len(content).to_bytes(HEAD) + content
