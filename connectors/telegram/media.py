"""The files of a message: what they are, and which Telegram gives to no bot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from connectors.telegram.text import line
from connectors.telegram.wire import Held, Message
from hub.chats import Media
from hub.said import said

LARGEST = 20 * 1024 * 1024
"""Bytes of a file that a bot may fetch (https://core.telegram.org/bots/api#getfile)."""
_REF, _DAY = 1_000, 86_400.0
_TYPES = {"photo": "image/jpeg", "voice": "audio/ogg", "audio": "audio/mpeg", "video": "video/mp4"}

Kind = Literal["photo", "voice", "audio", "video", "file", "sticker", "animation"]


def media_of(message: Message) -> Iterator[Media]:
    """Give the files; an animation comes as a document as well, and is one file."""
    if message.photo:
        yield _media(
            "photo", max(message.photo, key=lambda each: (each.width * each.height, each.file_size or 0))
        )
    if message.sticker:
        yield _media("sticker", message.sticker, _sticker_type(message.sticker))
    kinds: tuple[tuple[Kind, Held | None], ...] = (
        ("voice", message.voice), ("audio", message.audio), ("video", message.video), ("video", message.video_note),
        ("animation", message.animation), ("file", None if message.animation else message.document),
    )  # fmt: skip
    for kind, held in kinds:
        if held:
            yield _media(kind, held)


def _media(kind: Kind, held: Held, type_: str = "") -> Media:
    size = held.file_size if held.file_size and held.file_size > 0 else None
    return Media(
        ref=line(held.file_id, _REF),
        kind=kind,
        name=line(held.file_name or " - ".join(filter(None, (held.performer, held.title)))),
        type=line(held.mime_type) or type_ or _TYPES.get(kind, ""),
        size=size,
        seconds=_seconds(held.duration),
        lost=_lost(size),
    )


def _lost(size: int | None) -> str:
    if size is None or size <= LARGEST:
        return ""
    return said(
        "Telegram gives a bot no file of more than 20 MB, and this one has %(size)s MB. Ask for it another way.",
        size=-(-size // 1_000_000),
    )


def _sticker_type(held: Held) -> str:
    return "application/x-tgsticker" if held.is_animated else "video/webm" if held.is_video else "image/webp"


def _seconds(duration: float | None) -> float | None:
    return duration if duration is not None and 0 < duration < _DAY else None
