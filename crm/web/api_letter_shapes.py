"""Conversations and letters as programs see them: further shapes of `/api/v1`.

People outside build on these words. A field may be added; none is taken away or changes its meaning.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from crm.web.api_chat_shapes import ButtonIn, ChatOut, SpokenOut
from crm.web.api_shapes import Id, Line, Name
from hub.letters import Kind
from hub.web.decoding import Body

State = Literal[
    "waiting", "sending", "sent", "delivered", "read", "delayed", "bounced", "refused", "expired", "unknown"
]
BASE64 = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$"
MIME = r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}$"
Text = Annotated[str, Meta(max_length=100_000)]


class AddressOut(msgspec.Struct, frozen=True):
    """A mail address as written, and the name beside it ("" for none)."""

    name: str
    address: str


class AddressIn(Body, frozen=True, kw_only=True):
    """A mail address, and the name beside it."""

    address: Line
    name: Line = ""


class FileOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file; `content` is the address that gives it. `inline`: the letter shows it within its text."""

    id: int
    name: str
    type: str
    size: int
    inline: bool
    content: str


class BounceOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail server reports of one recipient, in RFC 3464's and RFC 3463's words. `hard`: no such mailbox."""

    recipient: str
    action: str
    status: str
    hard: bool


class CalendarOut(msgspec.Struct, frozen=True, kw_only=True):
    """A date that a letter proposes; `method` is RFC 5546's. Of an `all_day` date only the days count.

    The hours of a `floating` one are local, wherever the reader is; both stand there as if they were UTC.
    """

    method: str
    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime | None
    all_day: bool
    floating: bool
    location: str
    organizer: str
    description: str


class FateOut(msgspec.Struct, frozen=True, kw_only=True):
    """How far a letter or a message of ours is, since when (waiting: for when it is due), and why, in words."""

    state: State
    at: datetime
    why: str


class MessageOut(msgspec.Struct, frozen=True, kw_only=True):
    """A letter, or a message of a chat (`medium`), in a conversation with a contact (ids), on a channel (its name).

    `text` is all of it, `reply` the new part without quotes and signature; `html` is as it came: a stranger's, never to
    be shown as it is. `received_at` is when we took it, or wrote it. `bounce` is of a report, `fate` of a letter of
    ours; `calendar` is a date that is proposed, `flags` say in words what was odd. A message of a chat has what belongs
    to letters alone empty, and the rest of it in `spoken`; its `text` is as it reads by now.
    """

    id: int
    conversation: int | None
    contact: int
    channel: str | None
    direction: Literal["in", "out", "internal"]
    kind: Kind
    automatic: bool
    from_: AddressOut = field(name="from")
    to: list[AddressOut]
    cc: list[AddressOut]
    reply_to: list[AddressOut]
    subject: str
    text: str
    reply: str
    html: str
    attachments: list[FileOut]
    sent_at: datetime | None
    received_at: datetime
    message_id: str
    in_reply_to: str
    list_id: str
    bounce: BounceOut | None
    calendar: CalendarOut | None
    flags: list[str]
    fate: FateOut | None
    medium: Literal["mail", "chat"] = "mail"
    channel_kind: str | None = None
    spoken: SpokenOut | None = None


class FileIn(Body, frozen=True, kw_only=True):
    """A file that goes along; `content` is in base 64 (RFC 4648)."""

    name: Name
    content: Annotated[bytes, Meta(extra_json_schema={"pattern": BASE64})]
    type: Annotated[str, Meta(pattern=MIME)] = "application/octet-stream"


Recipients = Annotated[tuple[AddressIn, ...], Meta(max_length=100)]


class MessageIn(Body, frozen=True, kw_only=True):
    """A letter to be sent. It answers the newest one of a `conversation`, or begins something new with a `contact`.

    Without `to` it goes to whom an answer goes to, or to the contact's first address; without `channel` from the
    conversation's mailbox, else that of the department. `text` may have light marks, **bold** and the like. It leaves
    `at` a moment, else within seconds. `automatic`: no person wrote it, so it answers nothing. What speaks against it,
    such as an address that bounced, is a conflict unless `knowing` is true.

    In a conversation by a messenger, or in a `chat`, it is a message: words as they are, files, `buttons`; it `answers`
    a message (its id). Long words, and several files, become several messages, of which the first is given back. A
    `template` of that `language` ("": the first) goes alone, filled in with `values`.
    """

    text: Text = ""
    subject: Line | None = None
    contact: Id | None = None
    conversation: Id | None = None
    channel: Line | None = None
    to: Recipients = ()
    cc: Recipients = ()
    bcc: Recipients = ()
    attachments: Annotated[tuple[FileIn, ...], Meta(max_length=20)] = ()
    at: Annotated[datetime, Meta(tz=True)] | None = None
    automatic: bool = False
    knowing: bool = False
    chat: Id | None = None
    answers: Id | None = None
    buttons: Annotated[tuple[ButtonIn, ...], Meta(max_length=13)] = ()
    template: Line = ""
    language: Line = ""
    values: Annotated[tuple[Line, ...], Meta(max_length=99)] = ()


class ConversationOut(msgspec.Struct, frozen=True, kw_only=True):
    """A thread with a contact (its id) on a channel (its name).

    `waits`: the contact waits for us, since `waits_since`. `assignee` is the id of who has it, `department` the name
    of whose it is. `chat` is where its newest message stands, null for letters.
    """

    id: int
    contact: int
    channel: str
    subject: str
    opened_at: datetime
    closed_at: datetime | None
    last_at: datetime | None
    messages: int
    waits: bool
    waits_since: datetime | None
    snoozed_until: datetime | None
    assignee: int | None
    department: str | None
    channel_kind: str = ""
    chat: ChatOut | None = None
