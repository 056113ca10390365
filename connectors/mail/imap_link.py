"""The link to one mail server: connects, logs in, and never waits for anybody who is not there.

Everything here raises the hub's three exceptions. After an Unavailable, and when somebody is cancelled in the middle
of a command, the connection is gone: for the next one make another. One task at a time uses it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, Literal, NamedTuple, TypeVar

from connectors.mail.imap_answers import Answer, text
from connectors.mail.imap_wire import Wire, illegal
from hub.connector import AuthFailed, Refused, Unavailable
from hub.said import Said, said

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds of silence in the middle of an answer after which a server is gone."""
IDLE_SECONDS = 300.0
"""After these the server is asked to go on telling (RFC 2177 allows 29 minutes): routers forget who is silent."""
POLL_SECONDS = 30.0
"""Between two questions to a server that tells nothing by itself."""
UPLOAD = 50_000
"""Bytes a second that the slowest line carries away."""
_KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))


class Address(NamedTuple):
    """Where a mail server is; `trust` says whose certificates are good, and is needed but for "none"."""

    host: str
    port: int
    tls: Literal["imaps", "starttls", "none"] = "imaps"
    trust: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        """Name it, for logs and people."""
        return f"{self.host}:{self.port}"


class Link:
    """One connection, from its log-in until it is lost."""

    def __init__(self, address: Address, patience: float = PATIENCE) -> None:
        """Do no I/O."""
        self._address = address
        self._patience = patience
        self._line: Wire | None = None

    @property
    def is_up(self) -> bool:
        """Say whether anything can be asked."""
        return self._line is not None and not self._line.lost.done()

    @property
    def _wire(self) -> Wire:
        if self._line is None or self._line.lost.done():
            raise Unavailable(said("There is no connection to the mail server."))
        return self._line

    async def connect(self) -> None:
        """Connect, in TLS where it is wanted; Unavailable says why not. Tries once."""
        try:
            self._line = await self._open()
            await self._ask(self._wire.greet())
            if self._address.tls == "starttls":
                await self._secure()
        except (OSError, TimeoutError) as error:
            self.close()
            raise Unavailable(self._no_way(error)) from error
        except BaseException:
            self.close()
            raise

    async def log_in(self, user: str, password: str) -> None:
        """Log in by password; AuthFailed if the server refuses us, Unavailable if it cannot tell for now."""
        await self._enter(user, self._ask(self._wire.log_in(user, password)))

    async def log_in_by_token(self, user: str, token: str) -> None:
        """Log in by an access token (XOAUTH2, as Google and Microsoft want it); errors as by password."""
        told = f"user={user}\1auth=Bearer {token}\1\1"
        await self._enter(user, self._ask(self._wire.authenticate("XOAUTH2", told)))

    async def log_out(self) -> None:
        """Say goodbye, and let go of the server."""
        with suppress(Unavailable, Refused):
            await self._ask(self._wire.run("LOGOUT"))
        self.close()

    def close(self) -> None:
        """Let go of the server at once."""
        if self._line is not None:
            self._line.end(said("The connection to the mail server was closed."))

    async def _ask(self, work: Awaitable[T], more: float = 0.0) -> T:
        """Wait for an answer while the server shows signs of life, or `more` seconds of silence beyond our patience."""
        wire, loop = self._wire, asyncio.get_running_loop()
        task = asyncio.ensure_future(work)
        began, patience = loop.time(), self._patience + more
        try:
            while not task.done():
                left = max(began, wire.heard_at) + patience - loop.time()
                if left <= 0:
                    wire.end(said("The mail server at %(address)s is silent.", address=repr(self._address)))
                await _one_of(task, wire.lost, seconds=max(left, 0))
                if wire.lost.done():
                    break
        finally:
            if not task.done():
                self._give_up(task)
        if task.cancelled() or not task.done():
            raise Unavailable(*_why(wire))
        with illegal():
            return task.result()

    async def _wait_for_news(self, seconds: float) -> None:
        """Wait until the folder has grown, or so many seconds; how, depends on what the server can do."""
        if self._wire.news.is_set():
            return
        if "IDLE" in self._wire.can:
            await self._idle(seconds)
        else:
            await self._poll(seconds)

    async def _idle(self, seconds: float) -> None:
        wire = self._wire
        idling = asyncio.ensure_future(wire.stand_by())
        try:
            await self._ask(_first(idling, wire.idles.wait()))
            if not idling.done():
                await self._listen(seconds)
                wire.idle_done()
            (await self._ask(idling)).checked()
        finally:
            if not idling.done():
                self._give_up(idling)

    async def _poll(self, seconds: float) -> None:
        """Ask now and then; most servers tell then what has come."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until and not self._wire.news.is_set():
            await self._listen(min(POLL_SECONDS, until - loop.time()))
            (await self._ask(self._wire.run("NOOP"))).checked()

    async def _listen(self, seconds: float) -> None:
        """Wait for news, Unavailable as soon as the server is gone."""
        wire = self._wire
        await _first(wire.lost, wire.news.wait(), seconds=seconds)
        if wire.lost.done():
            raise Unavailable(*_why(wire))

    async def _open(self) -> Wire:
        address = self._address
        context = address.trust if address.tls == "imaps" else None
        if address.tls != "none" and address.trust is None:
            raise Unavailable(said("It is not known whose certificates are to be trusted."))
        async with asyncio.timeout(self._patience):
            _, wire = await asyncio.get_running_loop().create_connection(
                Wire, address.host, address.port, ssl=context
            )
        _keep_alive(wire.transport.get_extra_info("socket"))
        return wire

    async def _secure(self) -> None:
        trust = self._address.trust
        if trust is None or "STARTTLS" not in self._wire.can:
            raise Unavailable(
                said("The mail server at %(address)s has no STARTTLS.", address=repr(self._address))
            )
        (await self._ask(self._wire.secure(trust, self._address.host))).checked()

    async def _enter(self, user: str, answering: Awaitable[Answer]) -> None:
        answer = await answering
        if answer.result != "OK" and not answer.is_passing:
            raise AuthFailed(said("The mail server refuses user “%(user)s”: %(why)s", user=user,
                                  why=text(answer.words)))  # fmt: skip
        answer.checked()
        await self._ask(self._wire.capability())

    def _give_up(self, task: asyncio.Future[T]) -> None:
        """Leave a command in its middle: whatever is answered to the next could be meant for this one."""
        task.cancel()
        self.close()

    def _no_way(self, error: Exception) -> Said:
        """Say why there is no connection."""
        address = repr(self._address)
        if isinstance(error, ssl.SSLCertVerificationError):
            return said("The certificate of the mail server at %(address)s is not trusted: %(why)s",
                        address=address, why=error.verify_message)  # fmt: skip
        if isinstance(error, ssl.SSLError):
            return said("The mail server at %(address)s does not speak TLS there.", address=address)
        return said("The mail server at %(address)s does not answer.", address=address)


async def _first(one: asyncio.Future[T], other: Awaitable[object], seconds: float | None = None) -> None:
    """Wait for one of two, or so many seconds; the one is left as it is."""
    waiting = asyncio.ensure_future(other)
    try:
        await _one_of(one, waiting, seconds=seconds)
    finally:
        waiting.cancel()


async def _one_of(*futures: asyncio.Future[Any], seconds: float | None) -> None:
    await asyncio.wait(futures, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


def _why(wire: Wire) -> tuple[object, ...]:
    error = wire.lost.exception() if wire.lost.done() else None
    return error.args if error else (said("There is no connection to the mail server."),)


def _keep_alive(line: socket.socket) -> None:
    """Have the system notice within two minutes that the other side has vanished."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
