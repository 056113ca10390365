"""What a letter says, as the business needs it: one that came, and one of ours that shall leave."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import structs

from hub.forms import File, FormSubmitted

Kind = Literal[
    "person", "form", "bounce", "delay", "delivered", "complaint", "unsubscribe", "autoreply", "list"
]


class Address(msgspec.Struct, frozen=True):
    """A mail address as written, and the name beside it ("" for none). The name proves nothing."""

    name: str
    address: str


class Bounce(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a letter of ours on its way to one recipient, or what he complains of.

    `action` is RFC 3464's (failed, delayed, delivered, relayed, expanded), or for a complaint the kind of
    feedback (abuse, fraud …). `status` is RFC 3463's, "" where nobody says. `hard`: there is no such mailbox.
    `policy`: the letter was refused for what we are, so the recipient is not to blame. `detail` is what follows the +
    in the address of ours that this came to, which a campaign chooses for each recipient.
    """

    recipient: str
    action: str
    status: str = ""
    hard: bool = False
    policy: bool = False
    diagnostic: str = ""
    detail: str = ""
    envelope_id: str = ""
    original_message_id: str = ""


class Verdicts(msgspec.Struct, frozen=True):
    """What our receiving server found out about the sender (RFC 8601): pass, fail, none and so on; "" for silence."""

    spf: str = ""
    dkim: str = ""
    dmarc: str = ""


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal of a date. `method` is RFC 5546's, such as REQUEST, CANCEL or REPLY.

    Times are UTC. Of an `all_day` date only the days count, of a `floating` one the hours are local, wherever
    the reader is; both stand there as if they were UTC.
    """

    method: str
    uid: str
    sequence: int
    summary: str
    starts_at: datetime
    ends_at: datetime | None
    all_day: bool
    floating: bool
    location: str
    organizer: str
    description: str


class LetterReceived(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A letter came to an address of ours.

    `key` is its Message-ID, else made of what it says: the same letter in two folders, or to two addresses of ours,
    has one key. Message-IDs come without their angle brackets, "" where there is none; `references` are in the order
    of the letter, oldest first. `automatic`: a machine sent it, and nothing may answer it by itself. `forwarded`: it
    passes on another letter.

    `sender` is None for a letter that names none. `text` is all that was written, `reply` the new part of it without
    quotes and signature, `html` as it came: it is a stranger's, and never shown as it is. `sent_at` is UTC by the
    sender's clock, None where it cannot be read. `form` is what a form says that a website mailed, and there alone;
    `bounces` has one for each recipient that a report tells of, `invitation` a date that is proposed. `token` is what
    follows the + in the address of ours that a wish to unsubscribe was sent to, "" for none. `department` is
    whose task it shall be ("": the rules decide). `remarks` tell in words what was odd, `suspicion` why it looks like
    spam.
    """

    key: str
    kind: Kind = "person"
    automatic: bool = False
    forwarded: bool = False
    department: str = ""
    sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    reply: str = ""
    html: str = ""
    files: tuple[File, ...] = ()
    sent_at: datetime | None = None
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    list_id: str = ""
    form: FormSubmitted | None = None
    bounces: tuple[Bounce, ...] = ()
    token: str = ""
    invitation: Invitation | None = None
    verdicts: Verdicts = Verdicts()
    remarks: tuple[str, ...] = ()
    suspicion: tuple[str, ...] = ()


class Enclosure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that goes along: `blob` is its name in the blob folder, `size` is in bytes.

    `inline` says that the text shows it, as cid: and its `content_id`. `content` is filled in when the letter leaves,
    and never kept with a command.
    """

    name: str
    type: str
    blob: str
    size: int
    inline: bool = False
    content_id: str = ""
    content: bytes = b""


class SendLetter(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A letter of ours, the same one however often it is tried: what would differ is fixed when it is written.

    Message-IDs are without their angle brackets; `references` are in the order of the letters, oldest first.
    `sender` is whom it is from as the recipient reads it, an empty address is the channel's own. `blind` get it
    unnamed. `html` is ours, "" for a letter of plain text alone; `text` is always there. `written_at` is its Date.
    `automatic`: no person wrote it, so no machine shall answer it (RFC 3834). `only` are the addresses to which it is
    still to go, where others have it already; () are all.
    """

    message_id: str
    written_at: datetime
    sender: Address = Address("", "")
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    blind: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    files: tuple[Enclosure, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: bool = False
    only: tuple[str, ...] = ()

    def kept(self) -> SendLetter:
        """Give it as it is kept, without the content of its files."""
        return structs.replace(self, files=tuple(structs.replace(file, content=b"") for file in self.files))


class FileLetter(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put a copy of a letter that left into our own folder; `again`: unless it is there, for that was tried before."""

    letter: SendLetter
    again: bool = False

    def kept(self) -> FileLetter:
        """Give it as it is kept, without the content of its letter's files."""
        return structs.replace(self, letter=self.letter.kept())
