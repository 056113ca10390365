"""What a letter says: values for whoever makes records of it. Texts hold neither NUL nor halves of letters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from hub.forms import Field
from hub.languages import N_
from hub.letters import Address, Bounce, Invitation, Kind, Verdicts

__all__ = [
    "WORDS", "Address", "Attachment", "Bounce", "Flag", "Invitation", "Kind", "Letter", "Verdicts",
]  # fmt: skip


class Flag(StrEnum):
    """What is odd about a letter, or was left out of what was read of it; `WORDS` tell it to people."""

    SPOOFED = "name-is-another-address"
    SENDERS = "several-senders"
    NO_SENDER = "no-sender"
    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    MENDED = "character-set-mended"
    DAMAGED = "attachment-damaged"
    CALENDAR = "invitation-unreadable"
    LETTER_CUT = "letter-cut"
    PARTS_CUT = "parts-cut"
    LEVELS_CUT = "levels-cut"
    HEADERS_CUT = "headers-cut"
    ADDRESSES_CUT = "addresses-cut"
    REFERENCES_CUT = "references-cut"
    TEXT_CUT = "text-cut"


WORDS: Mapping[Flag, str] = {
    Flag.SPOOFED: N_("The sender's name is written as another mail address; only the address itself counts."),
    Flag.SENDERS: N_("It names several senders; the first one counts."),
    Flag.NO_SENDER: N_("It names no sender."),
    Flag.SIGNED: N_("It is signed; the signature was not checked."),
    Flag.ENCRYPTED: N_("It is encrypted, and was left as it is."),
    Flag.MENDED: N_("It names a wrong character set or none: letters may be wrong."),
    Flag.DAMAGED: N_("A file came damaged; what could be read of it was kept."),
    Flag.CALENDAR: N_("It holds an invitation that could not be read."),
    Flag.LETTER_CUT: N_("It is too large; only its beginning was read."),
    Flag.PARTS_CUT: N_("It has too many parts; the rest was left out."),
    Flag.LEVELS_CUT: N_("Its parts are nested too deep; the deepest were kept as files."),
    Flag.HEADERS_CUT: N_("Its headers are too long; the rest was left out."),
    Flag.ADDRESSES_CUT: N_("It names too many addresses; the rest was left out."),
    Flag.REFERENCES_CUT: N_("It refers to too many earlier letters; those in between were left out."),
    Flag.TEXT_CUT: N_("Its text is too long; the rest was left out."),
}


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came along. `type` is the sender's claim; `name` is a bare file name, never a path.

    `inline` says that the letter's HTML shows it, as cid: and its `content_id`. `unpacked_from` names the
    winmail.dat that it lay in, which is kept as well.
    """

    name: str
    type: str
    content: bytes
    inline: bool = False
    content_id: str = ""
    unpacked_from: str = ""

    @property
    def size(self) -> int:
        """Give how many bytes it has."""
        return len(self.content)


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter, read. Message-IDs come without their angle brackets.

    `sender` is None for a letter without a From. `text` is all that was written, `reply` the new part of it without
    quotes and signature. `sent_at` is UTC, None where neither Date nor Received can be read. `fields` are the answers
    of a form that a website mails, whose visitor is in `reply_to`. `token` is what follows the + in the address of
    ours that a wish to unsubscribe was sent to. `bounces` has one for each recipient that a report tells of.
    `called_spam`: a mail server on the way took it for spam.
    """

    kind: Kind
    automatic: bool
    sender: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    text: str
    reply: str
    html: str
    attachments: tuple[Attachment, ...]
    sent_at: datetime | None
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    list_id: str
    fields: tuple[Field, ...]
    token: str
    bounces: tuple[Bounce, ...]
    calendar: Invitation | None
    verdicts: Verdicts
    called_spam: bool
    flags: tuple[Flag, ...]

    @property
    def bounce(self) -> Bounce | None:
        """Give what is reported of the first recipient, which is nearly always the only one."""
        return self.bounces[0] if self.bounces else None
