"""Who writes from a mailbox: makes letters of commands, signs them, and hands them over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from connectors.mail.access_tokens import Tokens
from connectors.mail.account import Account
from connectors.mail.bulk_office import BulkOffice
from connectors.mail.bulk_orders import Setup
from connectors.mail.composing import Composed, compose
from connectors.mail.despatch import Despatch
from connectors.mail.sending_settings import MailSettings
from connectors.mail.smtp_answers import later
from connectors.mail.smtp_line import Server
from connectors.trust import trusted
from hub.bulk_mail import Batch, Log
from hub.connector import Refused, Rest, Sent, Unavailable
from hub.errors import describe
from hub.events import Command, SendLetter
from hub.said import said

if TYPE_CHECKING:
    from connectors.mail.dkim import Signer


class Writer:
    """Writes in the name of one address."""

    def __init__(self, settings: MailSettings, tokens: Tokens | None = None) -> None:
        """Do no I/O; `tokens` log in where the mailbox has no password for sending."""
        self.own = settings.address or settings.user
        self.account = Account(
            settings.smtp_user or settings.user,
            lambda: settings.sending_secret,
            None if settings.smtp_password else tokens,
        )
        self._settings = settings
        self._despatch: Despatch | None = None
        self._bulk: BulkOffice | None = None

    @property
    def server(self) -> Server:
        """Give where letters are handed over; Refused where that is not said."""
        settings = self._settings
        if not settings.smtp_host:
            raise Refused(said("No server for sending is set up for this mailbox."))
        trust = None if settings.smtp_tls == "none" else trusted()
        return Server(settings.smtp_host, settings.smtp_port, settings.smtp_tls, trust)

    async def send(self, command: Command) -> Sent:
        """Hand a letter over; raises as `Line.deliver` does. It goes later to whom it could not go now."""
        letter = await self.composed(command)
        if self._despatch is None:
            self._despatch = Despatch(self.server, self.account.enter)
        delivered = await self._despatch.send(letter)
        return Sent(delivered.remote_id, delivered.remark, _rests(command, delivered.later))

    async def send_many(self, batch: Batch, log: Log) -> None:
        """Send copies of mailings; raises as `BulkSender.send_many` does."""
        if self._bulk is None:
            office = await asyncio.to_thread(self._office)
            self._bulk = self._bulk or office  # several batches may come at once
        await self._bulk.send(batch, log)

    async def composed(self, command: Command) -> Composed:
        """Write a letter, the same at each try; what takes long enough, beside the loop."""
        if not isinstance(command, SendLetter):
            raise Refused(said("A mailbox sends letters and nothing else."))
        if command.files or self._settings.dkim_selector:
            return await asyncio.to_thread(self._compose, command)
        return self._compose(command)

    async def close(self) -> None:
        """Let go of the server."""
        if self._despatch is not None:
            await self._despatch.close()
        if self._bulk is not None:
            await self._bulk.close()

    def _office(self) -> BulkOffice:
        server, settings = self.server, self._settings
        with _told_of_the_key():
            setup = Setup(
                own=self.own, host=server.host, port=server.port, tls=server.tls,
                selector=settings.dkim_selector, key=settings.dkim_key if settings.dkim_selector else b"",
            )  # fmt: skip
            return BulkOffice(setup, self.account)

    def _compose(self, letter: SendLetter) -> Composed:
        composed = compose(letter, self.own)
        sign = self._signer()
        return (
            composed if sign is None else composed._replace(content=sign(composed.content, letter.written_at))
        )

    def _signer(self) -> Signer | None:
        settings = self._settings
        if not settings.dkim_selector:
            return None
        from connectors.mail.dkim import signer  # noqa: PLC0415 - loads all of cryptography, for who signs

        with _told_of_the_key():
            return signer(self.own.rpartition("@")[2], settings.dkim_selector, settings.dkim_key)


@contextmanager
def _told_of_the_key() -> Iterator[None]:
    """Say why letters cannot be signed."""
    try:
        yield
    except (OSError, ValueError) as error:
        words = said("The key that signs letters cannot be used: %(why)s", why=describe(error))
        raise Unavailable(words) from error


def _rests(command: Command, waiting: Mapping[str, str]) -> tuple[Rest, ...]:
    """Have a letter go to those to whom it could not go now, each with the server's words."""
    if not waiting or not isinstance(command, SendLetter):
        return ()
    return (Rest(replace(command, only=tuple(waiting)), later("; ".join(waiting.values()))),)
