"""Who may be meant, where a search found nobody, and who may be the same as somebody that is being written down."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.contact_search import MOST_WORDS
from crm.contacts import Contact, handles_of, identity, owners
from crm.rights import sees_contact
from crm.search import people_beginning
from crm.setup import setup
from crm.web.names import called, reach
from hub.languages import _
from hub.users import Viewer

SIMILAR = 5
LOOKED_AT = 50
BEGINNING = 3  # letters of a word
ALIKE = 0.8  # of the letters of a name


class Link(msgspec.Struct, frozen=True):
    """A contact to go to; `href` is "" for who may not open it, `why` says what speaks for it."""

    name: str
    href: str
    why: str = ""


def similar(session: Session, viewer: Viewer, q: str) -> list[Link]:
    """Give contacts with a word that begins as one of these does: slips of the pen come later in a word."""
    country = setup(session).company.country
    near = _nearest(session, viewer, q)[:SIMILAR]
    handles = handles_of(session, [one.id for one in near])
    return [Link(called(one.name, handles[one.id], country), f"/contacts/{one.id}") for one in near]


def alike(session: Session, viewer: Viewer, name: str, phone: str, mail: str) -> list[Link]:
    """Give contacts that somebody may be who is being written down: those with his number or address first."""
    country = setup(session).company.country
    owned = owners(session, identity(phone, mail, country))[:SIMILAR]
    found = {each.contact_id: _("has this number or address") for each in owned}
    for one in _nearest(session, viewer, name):
        if len(found) < SIMILAR and _likeness(name, one.name) >= ALIKE:
            found.setdefault(one.id, "")
    visible = select(Contact).where(Contact.id.in_(found), sees_contact(viewer))
    seen = {one.id: one for one in session.scalars(visible)}
    handles = handles_of(session, list(seen))
    return [
        Link(called(seen[each].name, handles[each], country), f"/contacts/{each}",
             why or reach(handles[each], country))
        if each in seen else Link(_("Somebody whom you do not see"), "", why)
        for each, why in found.items()
    ]  # fmt: skip


def _nearest(session: Session, viewer: Viewer, q: str) -> Sequence[Contact]:
    beginnings = sorted({word[:BEGINNING] for word in q.split() if len(word) >= BEGINNING})[:MOST_WORDS]
    likely = people_beginning(session, viewer, beginnings, LOOKED_AT)
    found = session.scalars(select(Contact).where(Contact.id.in_(likely))) if likely else ()
    return sorted(found, key=lambda one: (-_likeness(q, one.name), -one.id))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()
