"""The mail connector: the bytes of a letter become `LetterReceived`.

Whatever comes is read: what was odd about it stands in its remarks.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import msgspec

from connectors.forms.recognise import explain, recognise
from connectors.mail.access_tokens import Tokens
from connectors.mail.account import Account
from connectors.mail.comparing import compare
from connectors.mail.copies import Copies
from connectors.mail.examination import examine_reading, examine_sending, signing
from connectors.mail.form_senders import Meanings
from connectors.mail.imap_link import Address
from connectors.mail.letter import WORDS, Attachment, Letter
from connectors.mail.listening import Source, listen
from connectors.mail.published import Records
from connectors.mail.reader import read_letter
from connectors.mail.sending_settings import MailSettings
from connectors.mail.suspicion import suspicions
from connectors.mail.writer import Writer
from connectors.trust import trusted
from hub.bulk_mail import Batch, Log
from hub.comparable import Books, Day
from hub.connector import Connector, Line, Place, Raw, Rest, Sent, Taken, Unavailable
from hub.events import Command
from hub.examination import Finding
from hub.forms import File, FormSubmitted
from hub.languages import N_
from hub.letters import Address as Person
from hub.letters import FileLetter, LetterReceived, SendLetter
from hub.said import said

# How mail programs begin the subject of a letter that is passed on; one that begins with an answer is none.
_FORWARDED = re.compile(
    r"\s*\[?(fwd?|vb|vs|wg|tr|rv|enc|doorst|i|pd|fs|továbbítva|пересл)\s?:", re.IGNORECASE
)


class MailConnector(Connector):
    """One mailbox."""

    kind: ClassVar[str] = "mail"
    settings_type: ClassVar[type[MailSettings]] = MailSettings
    carries: ClassVar[tuple[type, ...]] = (SendLetter, FileLetter)
    places: ClassVar[Sequence[Place]] = (Place(N_("Forms by mail"), "/mail-forms/{id}", "form"),)
    templates: ClassVar[Path | None] = Path(__file__).parent / "web" / "templates"
    learns: ClassVar[str] = "/mailed-forms/{item}"
    settings: MailSettings
    records = Records()

    def __init__(self, channel: str, token: str, settings: MailSettings) -> None:
        """Know who we are there, and whose letters are forms."""
        super().__init__(channel, token, settings)
        # Both log in by one: a refresh token may be good only once.
        tokens = Tokens(settings.grant, self._renewed) if settings.grant else None
        self._reader = Account(settings.user, lambda: settings.secret, tokens)
        self._writer = Writer(settings, tokens)
        self._form_senders = settings.form_senders

    async def run(self, line: Line) -> None:
        """Keep every letter that comes, until the server is lost."""
        await listen(line, self._source())

    async def send(self, command: Command) -> Sent:
        """Hand a letter over; InDoubt where nobody knows whether it left. Its copy is a command of its own."""
        if isinstance(command, FileLetter):
            return await self._file(command)
        sent = await self._writer.send(command)
        if not isinstance(command, SendLetter) or command.only or not self.settings.sent_folder:
            return sent
        return sent._replace(rests=(*sent.rests, Rest(FileLetter(letter=command))))

    async def send_many(self, batch: Batch, log: Log) -> None:
        """Send copies of campaigns. None of them is filed among the letters that were sent."""
        await self._writer.send_many(batch, log)

    async def examine(self, *, send: bool) -> AsyncIterator[Finding]:
        """Say whether letters can be read and sent, and what is published of whom they are from."""
        async for finding in examine_reading(self.settings, self._source()):
            yield finding
        async for finding in examine_sending(self.settings, self._writer, self.records, send=send):
            yield finding

    async def signing(self) -> Finding:
        """Tell whether the key that signs letters is published."""
        return await signing(self.settings, self._writer.own, self.records)

    async def close(self) -> None:
        """Let go of the server that takes letters."""
        await self._writer.close()

    async def compare(self, books: Books, since: date) -> Sequence[Day]:
        """Keep what the mailbox holds since a day and the journal does not."""
        return await compare(books, self._source(), since)

    def read(self, raw: Raw) -> tuple[LetterReceived, ...]:
        """Give the letter that came; nothing at all raises ValueError."""
        if not raw.body or raw.body.isspace():
            raise ValueError(said("The letter was empty."))
        return (self._received(self._read(raw), raw.headers.get("folder", "")),)

    def explain(self, raw: Raw) -> Sequence[Taken]:
        """Say what each answer of a form is taken for; a letter of a person needs no saying."""
        letter = self._read(raw)
        return explain(letter.fields, self._meanings(letter)) if letter.kind == "form" else ()

    async def _renewed(self, setting: str, before: str, after: str) -> None:
        await self.renew(setting, before, after)

    async def _file(self, command: FileLetter) -> Sent:
        """Put a copy of a letter that left into the folder for that."""
        letter, source = await self._writer.composed(command.letter), self._source()
        copies = Copies(source, self.settings.sent_folder)
        return Sent(await copies.file(letter.content, command.letter.message_id, again=command.again))

    def _source(self) -> Source:
        settings = self.settings
        if not settings.imap_host or not settings.user:
            raise Unavailable(said("Host and user of the mailbox are not said yet."))
        trust = None if settings.imap_tls == "none" else trusted()
        address = Address(settings.imap_host, settings.imap_port, settings.imap_tls, trust)
        return Source(
            address,
            self._reader.enter,
            settings.every_folder,
            settings.first_day,
            marks=settings.afterwards == "mark",
            moves_to=settings.move_to if settings.afterwards == "move" else "",
            user=settings.user,
            stays=settings.spam_folders,
        )

    def _read(self, raw: Raw) -> Letter:
        return read_letter(raw.body, self.settings.trusted_server, self._form_senders)

    def _meanings(self, letter: Letter) -> Meanings:
        """Give what the answers of this sender mean, as far as somebody said so."""
        return self._form_senders.get(letter.sender.address.lower() if letter.sender else "", {})

    def _received(self, letter: Letter, folder: str) -> LetterReceived:
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
            token=letter.token,
            invitation=letter.calendar,
            verdicts=letter.verdicts,
            remarks=remarks,
            suspicion=suspicions(letter, folder, self.settings.spam_folders, self.settings.blocked),
        )

    def _form(self, letter: Letter, key: str, remarks: tuple[str, ...]) -> FormSubmitted:
        """Read the form that a website mailed; where no answer says who the visitor is, he is whom one replies to."""
        seen = recognise(letter.fields, self._meanings(letter))
        visitor = _visitor(letter)
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


def _visitor(letter: Letter) -> Person:
    """Give whom one replies to, where that is not the website itself."""
    sender = letter.sender.address.lower() if letter.sender else ""
    return next((each for each in letter.reply_to if each.address.lower() != sender), Person("", ""))


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
