"""A contact that somebody passed on in a chat."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crm.chats import ChatMessage
from hub.languages import _


class Card(msgspec.Struct, frozen=True):
    """A contact that somebody passed on: as what it can be made one, and its numbers as pairs of label and value."""

    name: str
    phone: str
    mail: str
    ways: Sequence[tuple[str, str]]


def card_of(message: ChatMessage) -> Card | None:
    """Show whom somebody passed on. What a value is, its label or its look says."""
    pairs = [(each.get("label", ""), each.get("value", "")) for each in message.cards if each.get("value")]
    if not pairs:
        return None
    by_label = {label.casefold(): value for label, value in reversed(pairs)}
    phone = next((by_label[each] for each in ("phone", "phone_number", "tel") if each in by_label), "")
    mail = next((value for _label, value in pairs if "@" in value), "")
    name = by_label.get("name", "")
    ways = [(label, value) for label, value in pairs if value != name]
    return Card(name or _("A contact"), phone, mail, ways)
