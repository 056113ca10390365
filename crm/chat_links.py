"""Links that tie a chat to a card: what a letter, a page or a campaign gives a messenger to carry along.

A payload has at most 64 letters of A-Z, a-z, 0-9, _ and -, which every messenger lets through ("/start PAYLOAD" of
Telegram). It names the contact and what the link stood in, and bears a mark that only this hub can make. What it does
not carry, such as "visit-12", is kept on the chat as it came.
"""

from __future__ import annotations

import hmac
import re
from typing import Literal, NamedTuple

from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import Contact
from hub import proofs

Source = Literal["letter", "visit", "campaign"]
SOURCES: dict[Source, str] = {"letter": "l", "visit": "v", "campaign": "m"}
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MARK = 24  # hexadecimal digits: 96 bits
_PURPOSE = b"ringback chat link"
_PAYLOAD = re.compile(
    r"(?P<what>c(?P<contact>[0-9a-z]{1,13})(?:-(?P<source>[lvm])(?P<number>[0-9a-z]{1,13}))?)-(?P<mark>[0-9a-f]{24})"
)


class Link(NamedTuple):
    """Whose link it is, and what it stood in: the number of an interaction, of a visit or of a campaign."""

    contact_id: int
    source: Source | None = None
    number: int = 0


def payload(session: Session, link: Link) -> str:
    """Give what a link carries."""
    what = f"c{_written(link.contact_id)}"
    if link.source is not None:
        what += f"-{SOURCES[link.source]}{_written(link.number)}"
    return f"{what}-{_mark(proofs.make_key(session), what)}"


def read(session: Session, carried: str) -> Link | None:
    """Give what a link said that we made; its contact as the card that he is by now. None for any other."""
    found = _PAYLOAD.fullmatch(carried)
    key = proofs.key_of(session) if found else None
    if found is None or key is None:
        return None
    if not hmac.compare_digest(_mark(key, found["what"]).encode(), found["mark"].encode()):
        return None
    contact_id = contacts.root(session, int(found["contact"], 36))
    if session.get(Contact, contact_id) is None:
        return None
    source = next((name for name, letter in SOURCES.items() if letter == found["source"]), None)
    return Link(contact_id, source, int(found["number"] or "0", 36))


def _mark(key: str, what: str) -> str:
    derived = hmac.digest(key.encode(), _PURPOSE, "sha256")
    return hmac.digest(derived, what.encode(), "sha256").hex()[:MARK]


def _written(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits or "0"
