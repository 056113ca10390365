"""Who a card may be, while nobody has said it: contacts with the number or address of its request."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from crm import contact_choices, contacts
from crm.contacts import PHONE, Contact, Handle, Identity
from crm.conversations import Interaction
from crm.duplicates import Pair, reasons_of
from crm.meanwhile import said_by
from crm.rights import sees_contact, sees_pair
from crm.web.names import Way, called, reach, ways
from crm.web.reasons import told
from hub.languages import _
from hub.users import Viewer

MOST = 3  # likely ones that a card shows; the room has the others


class Double(msgspec.Struct, frozen=True):
    """A contact that a card may be, and what speaks for it.

    `href` is "" for who may not open it; `pair` shows both side by side.
    """

    id: int
    name: str
    href: str
    why: str
    pair: str = ""


def doubles(session: Session, viewer: Viewer, card: Contact, country: str) -> list[Double]:
    """Give the contacts that a card may be: those that its request asks for, and the likeliest by what they are."""
    pairs = {
        pair.b_id if pair.a_id == card.id else pair.a_id: pair
        for pair in session.scalars(
            select(Pair)
            .where(_his(card.id), sees_pair(viewer), Pair.dismissed_at.is_(None))
            .order_by(Pair.score.desc())
            .limit(MOST)
        )
    }
    asked = contact_choices.candidates(session, card)
    found = {each.id: each for each in asked} | {each: session.get_one(Contact, each) for each in pairs}
    if not found:
        return []
    visible = set(session.scalars(select(Contact.id).where(Contact.id.in_(found), sees_contact(viewer))))
    handles = contacts.handles_of(session, list(found))
    said = _said(session, card, country) if asked else Identity((), ())
    return [
        Double(
            each.id, called(each.name, handles[each.id], country),
            f"/contacts/{each.id}" if each.id in visible else "",
            _why(handles[each.id], said, country)
            if each in asked else ", ".join(told(reasons_of(pairs[each.id]), country)),
            f"/duplicates/{pairs[each.id].id}" if each.id in pairs else "",
        )
        for each in found.values()
    ]  # fmt: skip


def _his(contact_id: int) -> ColumnElement[bool]:
    return or_(Pair.a_id == contact_id, Pair.b_id == contact_id)


def said_ways(session: Session, card: Contact, country: str) -> list[Way]:
    """Give the numbers and addresses of a card's request, which may be somebody's whose they are already."""
    found = [Handle(kind=kind, value=value) for kind, value in _said(session, card, country).handles]
    return [msgspec.structs.replace(way, label=_("as sent")) for way in ways(found, country)]


def _said(session: Session, card: Contact, country: str) -> Identity:
    """Read the numbers and addresses out of the answers of a card's requests."""
    requests = select(Interaction).where(
        Interaction.contact_id == card.id, Interaction.kind.in_(("form", "order"))
    )
    read = [
        said_by(each, country) for each in session.scalars(requests.order_by(Interaction.id.desc()).limit(3))
    ]
    handles = dict.fromkeys(handle for each in read for handle in each.handles)
    return Identity(tuple(handles), tuple(spelling for each in read for spelling in each.spellings))


def _why(has: Sequence[Handle], said: Identity, country: str) -> str:
    for handle in has:
        (way,) = ways([handle], country)
        if (handle.kind, handle.value) in said.handles:
            return (
                _("same number %(value)s", value=way.value)
                if handle.kind == PHONE
                else _("same address %(value)s", value=way.value)
            )
        if (handle.kind, handle.value) in said.spellings:
            return _("same number written differently, %(value)s", value=way.value)
    return reach(has, country)
