"""Where a test reads mail: a mailbox of the tests' own Dovecot that is empty before."""

from __future__ import annotations

import asyncio

from connectors.mail.imap import Mailbox
from connectors.mail.imap_dialogue import PATIENCE
from connectors.mail.imap_link import Address
from tests.servers.dovecot import PASSWORD, Dovecot


class Desk:
    """Where a test's user reads his mail."""

    def __init__(self, server: Dovecot, user: str) -> None:
        """Know the server and the user; he need not be known to it before."""
        self.server = server
        self.user = user
        self._made: list[Mailbox] = []

    def mailbox(self, port: int = 0) -> Mailbox:
        """Make one that is not connected yet, over a plain line; closed at the end of the test."""
        made = Mailbox(Address("127.0.0.1", port or self.server.port, "none"))
        self._made.append(made)
        return made

    async def logged_in(self, port: int = 0) -> Mailbox:
        """Give one in which no folder is open yet."""
        box = self.mailbox(port)
        await box.connect()
        await box.log_in(self.user, PASSWORD)
        return box

    async def inbox(self, port: int = 0, patience: float = PATIENCE) -> Mailbox:
        """Give one with the inbox open; only from then on it has less patience."""
        box = await self.logged_in(port)
        await box.open("INBOX")
        box._patience = patience
        return box

    def deliver(self, *letters: bytes) -> None:
        """Put letters into the inbox."""
        self.server.deliver(self.user, *letters)

    async def close(self) -> None:
        """Close all mailboxes."""
        for made in self._made:
            made.close()
        await asyncio.sleep(0)  # the loop closes their lines


def letter(subject: str, text: str = "Hello", size: int = 0) -> bytes:
    """Write a letter of at least so many bytes."""
    head = f"From: customer@example.net\r\nSubject: {subject}\r\n\r\n{text}\r\n"
    lines = "0123456789" * 7 + "\r\n"
    return (head + lines * (size // len(lines))).encode()
