"""Messengers on screens: what each is called, its mark, and how somebody is known there."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from crm import chats
from crm.chats import Chat
from crm.web.names import Way
from hub.channels import Channel, connector_kinds
from hub.languages import N_, _

NAMES = {
    "telegram": "Telegram", "whatsapp": "WhatsApp", "messenger": "Messenger", "instagram": "Instagram",
    "viber": "Viber", "vk": "VK", "matrix": "Matrix", "webchat": N_("Web chat"),
}  # fmt: skip
LONGEST = 60


def kind_in_words(kind: str) -> str:
    """Say which messenger a channel's kind is."""
    return _(NAMES[kind]) if kind in NAMES else kind.capitalize()


def icon_of(kind: str) -> str:
    """Give the mark of a messenger, that of chats where it has none of its own."""
    return kind if kind in NAMES else "chat"


def known_as(chat: Chat) -> str:
    """Say how somebody is known in a chat: his @name there, else his name, else the number of his account."""
    words = f"@{chat.username}" if chat.username else chat.name or chat.handle
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def ways_by_chat(session: Session, contact_id: int, ways: Sequence[Way]) -> list[Way]:
    """Give the ways to reach a contact, those of messengers as people know them; a web visitor's is none."""
    kinds = {kind.rules.handle: name for name, kind in connector_kinds().items() if kind.rules}
    known = {}
    for chat in reversed(chats.chats_of(session, contact_id)):
        channel = session.get_one(Channel, chat.channel_id)
        known[chats_handle(channel.kind), chat.handle] = chat
    return [
        _way(way, kinds[way.kind], known.get((way.kind, way.value))) if way.kind in kinds else way
        for way in ways
    ]


def chats_handle(kind: str) -> str:
    """Give the kind of handle by which a channel of this kind knows people."""
    rules = chats.rules_of(kind)
    return rules.handle if rules else kind


def _way(way: Way, kind: str, chat: Chat | None) -> Way:
    label = kind_in_words(kind)
    if chat is None:
        return Way(way.kind, icon_of(kind), way.value, "", label=label)
    named = chat.name if chat.username and chat.name else ""
    label = ", ".join(filter(None, (named, label)))
    return Way(way.kind, icon_of(kind), known_as(chat), "", label=label, blocked_at=chat.blocked_at)
