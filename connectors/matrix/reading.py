"""What a homeserver pushes: events of rooms (https://spec.matrix.org/latest/client-server-api/#events).

A transaction holds events of several rooms; each room's are an item of their own, in the room's order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import structs

from connectors.chat_json import WORD, Told, shallow, told_or_nothing
from hub.chats import (
    ChatChanged,
    Chatter,
    Media,
    MessageEdited,
    MessageFate,
    MessageReacted,
    MessageReceived,
    Spot,
)
from hub.connector import Raw
from hub.events import Event
from hub.parting import STREAM
from hub.said import said
from hub.shapes import decode

MOST = 1_000
"""Events of a transaction; homeservers send a hundred at most."""
MILLI = 1000
ID = 255
"""Letters of an id, by the specification."""
_FILES: Mapping[str, Literal["photo", "audio", "video", "file"]] = {
    "m.image": "photo", "m.audio": "audio", "m.video": "video", "m.file": "file",
}  # fmt: skip
_VOICE = ("org.matrix.msc3245.voice", "m.voice")
What = Literal["began", "blocked", "unblocked"]
_OF_US: Mapping[str, What] = {"invite": "began", "leave": "blocked", "ban": "blocked"}
_OF_THEM: Mapping[str, What] = {"leave": "blocked", "ban": "blocked", "join": "unblocked"}
_GEO = re.compile(r"geo:(-?\d{1,3}(?:\.\d{1,15})?),(-?\d{1,3}(?:\.\d{1,15})?)(?:[,;].*)?")
_TEXTS = {"m.text", "m.emote", "m.location"}


class _Transaction(msgspec.Struct):
    events: list[msgspec.Raw] = []
    ephemeral: list[msgspec.Raw] = []


def parts(raw: Raw, own: str) -> Sequence[Raw]:
    """Give the events of each room by themselves, of those rooms of which anything is to be made."""
    transaction = _transaction(raw.body)
    rooms: dict[str, _Transaction] = {}
    for name in ("events", "ephemeral"):
        for written in getattr(transaction, name)[:MOST]:
            event = told_or_nothing(bytes(written))
            if _made(event, own):
                room = event.word("room_id", ID)
                getattr(rooms.setdefault(room, _Transaction([], [])), name).append(written)
    return [
        structs.replace(raw, body=msgspec.json.encode(each), headers={**raw.headers, STREAM: room})
        for room, each in rooms.items()
    ]


def read(raw: Raw, own: str) -> tuple[Event, ...]:
    """Give what events tell, `own` being as whom we write; ValueError for what is no transaction."""
    transaction = _transaction(raw.body)
    written = (*transaction.events[:MOST], *transaction.ephemeral[:MOST])
    events = [told_or_nothing(bytes(each)) for each in written]
    return tuple(made for event in events for made in _made(event, own))


def _transaction(body: bytes) -> _Transaction:
    """Read a transaction; what one event nests without measure costs the others nothing."""
    try:
        return decode(shallow(body), _Transaction)
    except (msgspec.MsgspecError, UnicodeError):
        raise ValueError(said("It is no transaction of a homeserver.")) from None


def _made(event: Told, own: str) -> Sequence[Event]:
    """Give what one event tells; nothing for what we did ourselves, and for what is none of ours."""
    reader = _READERS.get(event.word("type"))
    room = event.word("room_id", ID)
    if reader is None or not room:
        return ()
    return reader(event, room, own)


def _said(event: Told, room: str, own: str) -> Sequence[Event]:
    content, sender = event.inner("content"), event.word("sender", ID)
    kind, relation = content.word("msgtype"), content.inner("m.relates_to")
    if not _is_theirs(event, own) or kind == "m.notice" or kind.startswith("m.key.verification"):
        return ()
    if relation.word("rel_type") == "m.replace":
        text = content.inner("m.new_content").text("body")
        key = relation.word("event_id", ID)
        return (MessageEdited(key=key, chat=room, at=_at(event), text=text, by=sender),)
    answers = relation.inner("m.in_reply_to").word("event_id", ID)
    media = _media(content)
    message = MessageReceived(
        key=event.word("event_id", ID),
        chat=room,
        sender=Chatter(id=sender, username=sender),
        at=_at(event),
        text=_text(content, media, quotes=bool(answers)),
        media=media,
        spot=_spot(content),
        answers="" if relation.is_true("is_falling_back") else answers,
    )
    return (message,)


def _sticker(event: Told, room: str, own: str) -> Sequence[Event]:
    content, sender = event.inner("content"), event.word("sender", ID)
    if not _is_theirs(event, own):
        return ()
    media = _file(content, "sticker")
    return (
        MessageReceived(
            key=event.word("event_id", ID), chat=room, sender=Chatter(id=sender, username=sender), at=_at(event),
            text=content.text("body", WORD), media=media,
        ),
    )  # fmt: skip


def _encrypted(event: Told, room: str, own: str) -> Sequence[Event]:
    """Say that somebody wrote what we cannot read: his keys are not ours. What we write there is in the clear."""
    sender = event.word("sender", ID)
    if not _is_theirs(event, own):
        return ()
    why = said(
        "It is encrypted, and this hub cannot read it. What you write here is not encrypted: ask for nothing but a "
        "room without encryption."
    )
    return (
        MessageReceived(
            key=event.word("event_id", ID), chat=room, sender=Chatter(id=sender, username=sender), at=_at(event),
            media=(Media(ref="", lost=why),),
        ),
    )  # fmt: skip


def _reacted(event: Told, room: str, own: str) -> Sequence[Event]:
    relation, sender = event.inner("content").inner("m.relates_to"), event.word("sender", ID)
    emoji = relation.word("key", 40)
    if not _is_theirs(event, own) or not relation.word("event_id", ID) or not emoji:
        return ()
    return (
        MessageReacted(
            message=relation.word("event_id", ID), chat=room, sender=Chatter(id=sender, username=sender),
            emoji=(emoji,), at=_at(event),
        ),
    )  # fmt: skip


def _redacted(event: Told, room: str, own: str) -> Sequence[Event]:
    taken_back = event.word("redacts", ID) or event.inner("content").word("redacts", ID)
    if not _is_theirs(event, own) or not taken_back:
        return ()
    return (MessageEdited(key=taken_back, chat=room, at=_at(event), withdrawn=True),)


def _member(event: Told, room: str, own: str) -> Sequence[Event]:
    """Tell who invites us, who leaves us alone in a room, and who comes back."""
    content, whom, by = event.inner("content"), event.word("state_key", ID), event.word("sender", ID)
    now_, before = (
        content.word("membership"),
        event.inner("unsigned").inner("prev_content").word("membership"),
    )
    if not whom or not by or by == own:
        return ()
    if whom == own:
        return _changed(event, room, by, _OF_US.get(now_))
    what = _OF_THEM.get(now_) if now_ != before else None
    return _changed(event, room, whom, what, content.word("displayname"))


def _changed(event: Told, room: str, who: str, what: What | None, name: str = "") -> Sequence[Event]:
    if what is None:
        return ()
    sender = Chatter(id=who, username=who, name=name)
    return (ChatChanged(chat=room, sender=sender, what=what, at=_at(event)),)


def _receipt(event: Told, room: str, own: str) -> Sequence[Event]:
    """Tell up to when somebody read the room; a receipt has the moment at which he did."""
    found = []
    for read_ in event.inner("content").named().values():
        for who, receipt in read_.inner("m.read").named().items():
            at = receipt.moment("ts", MILLI)
            if who != own and at is not None:
                found.append(MessageFate(fate="read", chat=room, up_to=at, at=at))
    return found[:MOST]


def _is_theirs(event: Told, own: str) -> bool:
    """Tell whether somebody else did it, and it can be known again."""
    sender = event.word("sender", ID)
    return bool(sender) and sender != own and bool(event.word("event_id", ID))


def _at(event: Told) -> datetime | None:
    return event.moment("origin_server_ts", MILLI)


def _text(content: Told, media: Sequence[Media], *, quotes: bool) -> str:
    """Give what was written: of a file the words beside it, which are its name where there are none."""
    text = content.text("body")
    if content.word("msgtype") in {"m.location", *_FILES}:
        return text if media and content.word("filename") and text != content.text("filename") else ""
    if quotes and text.startswith("> "):
        lines = text.splitlines()
        first = next((at for at, line in enumerate(lines) if not line.startswith(">")), len(lines))
        text = "\n".join(lines[first:]).strip()
    return f"* {text}" if content.word("msgtype") == "m.emote" else text


def _media(content: Told) -> tuple[Media, ...]:
    named = content.word("msgtype")
    kind = _FILES.get(named)
    if kind is None and named not in _TEXTS:
        lost = said("It is a “%(kind)s” of Matrix's, which cannot be shown.", kind=named or "—")
        return (Media(ref="", lost=lost),)
    if kind is None:
        return ()
    return _file(content, "voice" if kind == "audio" and any(each in content for each in _VOICE) else kind)


def _file(
    content: Told, kind: Literal["photo", "voice", "audio", "video", "file", "sticker"]
) -> tuple[Media, ...]:
    info, ref = content.inner("info"), content.word("url", 2 * ID)
    lasts = info.number("duration")
    lost = "" if ref else said("It is encrypted, or says not where it is.")
    return (
        Media(
            ref=ref, kind=kind, name=content.word("filename") or content.word("body"), type=info.word("mimetype"),
            size=info.whole("size"), seconds=lasts / MILLI if lasts is not None else None, lost=lost,
        ),
    )  # fmt: skip


def _spot(content: Told) -> Spot | None:
    found = _GEO.fullmatch(content.word("geo_uri")) if content.word("msgtype") == "m.location" else None
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    if abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004
        return None
    return Spot(latitude=latitude, longitude=longitude, name=content.word("body"))


_READERS: Mapping[str, Callable[[Told, str, str], Sequence[Event]]] = {
    "m.room.message": _said, "m.sticker": _sticker, "m.room.encrypted": _encrypted, "m.reaction": _reacted,
    "m.room.redaction": _redacted, "m.room.member": _member, "m.receipt": _receipt,
}  # fmt: skip
