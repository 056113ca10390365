"""What VK tells: events of its Callback API (https://dev.vk.com/api/community-events/json-schema), version 5.103 on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import structs

from connectors.chat_json import ADDRESS, TEXT, Told, told, told_or_nothing
from hub.chats import ChatChanged, Chatter, Media, MessageEdited, MessageFate, MessageReceived, Spot
from hub.connector import Raw
from hub.events import Event
from hub.forms import Field
from hub.said import said

PASSED_ON = 20
SEVERAL = 2_000_000_000
"""The numbers of talks of several are above it (https://dev.vk.com/method/messages.send, peer_id)."""
PAYLOAD = 1_000
LEVELS = 3
"""Messages within messages that are shown."""


def read(raw: Raw, department: str) -> tuple[Event, ...]:
    """Give what an event tells, a message for a department.

    ValueError for what is no event, nothing for what is none of ours, such as a post on a wall, and for what is said
    in a talk of several: a conversation is with one.
    """
    event = told(raw.body)
    kind, thing = event.word("type"), event.inner("object")
    if not kind:
        raise ValueError(said("VK does not say what it is about."))
    reader = _READERS.get(kind)
    made = reader(thing, raw) if reader and not _is_of_several(chat(event)) else None
    if isinstance(made, MessageReceived):
        made = structs.replace(made, department=department)
    return (made,) if made else ()


def is_of_interest(event: Told) -> bool:
    """Tell whether anything is made of an event."""
    return event.word("type") in _READERS


def chat(event: Told) -> str:
    """Give whose chat an event is about, "" for none."""
    thing = event.inner("object")
    message = thing.inner("message") or thing
    return message.word("peer_id") or message.word("user_id")


def _is_of_several(peer: str) -> bool:
    return peer.isdigit() and int(peer) > SEVERAL


def _new(thing: Told, _raw: Raw) -> MessageReceived:
    message = thing.inner("message") or thing
    sender, peer = message.word("from_id"), message.word("peer_id")
    if not sender or not _key(message):
        raise ValueError(said("The message says neither whose it is nor which."))
    attachments = message.each("attachments")
    passed_on = (said("He also passed on messages of others."),) if message.each("fwd_messages") else ()
    return MessageReceived(
        key=_key(message),
        chat=peer or sender,
        sender=Chatter(id=sender),
        at=message.moment("date"),
        text=_text(message, attachments),
        media=tuple(media for each in attachments for media in _media(each)),
        spot=_spot(message.inner("geo")),
        answers=_key(message.inner("reply_message")),
        start=message.word("ref"),
        pressed=_payload(message),
        origin=(Field("ref_source", source),) if (source := message.word("ref_source")) else (),
        remarks=passed_on,
    )


def _edited(thing: Told, raw: Raw) -> MessageEdited:
    message = thing.inner("message") or thing
    if not _key(message):
        raise ValueError(said("It does not say which message was changed."))
    at = message.moment("update_time") or raw.received_at
    text = _text(message, message.each("attachments"))
    return MessageEdited(
        key=_key(message), chat=message.word("peer_id") or message.word("from_id"), at=at, text=text
    )


def _read(thing: Told, raw: Raw) -> MessageFate:
    """Take all that left up to now for read: VK says which is the last, and not when."""
    peer = thing.word("peer_id") or thing.word("from_id")
    if not peer:
        raise ValueError(said("It does not say whose chat it is."))
    return MessageFate(fate="read", chat=peer, up_to=raw.received_at, at=raw.received_at)


def _pressed(thing: Told, raw: Raw) -> MessageReceived:
    """Take a button that says nothing by itself for a message: what it carries are its words."""
    user, event, carries = thing.word("user_id"), thing.word("event_id"), _payload(thing)
    if not user or not event:
        raise ValueError(said("It does not say who pressed which button."))
    return MessageReceived(
        key=f"event {event}", chat=thing.word("peer_id") or user, sender=Chatter(id=user), at=raw.received_at,
        text=carries, pressed=carries,
    )  # fmt: skip


def _allowed(thing: Told, raw: Raw) -> ChatChanged:
    return _changed(thing, raw, "unblocked")


def _denied(thing: Told, raw: Raw) -> ChatChanged:
    return _changed(thing, raw, "blocked")


def _changed(thing: Told, raw: Raw, what: Literal["blocked", "unblocked"]) -> ChatChanged:
    user = thing.word("user_id")
    if not user:
        raise ValueError(said("It does not say whose chat it is."))
    return ChatChanged(
        chat=user, sender=Chatter(id=user), what=what, at=raw.received_at, start=thing.word("key")
    )


def _payload(message: Told) -> str:
    """Give what a button of ours carries, or what one of VK's does: it is written in JSON, once or twice over."""
    written = message.text("payload", PAYLOAD)
    payload = message.inner("payload") or told_or_nothing(written.encode())
    return payload.word("payload", PAYLOAD) or payload.word("command") or written


def _key(message: Told) -> str:
    """Give the number of a message; one in a talk of several has only one within it."""
    number, within = message.word("id"), message.word("conversation_message_id")
    if number not in {"", "0"}:
        return number
    return f"{message.word('peer_id')}/{within}" if within else ""


def _text(message: Told, attachments: list[Told]) -> str:
    """Give the words of a message, with the links and posts that he shared and the messages that he passed on."""
    shared = [_shared(each) for each in attachments]
    passed = [_passed_on(each, 1) for each in message.each("fwd_messages", PASSED_ON)]
    return "\n".join(filter(None, (message.text("text"), *shared, *passed)))[:TEXT]


def _passed_on(message: Told, level: int) -> str:
    within = (
        [_passed_on(each, level + 1) for each in message.each("fwd_messages", PASSED_ON)]
        if level < LEVELS
        else []
    )
    words = "\n".join(filter(None, (message.text("text"), *within)))
    return "\n".join(f"> {line}" for line in words.splitlines())


def _shared(attachment: Told) -> str:
    kind = attachment.word("type")
    thing = attachment.inner(kind)
    if kind == "link":
        return thing.text("url", ADDRESS)
    if kind == "wall":
        owner, number = thing.word("owner_id") or thing.word("to_id"), thing.word("id")
        link = f"https://vk.com/wall{owner}_{number}" if owner and number else ""
        return "\n".join(filter(None, (thing.text("text", 2_000), link)))
    if kind == "market":
        return (
            f"{thing.word('title')} https://vk.com/market{thing.word('owner_id')}_{thing.word('id')}".strip()
        )
    return ""


def _media(attachment: Told) -> tuple[Media, ...]:
    kind = attachment.word("type")
    if kind in _MEDIA:
        return (_MEDIA[kind](attachment.inner(kind)),)
    if kind in _WORDS:
        return ()
    lost = said("It is a “%(kind)s” of VK's, which cannot be shown.", kind=kind or "—")
    return (Media(ref="", lost=lost),)


def _photo(photo: Told) -> Media:
    """Give a photo in its largest size."""
    original = photo.inner("orig_photo")
    sizes = [each for each in (*photo.each("sizes"), original) if each.text("url", ADDRESS)]
    largest = max(
        sizes, key=lambda each: (each.number("width") or 0) * (each.number("height") or 0), default=Told(None)
    )
    return _at(largest.text("url", ADDRESS), "photo")


def _document(document: Told) -> Media:
    name, ending = document.word("title"), document.word("ext", 20)
    if ending and not name.lower().endswith(f".{ending.lower()}"):
        name = f"{name}.{ending}"
    kind: Literal["file", "animation"] = "animation" if ending == "gif" else "file"
    return _at(document.text("url", ADDRESS), kind, name=name, size=document.whole("size"))


def _voice(voice: Told) -> Media:
    link = voice.text("link_ogg", ADDRESS) or voice.text("link_mp3", ADDRESS)
    kind = "audio/ogg" if voice.text("link_ogg", ADDRESS) else "audio/mpeg"
    return _at(link, "voice", type_=kind, seconds=voice.number("duration"))


def _audio(audio: Told) -> Media:
    name = " - ".join(filter(None, (audio.word("artist"), audio.word("title"))))
    return _at(audio.text("url", ADDRESS), "audio", name=name, seconds=audio.number("duration"))


def _video(video: Told) -> Media:
    """Give a film, which VK shows on its own pages alone."""
    name = video.word("title")
    lost = said("VK gives no films away: https://vk.com/video%(owner)s_%(number)s", owner=video.word("owner_id"),
                number=video.word("id"))  # fmt: skip
    return Media(ref="", kind="video", name=name, seconds=video.number("duration"), lost=lost)


def _sticker(sticker: Told) -> Media:
    images = [each for each in sticker.each("images") if each.text("url", ADDRESS)]
    largest = max(images, key=lambda each: each.number("width") or 0, default=Told(None))
    return _at(largest.text("url", ADDRESS), "sticker")


def _graffiti(graffiti: Told) -> Media:
    return _at(graffiti.text("url", ADDRESS), "photo")


def _at(
    link: str, kind: Literal["photo", "voice", "audio", "file", "sticker", "animation"], *, name: str = "",
    type_: str = "", size: int | None = None, seconds: float | None = None,
) -> Media:  # fmt: skip
    lost = "" if link else said("VK does not say where it is.")
    return Media(ref=link, kind=kind, name=name, type=type_, size=size, seconds=seconds, lost=lost)


def _spot(geo: Told) -> Spot | None:
    place, where = geo.inner("place"), geo.inner("coordinates")
    latitude, longitude = where.number("latitude"), where.number("longitude")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004
        return None
    return Spot(latitude=latitude, longitude=longitude, name=place.word("title"))


_MEDIA: Mapping[str, Callable[[Told], Media]] = {
    "photo": _photo, "doc": _document, "audio_message": _voice, "audio": _audio, "video": _video,
    "sticker": _sticker, "graffiti": _graffiti,
}  # fmt: skip
_WORDS = {"link", "wall", "market"}

_READERS: Mapping[str, Callable[[Told, Raw], Event]] = {
    "message_new": _new, "message_edit": _edited, "message_read": _read, "message_event": _pressed,
    "message_allow": _allowed, "message_deny": _denied,
}  # fmt: skip
