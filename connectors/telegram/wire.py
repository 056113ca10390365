"""What the Bot API sends, as far as we read it: https://core.telegram.org/bots/api#available-types.

What is not named here is passed over, so that a field which Telegram adds breaks nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from hub.said import said

LARGEST = 1 << 20
"""Bytes of an update; the longest have some ten thousand."""
ASKED = (
    "message", "edited_message", "callback_query", "message_reaction", "my_chat_member",
    "business_message", "edited_business_message", "deleted_business_messages",
)  # fmt: skip
"""The updates that Telegram is asked for; reactions come to nobody who does not name them."""


class User(msgspec.Struct, frozen=True):
    """Who wrote something."""

    id: int
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    is_bot: bool = False


class Place(msgspec.Struct, frozen=True):
    """A chat: with one person ("private"), or of several."""

    id: int
    type: str = "private"
    title: str = ""
    first_name: str = ""
    last_name: str = ""
    username: str = ""


class Entity(msgspec.Struct, frozen=True):
    """What a part of a text is; places are in units of UTF-16."""

    type: str
    offset: int
    length: int
    url: str = ""


class Held(msgspec.Struct, frozen=True):
    """A file with Telegram, of whichever kind. `duration` is in seconds."""

    file_id: str
    file_size: int | None = None
    file_name: str = ""
    mime_type: str = ""
    duration: float | None = None
    width: int = 0
    height: int = 0
    title: str = ""
    performer: str = ""
    emoji: str = ""
    is_animated: bool = False
    is_video: bool = False


class Located(msgspec.Struct, frozen=True):
    """A place on earth, in degrees."""

    latitude: float
    longitude: float


class Venue(msgspec.Struct, frozen=True):
    """A place that has a name."""

    location: Located
    title: str = ""
    address: str = ""


class Card(msgspec.Struct, frozen=True):
    """A contact that was passed on; `user_id` is whose it is, where he is at Telegram."""

    phone_number: str
    first_name: str = ""
    last_name: str = ""
    user_id: int | None = None


class Origin(msgspec.Struct, frozen=True):
    """From whom a message is that was passed on."""

    sender_user: User | None = None
    sender_user_name: str = ""
    sender_chat: Place | None = None
    chat: Place | None = None


class Key(msgspec.Struct, frozen=True):
    """A button below a message."""

    text: str = ""
    callback_data: str = ""


class Keyboard(msgspec.Struct, frozen=True):
    """The buttons below a message, row by row."""

    inline_keyboard: tuple[tuple[Key, ...], ...] = ()


class Answered(msgspec.Struct, frozen=True):
    """The message that another one answers."""

    message_id: int


class Message(msgspec.Struct, frozen=True):
    """A message. `from` is missing in those of channels; `date` is 0 where it is too old to be shown."""

    message_id: int
    chat: Place
    date: int = 0
    edit_date: int | None = None
    sender: User | None = msgspec.field(default=None, name="from")
    text: str = ""
    entities: tuple[Entity, ...] = ()
    caption: str = ""
    caption_entities: tuple[Entity, ...] = ()
    message_thread_id: int | None = None
    is_topic_message: bool = False
    business_connection_id: str = ""
    media_group_id: str = ""
    photo: tuple[Held, ...] = ()
    voice: Held | None = None
    audio: Held | None = None
    video: Held | None = None
    video_note: Held | None = None
    animation: Held | None = None
    document: Held | None = None
    sticker: Held | None = None
    location: Located | None = None
    venue: Venue | None = None
    contact: Card | None = None
    reply_to_message: Answered | None = None
    forward_origin: Origin | None = None
    reply_markup: Keyboard | None = None


class Pressed(msgspec.Struct, frozen=True):
    """Somebody pressed a button."""

    id: str
    sender: User = msgspec.field(name="from")
    data: str = ""
    message: Message | None = None


class Emoji(msgspec.Struct, frozen=True):
    """What somebody shows; a picture of his own has no letter."""

    type: str = ""
    emoji: str = ""


class Reaction(msgspec.Struct, frozen=True):
    """All that somebody shows of a message by now; one who hides himself is no `user`."""

    chat: Place
    message_id: int
    date: int = 0
    user: User | None = None
    new_reaction: tuple[Emoji, ...] = ()


class Membership(msgspec.Struct, frozen=True):
    """How the bot stands in a chat."""

    status: str = ""


class Moved(msgspec.Struct, frozen=True):
    """How the bot stands in a chat changed: in one with a person, he blocked it or let it in again."""

    chat: Place
    sender: User = msgspec.field(name="from")
    date: int = 0
    old_chat_member: Membership = Membership()
    new_chat_member: Membership = Membership()


class Deleted(msgspec.Struct, frozen=True):
    """Messages that were deleted from a chat of a business."""

    business_connection_id: str
    chat: Place
    message_ids: tuple[int, ...] = ()


class Update(msgspec.Struct, frozen=True):
    """Something that happened; one of its kinds is there, or none that we know."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    business_message: Message | None = None
    edited_business_message: Message | None = None
    deleted_business_messages: Deleted | None = None
    callback_query: Pressed | None = None
    message_reaction: Reaction | None = None
    my_chat_member: Moved | None = None

    @property
    def said(self) -> Message | None:
        """Give the message of one that brings a message."""
        return self.message or self.business_message

    @property
    def edited(self) -> Message | None:
        """Give the message of one that changes a message."""
        return self.edited_message or self.edited_business_message


_UPDATE = msgspec.json.Decoder(Update)


def decoded(body: bytes) -> Update:
    """Read the JSON of an update; ValueError for what is none."""
    if len(body) > LARGEST:
        raise ValueError(said("An update of Telegram is never as large as this."))
    try:
        return _UPDATE.decode(body)
    except RecursionError:
        raise ValueError(said("It is nested too deeply.")) from None


def moment(seconds: int | None) -> datetime | None:
    """Give a moment of Telegram's clock; None for none."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None
