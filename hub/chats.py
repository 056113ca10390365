"""What is said in a chat, as the business needs it: what came, what became of what we said, and what we say."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import structs

from hub.forms import Field, File
from hub.letters import Enclosure

NAME = "name"
"""The mark under which a connector keeps by which name its messenger knows the channel."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a messenger allows. `handle` is the kind of handle by which it knows people: one person, one value.

    `text` and `caption` are the most letters of a message and of the words beside a file, `file` the most bytes of a
    file, `buttons` the most buttons below a message, 0 for none; `above_buttons` the most letters above them, and there
    must be some, None where it does not matter. `window` is for how many seconds after somebody wrote he may be
    answered in words of our own, None for ever; later only a template goes. `repeats`: the same message given twice is
    one there, so that one whose end nobody knows is simply tried again. `in_bytes`: `text` counts bytes of UTF-8.
    `link` is the address that begins a chat, "" for none: {name} is what the connector marked as NAME, {start} what the
    link carries. `words_link` begins it with words already written, {text}; {name} is as above. `many` is in what many
    may be written to who agreed: in words of our own, in a template alone, or "": its rules allow no such thing.
    """

    handle: str
    text: int = 4_096
    caption: int = 1_024
    file: int = 20_000_000
    buttons: int = 0
    above_buttons: int | None = None
    window: float | None = None
    repeats: bool = False
    in_bytes: bool = False
    link: str = ""
    words_link: str = ""
    many: Literal["", "text", "template"] = ""


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a messenger approved beforehand; {1}, {2} … in its text are filled in by who sends it."""

    name: str
    language: str
    text: str


class Chatter(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes: `id` is the handle by which the messenger knows him; the names are his own and prove nothing.

    `phone` and `email` are his own beyond doubt: the messenger says so. `language` is an IETF tag, "" for unknown.
    """

    id: str
    name: str = ""
    username: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""


class Media(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that lies with the messenger: the connector's `bring` fetches it by its `ref`.

    `name`, `type` and `size` (bytes) are what is said of it, "" and None where nothing is; `seconds` is how long it
    plays. `lost` says in words why it cannot be had at all, "" where it can.
    """

    ref: str
    kind: Literal["photo", "voice", "audio", "video", "file", "sticker", "animation"] = "file"
    name: str = ""
    type: str = ""
    size: int | None = None
    seconds: float | None = None
    lost: str = ""


class Spot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place on earth that somebody sent: degrees, and what it is called."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class Button(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A button below a message: it sends its `payload`, or opens the address `url`."""

    text: str
    payload: str = ""
    url: str = ""


class MessageReceived(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody wrote in a chat. `key` makes the message unique in its channel, `chat` is where an answer goes.

    `at` is when, by the messenger's clock, None where it says nothing. `album`: the messages of one chat with the same
    one are one message. `answers` is the key, or our remote id, of the message that this one answers. `start` is what
    the link carried by which he came, `pressed` the payload of a button, whose words are the `text`. `cards` are
    contacts that he passed on, as fields. `origin` is where he writes from, such as the page (page_url, page_title,
    path). `answered` are answers to questions asked before the chat, such as name or topic. `department` is whose it
    shall be ("": the rules decide); `remarks` tell what was odd.
    """

    key: str
    chat: str
    sender: Chatter
    at: datetime | None = None
    text: str = ""
    media: tuple[Media, ...] = ()
    files: tuple[File, ...] = ()
    spot: Spot | None = None
    cards: tuple[Field, ...] = ()
    album: str = ""
    answers: str = ""
    start: str = ""
    pressed: str = ""
    origin: tuple[Field, ...] = ()
    answered: tuple[Field, ...] = ()
    department: str = ""
    remarks: tuple[str, ...] = ()


class MessageEdited(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Who wrote a message changed it; `withdrawn`: he took it back. `key` is the message's, as it came.

    `by` is the handle of who changed it, where the messenger lets anybody say so; "" where it vouches for him.
    """

    key: str
    chat: str
    at: datetime | None = None
    text: str = ""
    withdrawn: bool = False
    by: str = ""


class MessageReacted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody shows what he thinks of a message: all that he shows by now, () where he took it back.

    `message` is the key of one that came, or our remote id.
    """

    message: str
    chat: str
    sender: Chatter
    emoji: tuple[str, ...] = ()
    at: datetime | None = None


class MessageFate(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What became of messages of ours: those with these remote ids, or all in a chat that left `up_to` a moment.

    `up_to_id`: all in a chat up to this remote id, where these are numbers that grow.

    They come in any order: a later fate is never undone by an earlier one. `why` says in words why it failed,
    `cause` what may follow from it (hub/troubles.py).
    """

    fate: Literal["sent", "delivered", "read", "failed"]
    chat: str = ""
    messages: tuple[str, ...] = ()
    up_to: datetime | None = None
    up_to_id: str = ""
    at: datetime | None = None
    why: str = ""
    cause: str = ""


class ChatChanged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A chat began, or the customer blocked us or lets us write again. `start` is what the link carried, if any.

    `mute`: one that began, and nothing that we write reaches him before he wrote himself.
    """

    chat: str
    sender: Chatter
    what: Literal["began", "blocked", "unblocked"]
    at: datetime | None = None
    start: str = ""
    mute: bool = False
    origin: tuple[Field, ...] = ()


class SendMessage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One message of ours to a chat: words, or one file with words beside it, or a template.

    `message_id` is our own id of it, the same however often it is tried. `answers` is the key or remote id of the
    message that it answers. `values` fill the template in. The content of the file is filled in when it leaves.
    """

    to: str
    text: str = ""
    message_id: str = ""
    file: Enclosure | None = None
    buttons: tuple[Button, ...] = ()
    answers: str = ""
    template: Template | None = None
    values: tuple[str, ...] = ()

    def kept(self) -> SendMessage:
        """Give it as it is kept, without the content of its file."""
        return structs.replace(self, file=structs.replace(self.file, content=b"")) if self.file else self


class ShowTyping(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Show in a chat that one of us is writing; it fades by itself.

    `seen` is the key of the message that came last, "" for none: WhatsApp shows it as read as well, or shows nothing.
    """

    to: str
    seen: str = ""
