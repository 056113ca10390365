"""What Viber tells: its callbacks, as https://developers.viber.com/docs/api/rest-bot-api/#callbacks has them.

A message's token is a whole number of 64 bits, and a text here. A button of ours sends its payload as the text of the
answer, so what the buttons were is sent along as `tracking_data`, which comes back with the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import structs

from connectors.chat_json import ADDRESS, Told, told, told_or_nothing
from hub.chats import ChatChanged, Chatter, Media, MessageFate, MessageReceived, Spot
from hub.connector import Raw
from hub.events import Event
from hub.forms import Field
from hub.said import said

MILLI = 1000
_KINDS: Mapping[str, Literal["photo", "video", "file"]] = {
    "picture": "photo",
    "video": "video",
    "file": "file",
}
_FATES: Mapping[str, Literal["delivered", "read", "failed"]] = {
    "delivered": "delivered", "seen": "read", "failed": "failed",
}  # fmt: skip


def read(raw: Raw, department: str) -> tuple[Event, ...]:
    """Give what a callback tells, a message for a department; ValueError for what is none."""
    said_ = told(raw.body)
    event = said_.word("event")
    if event in _FATES:
        return (_fate(said_, _FATES[event]),)
    if event == "message":
        return (_message(said_, department),)
    if event in _READERS:
        return (_READERS[event](said_),)
    if event in {"webhook", "action"}:
        return ()
    raise ValueError(said("Viber tells of nothing by the name of “%(event)s”.", event=event or "—"))


def key(said_: Told) -> str:
    """Give by what a callback is known when it comes again, "" for what has nothing of the kind."""
    token, event = said_.word("message_token"), said_.word("event")
    return f"{event} {token} {chat(said_)}" if token and event not in {"", "webhook"} else ""


def chat(said_: Told) -> str:
    """Give whose callback it is, "" where nobody's."""
    known = (said_.inner("sender").word("id"), said_.inner("user").word("id"), said_.word("user_id"))
    return next(filter(None, known), "")


def _message(said_: Told, department: str) -> MessageReceived:
    sender, message, token = said_.inner("sender"), said_.inner("message"), said_.word("message_token")
    if not token or not sender.word("id"):
        raise ValueError(said("The message says neither whose it is nor which."))
    text, pressed = _pressed(message)
    kind = message.word("type")
    return MessageReceived(
        key=token,
        chat=sender.word("id"),
        sender=_chatter(sender),
        at=said_.moment("timestamp", MILLI),
        text=_shared(message) if kind == "url" else text,
        media=_media(message, kind),
        spot=_spot(message.inner("location")),
        cards=_cards(message.inner("contact")),
        pressed=pressed,
        department=department,
    )


_PLAIN = {"text", "contact", "url", "location"}


def _media(message: Told, kind: str) -> tuple[Media, ...]:
    """Give a file, or say in its place what came that Viber does not give away."""
    ref = message.text("media", ADDRESS)
    if kind == "sticker":
        number = message.word("sticker_id") or "—"
        return (
            Media(ref="", kind="sticker", lost=said("It is sticker %(number)s of Viber's.", number=number)),
        )
    if kind not in _KINDS and kind not in _PLAIN:
        lost = said("It is a “%(kind)s” of Viber's, which cannot be shown.", kind=kind or "—")
        return (Media(ref="", lost=lost),)
    if kind not in _KINDS or not ref:
        return ()
    return (
        Media(
            ref=ref, kind=_KINDS[kind], name=message.word("file_name"), size=message.whole("size"),
            seconds=message.number("duration"),
        ),
    )  # fmt: skip


def _shared(message: Told) -> str:
    """Give a link that was passed on, with what was written beside it."""
    link, text = message.text("media", ADDRESS), message.text("text")
    return text if link in text else f"{text}\n{link}".strip()


def _spot(place: Told) -> Spot | None:
    latitude, longitude = place.number("lat"), place.number("lon")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004
        return None
    return Spot(latitude=latitude, longitude=longitude, address=place.word("address"))


def _cards(contact: Told) -> tuple[Field, ...]:
    """Give a contact that was passed on; nothing proves that the number is the sender's own."""
    given = {"name": contact.word("name"), "phone": contact.word("phone_number")}
    return tuple(Field(name, value) for name, value in given.items() if value)


def _pressed(message: Told) -> tuple[str, str]:
    """Give the words of a message, and the payload of the button that wrote them."""
    text = message.text("text")
    buttons = told_or_nothing(message.text("tracking_data").encode()).inner("buttons")
    words = buttons.word(text) if text in buttons else ""
    return (words, text) if words else (text, "")


def _chatter(user: Told) -> Chatter:
    return Chatter(id=user.word("id"), name=user.word("name"), language=user.word("language", 35))


def _began(said_: Told) -> ChatChanged:
    """Tell who opened the chat: one who did not subscribe gets nothing but the welcome until he writes."""
    began = _changed(said_, "began", start=said_.word("context"))
    return structs.replace(began, mute=not said_.is_true("subscribed"))


def _subscribed(said_: Told) -> ChatChanged:
    return _changed(said_, "unblocked")


def _unsubscribed(said_: Told) -> ChatChanged:
    return _changed(said_, "blocked")


def _changed(said_: Told, what: Literal["began", "blocked", "unblocked"], start: str = "") -> ChatChanged:
    who = chat(said_)
    if not who:
        raise ValueError(said("It does not say whose chat it is."))
    user = said_.inner("user")
    sender = _chatter(user) if user.word("id") else Chatter(id=who)
    return ChatChanged(chat=who, sender=sender, what=what, at=said_.moment("timestamp", MILLI), start=start)


def _fate(said_: Told, fate: Literal["delivered", "read", "failed"]) -> MessageFate:
    token = said_.word("message_token")
    if not token:
        raise ValueError(said("It does not say which message it is about."))
    why = said_.word("desc") if fate == "failed" else ""
    return MessageFate(
        fate=fate, chat=chat(said_), messages=(token,), at=said_.moment("timestamp", MILLI), why=why
    )


_READERS: Mapping[str, Callable[[Told], Event]] = {
    "conversation_started": _began,
    "subscribed": _subscribed,
    "unsubscribed": _unsubscribed,
}
