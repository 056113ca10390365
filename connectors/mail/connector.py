"""The mail connector: the bytes of a letter become `LetterReceived`.

Whatever comes is read: what was odd about it stands in its remarks.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from hashlib import sha256
from typing import ClassVar

import msgspec

from connectors.forms.recognise import recognise
from connectors.mail.account import Account
from connectors.mail.composing import Composed, compose
from connectors.mail.despatch import Despatch
from connectors.mail.dkim import Signer, signer
from connectors.mail.imap import Mailbox
from connectors.mail.imap_link import Address
from connectors.mail.letter import WORDS, Attachment, Letter
from connectors.mail.listening import Source, listen
from connectors.mail.reader import read_letter
from connectors.mail.sending_settings import MailSettings
from connectors.mail.smtp_line import Server
from hub.clock import now
from hub.connector import Connector, Line, Raw, Refused, Sent, Unavailable
from hub.errors import describe
from hub.events import Command
from hub.forms import File, FormSubmitted
from hub.letters import LetterReceived, SendLetter
from hub.said import said

# How mail programs begin the subject of a letter that is passed on; one that begins with an answer is none.
_FORWARDED = re.compile(
    r"\s*\[?(fwd?|vb|vs|wg|tr|rv|enc|doorst|i|pd|fs|továbbítva|пересл)\s?:", re.IGNORECASE
)


class MailConnector(Connector):
    """One mailbox."""

    kind: ClassVar[str] = "mail"
    settings_type: ClassVar[type[MailSettings]] = MailSettings
    carries: ClassVar[tuple[type, ...]] = (SendLetter,)
    settings: MailSettings

    def __init__(self, channel: str, token: str, settings: MailSettings) -> None:
        """Do no I/O."""
        super().__init__(channel, token, settings)
        grant = settings.grant
        self._reader = Account(settings.user, lambda: settings.secret, grant)
        self._writer = Account(settings.smtp_user or settings.user, lambda: settings.sending_secret, grant)
        self._despatch: Despatch | None = None

    async def run(self, line: Line) -> None:
        """Keep every letter that comes, until the server is lost."""
        await listen(line, self._source())

    async def send(self, command: Command) -> Sent:
        """Hand a letter over; InDoubt where nobody knows whether it left."""
        letter = await self._composed(command)
        if self._despatch is None:
            self._despatch = Despatch(self._server(), self._writer.enter)
        return await self._despatch.send(letter)

    async def file(self, command: Command) -> None:
        """Put a copy of a letter that left into the folder for that."""
        if not self.settings.sent_folder:
            return
        letter, source = await self._composed(command), self._source()
        box = Mailbox(source.address)
        try:
            await box.connect()
            await source.enter(box)
            await box.append(letter.content, self.settings.sent_folder, now())
            await box.log_out()
        finally:
            box.close()

    async def close(self) -> None:
        """Let go of the server that takes letters."""
        if self._despatch is not None:
            await self._despatch.close()

    def read(self, raw: Raw) -> tuple[LetterReceived, ...]:
        """Give the letter that came; nothing at all raises ValueError."""
        if not raw.body or raw.body.isspace():
            raise ValueError(said("The letter was empty."))
        return (self._received(read_letter(raw.body, self.settings.trusted_server)),)

    def _source(self) -> Source:
        settings = self.settings
        if not settings.imap_host or not settings.user:
            raise Unavailable(said("Host and user of the mailbox are not said yet."))
        trust = None if settings.imap_tls == "none" else ssl.create_default_context()
        address = Address(settings.imap_host, settings.imap_port, settings.imap_tls, trust)
        return Source(address, self._reader.enter, settings.folders, settings.first_day)

    def _server(self) -> Server:
        settings = self.settings
        if not settings.smtp_host:
            raise Refused(said("No server for sending is set up for this mailbox."))
        trust = None if settings.smtp_tls == "none" else ssl.create_default_context()
        return Server(settings.smtp_host, settings.smtp_port, settings.smtp_tls, trust)

    async def _composed(self, command: Command) -> Composed:
        """Write the letter, the same at each try; one with files beside the loop, for it takes long enough."""
        if not isinstance(command, SendLetter):
            raise Refused(said("A mailbox sends letters and nothing else."))
        if command.files or self.settings.dkim_selector:
            return await asyncio.to_thread(self._compose, command)
        return self._compose(command)

    def _compose(self, letter: SendLetter) -> Composed:
        own = self.settings.address or self.settings.user
        composed = compose(letter, own)
        sign = self._signer(own)
        return (
            composed if sign is None else composed._replace(content=sign(composed.content, letter.written_at))
        )

    def _signer(self, own: str) -> Signer | None:
        if not self.settings.dkim_selector:
            return None
        try:
            return signer(own.rpartition("@")[2], self.settings.dkim_selector, self.settings.dkim_key)
        except (OSError, ValueError) as error:
            raise Unavailable(
                said("The key that signs letters cannot be used: %(why)s", why=describe(error))
            ) from error

    def _received(self, letter: Letter) -> LetterReceived:
        key, remarks = _key(letter), tuple(said(WORDS[flag]) for flag in letter.flags)
        return LetterReceived(
            key=key,
            kind=letter.kind,
            automatic=letter.automatic,
            forwarded=_FORWARDED.match(letter.subject) is not None,
            department=self.settings.department,
            sender=letter.sender,
            to=letter.to,
            cc=letter.cc,
            reply_to=letter.reply_to,
            subject=letter.subject,
            text=letter.text,
            reply=letter.reply,
            html=letter.html,
            files=tuple(map(_file, letter.attachments)),
            sent_at=letter.sent_at,
            message_id=letter.message_id,
            in_reply_to=letter.in_reply_to,
            references=letter.references,
            list_id=letter.list_id,
            form=self._form(letter, key, remarks) if letter.kind == "form" else None,
            bounces=letter.bounces,
            verdicts=letter.verdicts,
            remarks=remarks,
        )

    def _form(self, letter: Letter, key: str, remarks: tuple[str, ...]) -> FormSubmitted:
        """Read the form that a website mailed; where no answer says who the visitor is, he is whom one replies to."""
        seen = recognise(letter.fields, {})
        visitor = letter.reply_to[0]
        return FormSubmitted(
            key=key,
            department=self.settings.department,
            name=seen.name or visitor.name,
            phone=seen.phone,
            email=seen.email or visitor.address,
            company=seen.company,
            subject=seen.subject or letter.subject,
            message=seen.message,
            fields=letter.fields,
            files=tuple(map(_file, letter.attachments)),
            remarks=remarks,
        )


def _key(letter: Letter) -> str:
    """Give what makes a letter unique, whichever way it came: what servers add on the way is left out."""
    if letter.message_id:
        return letter.message_id
    says = (letter.sender, letter.sent_at, letter.subject, letter.text, letter.html,
            [sha256(file.content).hexdigest() for file in letter.attachments])  # fmt: skip
    return f"sha256:{sha256(msgspec.json.encode(says)).hexdigest()}"


def _file(attachment: Attachment) -> File:
    return File(
        attachment.name, attachment.type, attachment.content, attachment.inline, attachment.content_id
    )
