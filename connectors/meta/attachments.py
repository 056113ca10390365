"""What hangs on a message of Messenger or Instagram: files, places, and what was shared.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from connectors.meta.told import Told, line, number, part, parts, text
from hub.chats import Media, Spot
from hub.said import said

ADDRESS = 4_000  # letters; signed ones are long
_FILES: Mapping[str, Literal["photo", "video", "audio", "file", "sticker"]] = {
    "image": "photo", "video": "video", "audio": "audio", "file": "file", "sticker": "sticker",
    "story_mention": "photo",
}  # fmt: skip


class Attached(NamedTuple):
    """All that hangs on one message; `lines` are what of it is words."""

    media: tuple[Media, ...]
    spot: Spot | None
    lines: tuple[str, ...]
    remarks: tuple[str, ...]


def attached_to(message: Told) -> Attached:
    """Read it all; a picture that is there as a sticker as well is one."""
    found = list(parts(message, "attachments"))
    stickers = {_url(each) for each in found if line(each, "type") == "sticker"}
    media = [
        _media(each) for each in found
        if _is_file(each) and not (line(each, "type") == "image" and _url(each) in stickers)
    ]  # fmt: skip
    spots = (_spot(each) for each in found if line(each, "type") == "location")
    rest = [each for each in found if not _is_file(each) and line(each, "type") != "location"]
    return Attached(
        tuple({each.ref: each for each in media}.values()),
        next(filter(None, spots), None),
        tuple(filter(None, map(_shared, rest))),
        tuple(remark for each in found for remark in _remarks(each)),
    )


def _is_file(told: Told) -> bool:
    return line(told, "type") in _FILES and bool(_url(told))


def _url(told: Told) -> str:
    url = text(part(told, "payload"), "url") or text(told, "url")
    return url if url.isascii() and url.isprintable() and len(url) <= ADDRESS and " " not in url else ""


def _media(told: Told) -> Media:
    """Give a file; a picture that was sent as a sticker says so by its id."""
    kind = _FILES[line(told, "type")]
    is_sticker = kind == "photo" and bool(text(part(told, "payload"), "sticker_id"))
    return Media(
        ref=_url(told), kind="sticker" if is_sticker else kind, name=line(part(told, "payload"), "name")
    )


def _spot(told: Told) -> Spot | None:
    payload = part(told, "payload")
    place = part(payload, "coordinates")
    latitude, longitude = number(place, "lat"), number(place, "long")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004 - degrees
        return None
    return Spot(latitude=latitude, longitude=longitude, name=line(told, "title"))


def _shared(told: Told) -> str:
    """Give what was shared as a line that says what it is and where."""
    payload = part(told, "payload")
    title = line(told, "title") or line(payload, "title")
    return " ".join(filter(None, (title, _url(told)))) or _products(payload)


def _products(payload: Told) -> str:
    elements = parts(part(payload, "product"), "elements")
    return "\n".join(filter(None, (" ".join(_of_product(each)) for each in elements)))


def _of_product(element: Told) -> Iterator[str]:
    return filter(None, (line(element, name) for name in ("title", "subtitle", "retailer_id")))


def _remarks(told: Told) -> Iterator[str]:
    kind = line(told, "type")
    if kind == "story_mention":
        yield said("Mentions us in a story.")
    elif kind in {"share", "reel", "ig_reel", "post", "ig_post"}:
        yield said("Shares something that was posted.")
    elif not _is_file(told) and kind != "location" and not _shared(told):
        yield said("Meta does not hand over what hangs on it (%(kind)s); ask what it was.", kind=kind or "—")
