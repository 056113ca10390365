"""What a WhatsApp message holds, by its type.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import msgspec

from connectors.meta.errors import trouble, words
from connectors.meta.told import NOTHING, Told, identity, line, number, part, parts, text
from hub.chats import Media, Spot
from hub.forms import Field
from hub.said import said

ANSWERS = 50  # of a form that was filled in
CARDS = 20


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a message; fields as in `hub.chats.MessageReceived`."""

    text: str = ""
    media: tuple[Media, ...] = ()
    spot: Spot | None = None
    cards: tuple[Field, ...] = ()
    pressed: str = ""
    remarks: tuple[str, ...] = ()


def content_of(message: Told) -> Content:
    """Read what is in a message. One of a type that we do not know is there, and says so."""
    kind = line(message, "type")
    said_of = part(message, kind)
    if kind in _KINDS and said_of:
        return _KINDS[kind](said_of)
    return _unknown(message, kind)


def _text(told: Told) -> Content:
    return Content(text=text(told, "body"))


def _media(kind: Literal["photo", "video", "audio", "file", "sticker"]) -> Callable[[Told], Content]:
    def read(told: Told) -> Content:
        is_voice, moves = told.get("voice") is True, told.get("animated") is True
        media = Media(
            ref=identity(told, "id"), kind="voice" if is_voice else "animation" if moves else kind,
            name=line(told, "filename"), type=line(told, "mime_type").partition(";")[0].strip(),
        )  # fmt: skip
        if not media.ref:
            raise ValueError(said("It names no file."))
        return Content(text=text(told, "caption"), media=(media,))

    return read


def _location(told: Told) -> Content:
    latitude, longitude = number(told, "latitude"), number(told, "longitude")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004 - degrees
        raise ValueError(said("It is no place on earth."))
    spot = Spot(
        latitude=latitude, longitude=longitude, name=line(told, "name"), address=line(told, "address")
    )
    return Content(text=line(told, "url"), spot=spot)


def _button(told: Told) -> Content:
    return Content(text=text(told, "text"), pressed=line(told, "payload") or line(told, "text"))


def _interactive(told: Told) -> Content:
    """Read a button of ours that was pressed, a line of a list that was chosen, or a form that was filled in."""
    chosen = part(told, "button_reply") or part(told, "list_reply")
    if chosen:
        return Content(text=text(chosen, "title"), pressed=line(chosen, "id"))
    form = part(told, "nfm_reply")
    return Content(text="\n".join(filter(None, (text(form, "body"), *_filled_in(form)))))


def _filled_in(form: Told) -> Iterator[str]:
    try:
        answers = json.loads(text(form, "response_json") or "{}")
    except (ValueError, RecursionError):
        return
    known: Told = answers if isinstance(answers, dict) else NOTHING
    for name in list(known)[:ANSWERS]:
        if name != "flow_token" and (value := line(known, name)):
            yield f"{line({'name': name}, 'name')}: {value}"


def _order(told: Told) -> Content:
    rows = [text(told, "text")]
    for item in parts(told, "product_items"):
        price = f"{line(item, 'item_price')} {line(item, 'currency')}".strip()
        rows.append(
            f"{line(item, 'quantity') or '1'} \N{MULTIPLICATION SIGN} {line(item, 'product_retailer_id')}, {price}"
        )
    remark = said("An order from the catalogue %(number)s.", number=line(told, "catalog_id"))
    return Content(text="\n".join(filter(None, rows)), remarks=(remark,))


def _system(told: Told) -> Content:
    """Read what WhatsApp itself says, such as that somebody has another number now."""
    number_ = line(told, "wa_id", "new_wa_id")
    remarks = [said("WhatsApp says this, not the customer.")]
    if number_:
        remarks.append(said("The new number is %(number)s.", number=f"+{number_}"))
    return Content(text=text(told, "body"), remarks=tuple(remarks))


def cards_of(message: Told) -> tuple[Field, ...]:
    """Give the contacts that somebody passed on, one field for each thing that is known of them."""
    found: list[Field] = []
    for card in list(parts(message, "contacts"))[:CARDS]:
        named, firm = part(card, "name"), part(card, "org")
        found.append(Field("name", line(named, "formatted_name") or _joined(named), "name"))
        found += [Field("phone", line(each, "phone", "wa_id"), "phone") for each in parts(card, "phones")]
        found += [Field("email", line(each, "email"), "email") for each in parts(card, "emails")]
        found.append(Field("company", line(firm, "company"), "company"))
        found += [Field("address", _address(each)) for each in parts(card, "addresses")]
    return tuple(field for field in found if field.value)[: CARDS * 10]


def _joined(named: Told) -> str:
    return " ".join(filter(None, (line(named, "first_name"), line(named, "last_name"))))


def _address(told: Told) -> str:
    return ", ".join(filter(None, (line(told, name) for name in ("street", "zip", "city", "country"))))


def _unknown(message: Told, kind: str) -> Content:
    cards = cards_of(message) if kind == "contacts" else ()
    if cards:
        return Content(cards=cards)
    why = [words(trouble(each)) for each in parts(message, "errors")]
    which = line(part(message, "unsupported"), "type") or kind or "—"
    remark = said(
        "WhatsApp does not hand over messages of this kind (%(kind)s); ask what was in it.", kind=which
    )
    return Content(text=text(part(message, kind), "body", "caption"), remarks=(remark, *why))


_KINDS: Mapping[str, Callable[[Told], Content]] = {
    "text": _text,
    "image": _media("photo"),
    "video": _media("video"),
    "audio": _media("audio"),
    "document": _media("file"),
    "sticker": _media("sticker"),
    "location": _location,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "system": _system,
}
