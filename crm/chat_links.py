"""Links that tie a chat to a card: what a letter or a page gives a messenger to carry along.

A payload has at most 64 letters of A-Z, a-z, 0-9, _ and -, which every messenger lets through ("/start PAYLOAD" of
Telegram). It names the contact, and bears a mark that only this hub can make. What it does not carry, such as
"visit-12", is kept on the chat as it came.
"""

from __future__ import annotations

import hmac
import re
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import Contact
from hub import channel_marks, proofs
from hub.channels import Channel, connector_kinds
from hub.chats import NAME
from hub.shapes import convert

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MARK = 24  # hexadecimal digits: 96 bits
_PURPOSE = b"ringback chat link"
_PAYLOAD = re.compile(r"(?P<what>c(?P<contact>[0-9a-z]{1,13}))-(?P<mark>[0-9a-f]{24})")


class Link(NamedTuple):
    """Where a chat with a contact begins, by which channel."""

    channel_id: int
    title: str
    kind: str
    href: str


def links_of(session: Session, contact_id: int) -> list[Link]:
    """Give the links by which a contact begins a chat that is tied to his card; none before the hub has its key."""
    carried = payload(session, contact_id)
    found = []
    rows = select(Channel).where(Channel.paused_at.is_(None)).order_by(Channel.title, Channel.id)
    for row in session.scalars(rows) if carried else ():
        kind = connector_kinds().get(row.kind)
        name = channel_marks.find(session, row.id, NAME) if kind and kind.rules and kind.rules.link else ""
        if kind and kind.rules and name:
            href = kind.rules.link.format(name=quote(name, safe=""), start=carried)
            found.append(Link(row.id, row.title, row.kind, href))
    return found


def name_of(session: Session, channel: Channel) -> str:
    """Give by which name a messenger knows a channel, "" as long as nobody said it."""
    made = connector_kinds().get(channel.kind)
    with suppress(ValueError):
        if made is not None:
            settings = convert(channel.settings, made.settings_type)
            if called := made(channel.name, channel.token, settings).called():
                return called
    return channel_marks.find(session, channel.id, NAME)


def payload(session: Session, contact_id: int) -> str:
    """Give what a link carries, "" before the hub has its key."""
    return signed(session, f"c{written(contact_id)}")


def signed(session: Session, what: str) -> str:
    """Give what a link carries that says this, "" before the hub has its key."""
    key = proofs.key_of(session)
    return f"{what}-{_mark(key, what)}" if key is not None else ""


def is_signed(session: Session, what: str, mark: str) -> bool:
    """Tell whether this hub made a mark for what a link says."""
    key = proofs.key_of(session)
    return key is not None and hmac.compare_digest(_mark(key, what).encode(), mark.encode())


def read(session: Session, carried: str) -> int | None:
    """Give whose a link is that we made: the card that he is by now. None for any other."""
    found = _PAYLOAD.fullmatch(carried)
    if found is None or not is_signed(session, found["what"], found["mark"]):
        return None
    contact_id = contacts.root(session, int(found["contact"], 36))
    return contact_id if session.get(Contact, contact_id) is not None else None


def _mark(key: str, what: str) -> str:
    derived = hmac.digest(key.encode(), _PURPOSE, "sha256")
    return hmac.digest(derived, what.encode(), "sha256").hex()[:MARK]


def written(number: int) -> str:
    """Write a number as links carry it."""
    digits = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits or "0"
