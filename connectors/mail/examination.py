"""Whether a mailbox works, for the admin who sets it up: reading, its folders, sending, and what is published of it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterable

from connectors.mail import copies
from connectors.mail.imap import Mailbox
from connectors.mail.imap_answers import Folder
from connectors.mail.listening import Source
from connectors.mail.published import Records, findings, signing_key
from connectors.mail.sending_settings import MailSettings
from connectors.mail.smtp_line import Line
from connectors.mail.writer import Writer
from hub.clock import now
from hub.connector import AuthFailed, InDoubt, Refused, Unavailable
from hub.errors import describe
from hub.examination import Finding
from hub.letters import Address, SendLetter
from hub.said import said

FAILURES = (Unavailable, AuthFailed, Refused, InDoubt)


async def examine_reading(settings: MailSettings, source: Source) -> AsyncIterator[Finding]:
    """Log in where letters are read, and look for the folders."""
    box = Mailbox(source.address)
    try:
        await box.connect()
        await source.enter(box)
        yield Finding(
            "Reading", "good", f"{settings.user} is let in at {source.address}, {settings.imap_tls}"
        )
        there = await box.folders()
        await box.log_out()
    except FAILURES as error:
        yield Finding("Reading", "bad", describe(error))
        return
    finally:
        box.close()
    for folder in settings.folders:
        yield _folder("Folder", folder, there)
    if settings.sent_folder and settings.smtp_host:
        yield _folder("Sent letters", copies.place(settings.sent_folder, there), there)


async def examine_sending(
    settings: MailSettings, writer: Writer, records: Records, *, send: bool
) -> AsyncIterator[Finding]:
    """Log in where letters are handed over, send one to ourselves if that is wanted, and ask what is published."""
    if not settings.smtp_host:
        yield Finding("Sending", "unknown", "no server is set up for it: smtp_host")
        return
    yield await _logged_in(settings, writer)
    if send:
        yield await _sent(writer)
    try:
        key = settings.dkim_key if settings.dkim_selector else b""
    except OSError as error:
        yield Finding("DKIM", "bad", f"the key cannot be read: {error}")
        return
    for finding in await findings(records, writer.own, settings.smtp_host, settings.dkim_selector, key):
        yield finding


async def signing(settings: MailSettings, own: str, records: Records) -> Finding:
    """Tell whether the key that signs letters is published."""
    try:
        key = settings.dkim_key if settings.dkim_selector else b""
    except OSError as error:
        return Finding("DKIM", "bad", said("the key cannot be read: %(why)s", why=str(error)))
    return await signing_key(records, own.rpartition("@")[2], settings.dkim_selector, key)


async def _logged_in(settings: MailSettings, writer: Writer) -> Finding:
    line = Line(writer.server)
    try:
        await line.connect()
        await writer.account.enter(line)
    except FAILURES as error:
        return Finding("Sending", "bad", describe(error))
    finally:
        await line.quit()
    return Finding(
        "Sending", "good", f"{writer.account.user} is let in at {writer.server}, {settings.smtp_tls}"
    )


async def _sent(writer: Writer) -> Finding:
    to, at = Address("", writer.own), now()
    try:
        sent = await writer.send(SendLetter(
            message_id=f"test.{secrets.token_hex(8)}@{writer.own.rpartition('@')[2]}", written_at=at, to=(to,),
            subject="Ringback: a test", text=f"Sent by ringback channel test, {at:%Y-%m-%d %H:%M} UTC.", automatic=True,
        ))  # fmt: skip
    except FAILURES as error:
        return Finding("A letter", "bad", describe(error))
    finally:
        await writer.close()
    return Finding("A letter", "good", f"left for {writer.own}: {sent.remote_id}")


def _folder(what: str, name: str, there: Iterable[Folder]) -> Finding:
    names = sorted(folder.name for folder in there)
    if name in names or name.upper() == "INBOX":
        return Finding(what, "good", name)
    marked = [folder.name for folder in there if r"\sent" in folder.marks] if what == "Sent letters" else []
    known = f"the server means {marked[0]}" if marked else f"there are {', '.join(names)}"
    return Finding(what, "bad", f"there is no folder {name}; {known}")
