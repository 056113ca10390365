"""What an update means. Only chats with one person are conversations: groups are passed over, and say nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from connectors.telegram.media import media_of
from connectors.telegram.places import PRIVATE, Address, address_of
from connectors.telegram.text import NAME, clean, line, spelled_out
from connectors.telegram.wire import (
    Card,
    Deleted,
    Located,
    Message,
    Moved,
    Origin,
    Place,
    Pressed,
    Reaction,
    User,
    decoded,
    moment,
)
from hub.chats import ChatChanged, Chatter, MessageEdited, MessageReacted, MessageReceived, Spot
from hub.events import Event
from hub.forms import Field
from hub.said import said
from hub.shapes import decode

_START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<payload>[A-Za-z0-9_-]{1,64}))?\s*")
_OWN_PICTURE = "\N{WHITE MEDIUM STAR}"
"""Stands for a reaction that is a picture of somebody's own, which has no letter."""
_MOST = 50
"""Reactions, or deleted messages, of one update."""
_LATITUDE, _LONGITUDE = 90.0, 180.0
# What stands in every message, or tells of the chat rather than of what somebody said.
_AROUND = frozenset({
    *msgspec.structs.asdict(Message(message_id=0, chat=Place(0))), "from", "sender_chat", "via_bot", "author_signature",
    "sender_boost_count", "sender_business_bot", "is_automatic_forward", "has_protected_content", "is_from_offline",
    "link_preview_options", "effect_id", "has_media_spoiler", "show_caption_above_media", "external_reply", "quote",
    "reply_to_story", "forward_from", "forward_from_chat", "forward_from_message_id", "forward_signature",
    "forward_sender_name", "forward_date", "paid_star_count", "direct_messages_topic",
})  # fmt: skip
_OF_THE_CHAT = frozenset({
    "pinned_message", "message_auto_delete_timer_changed", "write_access_allowed", "connected_website",
    "chat_background_set", "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "boost_added",
})  # fmt: skip


def events_of(body: bytes, department: str) -> tuple[Event, ...]:
    """Give what an update means, () for what is no business of ours; ValueError for junk."""
    update = decoded(body)
    if update.said:
        return _said(update.said, body, department)
    if update.edited:
        return _edited(update.edited)
    if update.callback_query:
        return _pressed(update.callback_query, department)
    if update.message_reaction:
        return _reacted(update.message_reaction)
    if update.my_chat_member:
        return _moved(update.my_chat_member)
    return _deleted(update.deleted_business_messages) if update.deleted_business_messages else ()


def _said(message: Message, body: bytes, department: str) -> tuple[Event, ...]:
    if not _is_theirs(message) or message.sender is None:
        return ()
    address, sender = address_of(message), message.sender
    start = _START.fullmatch(message.text)
    if start:
        payload = start["payload"] or ""
        return (ChatChanged(chat=str(address), sender=chatter(sender), what="began", at=moment(message.date),
                            start=payload),)  # fmt: skip
    odd = _not_understood(message, body)
    if odd is None:
        return ()
    card = message.contact
    return (MessageReceived(
        key=address.message(message.message_id),
        chat=str(address),
        sender=chatter(sender, own=card if card and card.user_id == sender.id else None),
        at=moment(message.date),
        text=_text(message),
        media=tuple(media_of(message)),
        spot=_spot(message),
        cards=_cards(card) if card else (),
        album=line(message.media_group_id),
        answers=address.message(message.reply_to_message.message_id) if message.reply_to_message else "",
        department=department,
        remarks=(*odd, *_forwarded(message.forward_origin)),
    ),)  # fmt: skip


def _edited(message: Message) -> tuple[Event, ...]:
    if not _is_theirs(message) or message.location:  # who shows where he goes moves on every few seconds
        return ()
    address = address_of(message)
    at = moment(message.edit_date) or moment(message.date)
    return (
        MessageEdited(key=address.message(message.message_id), chat=str(address), at=at, text=_text(message)),
    )


def _deleted(deleted: Deleted) -> tuple[Event, ...]:
    address = Address(deleted.chat.id, business=deleted.business_connection_id)
    return tuple(
        MessageEdited(key=address.message(each), chat=str(address), withdrawn=True)
        for each in deleted.message_ids[:_MOST]
    )


def _pressed(pressed: Pressed, department: str) -> tuple[Event, ...]:
    """Give a button as what he says who presses it: its words."""
    message = pressed.message
    if message is None or message.chat.type != PRIVATE:
        return ()
    address = address_of(message)
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    labels = (key.text for row in rows for key in row if key.callback_data == pressed.data)
    return (MessageReceived(
        key=f"{address}/pressed/{line(pressed.id)}",
        chat=str(address),
        sender=chatter(pressed.sender),
        text=clean(next(labels, "") or pressed.data),
        answers=address.message(message.message_id),
        pressed=line(pressed.data),
        department=department,
    ),)  # fmt: skip


def _reacted(reaction: Reaction) -> tuple[Event, ...]:
    if reaction.user is None or reaction.chat.type != PRIVATE:
        return ()
    address = Address(reaction.chat.id)
    shown = tuple(line(each.emoji) or _OWN_PICTURE for each in reaction.new_reaction[:_MOST])
    return (MessageReacted(message=address.message(reaction.message_id), chat=str(address),
                           sender=chatter(reaction.user), emoji=shown, at=moment(reaction.date)),)  # fmt: skip


def _moved(moved: Moved) -> tuple[Event, ...]:
    if moved.chat.type != PRIVATE:
        return ()
    before, after = moved.old_chat_member.status == "kicked", moved.new_chat_member.status == "kicked"
    if before == after:
        return ()
    what: Literal["blocked", "unblocked"] = "blocked" if after else "unblocked"
    sender, at = chatter(moved.sender), moment(moved.date)
    return (ChatChanged(chat=str(Address(moved.chat.id)), sender=sender, what=what, at=at),)


def chatter(user: User, own: Card | None = None) -> Chatter:
    """Give who writes; the number of a card of his `own` is his beyond doubt."""
    return Chatter(
        id=str(user.id),
        name=line(f"{user.first_name} {user.last_name}"),
        username=line(user.username),
        phone=_number(own) if own else "",
        language=line(user.language_code, 35),
    )


def _is_theirs(message: Message) -> bool:
    """Tell whether a person says it to us: no group, and no colleague who answers from his business account."""
    sender = message.sender
    is_ours = message.business_connection_id and sender and sender.id != message.chat.id
    return message.chat.type == PRIVATE and not is_ours


def _text(message: Message) -> str:
    """Give the words; those of a sticker are the letter that it stands for."""
    if message.text:
        return clean(spelled_out(message.text, message.entities))
    if message.caption:
        return clean(spelled_out(message.caption, message.caption_entities))
    return line(message.sticker.emoji) if message.sticker else ""


def _spot(message: Message) -> Spot | None:
    venue = message.venue
    place: Located | None = venue.location if venue else message.location
    if place is None or abs(place.latitude) > _LATITUDE or abs(place.longitude) > _LONGITUDE:
        return None
    name, address = (line(venue.title), line(venue.address)) if venue else ("", "")
    return Spot(latitude=place.latitude, longitude=place.longitude, name=name, address=address)


def _cards(card: Card) -> tuple[Field, ...]:
    name = line(f"{card.first_name} {card.last_name}")
    return tuple(field for field in (Field("name", name), Field("phone", _number(card))) if field.value)


def _number(card: Card) -> str:
    """Give a number; that of who is at Telegram is whole, but for the plus now and then."""
    number = line(card.phone_number)
    is_whole = card.user_id is not None and re.fullmatch(r"[1-9]\d{6,14}", number)
    return f"+{number}" if is_whole else number


def _forwarded(origin: Origin | None) -> tuple[str, ...]:
    if origin is None:
        return ()
    user, chat = origin.sender_user, origin.chat or origin.sender_chat
    name = f"{user.first_name} {user.last_name}" if user else chat.title if chat else origin.sender_user_name
    who = line(name, NAME)
    return (
        said("Passed on; it is from %(who)s.", who=who) if who else said("Passed on from somebody else."),
    )


def _not_understood(message: Message, body: bytes) -> tuple[str, ...] | None:
    """Say which kind of message we know nothing of; () for one that we know, None for what nobody said."""
    if _is_known(message):
        return ()
    kinds = [each for each in _fields_of(body) if each not in _AROUND]
    if kinds and set(kinds) <= _OF_THE_CHAT:
        return None
    kind = line(kinds[0], 40).replace("_", " ") if kinds else said("an empty message")
    return (said("Something was sent that is not understood: %(kind)s.", kind=kind),)


def _is_known(message: Message) -> bool:
    return bool(
        message.text or message.caption or message.contact or message.venue or message.location
        or next(media_of(message), None)
    )  # fmt: skip


def _fields_of(body: bytes) -> Sequence[str]:
    """Give the names of a message's fields; it was read before."""
    update = decode(body, dict[str, msgspec.Raw])
    message = update.get("message") or update.get("business_message") or msgspec.Raw(b"{}")
    return list(decode(message, dict[str, msgspec.Raw]))
