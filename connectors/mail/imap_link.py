"""The link to one mail server: connects, in TLS where that is wanted, and logs in."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable
from contextlib import suppress
from typing import Literal, NamedTuple

from connectors.mail.imap_answers import Answer, text
from connectors.mail.imap_dialogue import PATIENCE, Dialogue
from connectors.mail.imap_wire import Wire
from hub.connector import AuthFailed, Refused, Unavailable
from hub.said import Said, said

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


class Link(Dialogue):
    """One connection, from its log-in until it is lost."""

    def __init__(self, address: Address, patience: float = PATIENCE) -> None:
        """Do no I/O."""
        super().__init__(repr(address), patience)
        self._address = address

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

    async def log_in(self, user: str, secret: str, *, by_token: bool = False) -> None:
        """Log in by password, or by an access token (XOAUTH2, as Google and Microsoft want it).

        AuthFailed if the server refuses us, Unavailable if it cannot tell for now.
        """
        told = f"user={user}\1auth=Bearer {secret}\1\1"
        asked = self._wire.authenticate("XOAUTH2", told) if by_token else self._wire.log_in(user, secret)
        await self._enter(user, self._ask(asked))

    async def log_out(self) -> None:
        """Say goodbye, and let go of the server."""
        with suppress(Unavailable, Refused):
            await self._ask(self._wire.run("LOGOUT"))
        self.close()

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
            raise Unavailable(said("The mail server at %(address)s has no STARTTLS.", address=self._name))
        (await self._ask(self._wire.secure(trust, self._address.host))).checked()

    async def _enter(self, user: str, answering: Awaitable[Answer]) -> None:
        answer = await answering
        if answer.result != "OK" and not answer.is_passing:
            raise AuthFailed(said("The mail server refuses user “%(user)s”: %(why)s", user=user,
                                  why=text(answer.words)))  # fmt: skip
        answer.checked()
        await self._ask(self._wire.capability())

    def _no_way(self, error: Exception) -> Said:
        """Say why there is no connection."""
        address = self._name
        if isinstance(error, ssl.SSLCertVerificationError):
            return said("The certificate of the mail server at %(address)s is not trusted: %(why)s",
                        address=address, why=error.verify_message)  # fmt: skip
        if isinstance(error, ssl.SSLError):
            return said("The mail server at %(address)s does not speak TLS there.", address=address)
        return said("The mail server at %(address)s does not answer.", address=address)


def _keep_alive(line: socket.socket) -> None:
    """Have the system notice within two minutes that the other side has vanished."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
