"""The tags of a card: put on while typing, taken off with a press."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session
from yarl import URL

from crm.contacts import Contact
from crm.tags import tags_of


class Mark(msgspec.Struct, frozen=True):
    """A tag on a card; `href` leads to all who have it, `off` takes it off."""

    name: str
    href: str
    off: str


def marks(session: Session, contact: Contact) -> list[Mark]:
    """Give the tags of a contact."""
    return [
        Mark(
            tag.name,
            str(URL("/contacts").with_query({"tag": tag.id})),
            f"/contacts/{contact.id}/tags/{tag.id}",
        )
        for tag in tags_of(session, [contact.id])[contact.id]
    ]
