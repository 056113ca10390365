"""A mailbox from which tests write: to a sink, or through the tests' own Postfix."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from connectors.mail import MailConnector, MailSettings
from hub.letters import Address, SendLetter

OFFICE = "office@klarruta.example"
WRITTEN_AT = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)


def letter(*to: str, **others: object) -> SendLetter:
    """Write a letter to some, of whom Anna is the first unless others are named."""
    given = {
        "message_id": "1.letter@klarruta.example", "written_at": WRITTEN_AT, "subject": "Your windows",
        "text": "They are ready.", "to": tuple(Address("", each) for each in to or ("anna@berg.se",)), **others,
    }  # fmt: skip
    return SendLetter(**given)  # type: ignore[arg-type]


@asynccontextmanager
async def mailbox(port: int, **settings: object) -> AsyncIterator[MailConnector]:
    """Set up a mailbox that sends through a port of this machine, and let go of it at the end."""
    given = {
        "address": OFFICE, "user": OFFICE, "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none",
        "sent_folder": "", **settings,
    }  # fmt: skip
    made = MailConnector("office", "sesame", MailSettings(**given))  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()
