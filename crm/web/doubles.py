"""Who a card may be, while nobody has said it: contacts with the number or address of its request."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, desk
from crm.contacts import PHONE, Contact, Handle, Identity
from crm.conversations import Interaction
from crm.rights import sees_contact
from crm.web.names import Way, called, reach, ways
from hub.users import Viewer

SHORT = 100  # letters of an answer that may be a number or an address


class Double(msgspec.Struct, frozen=True):
    """A contact that a card may be, and what speaks for it; `href` is "" for who may not open it."""

    id: int
    name: str
    href: str
    why: str


def doubles(session: Session, viewer: Viewer, card: Contact, country: str) -> list[Double]:
    """Give the contacts that a card may be."""
    likely = desk.candidates(session, card)
    if not likely:
        return []
    ids = [each.id for each in likely]
    visible = set(session.scalars(select(Contact.id).where(Contact.id.in_(ids), sees_contact(viewer))))
    handles, said = contacts.handles_of(session, ids), _said(session, card, country)
    return [
        Double(each.id, called(each.name, handles[each.id], country),
               f"/contacts/{each.id}" if each.id in visible else "", _why(handles[each.id], said, country))
        for each in likely
    ]  # fmt: skip


def said_ways(session: Session, card: Contact, country: str) -> list[Way]:
    """Give the numbers and addresses of a card's request, which may be somebody's whose they are already."""
    found = [Handle(kind=kind, value=value) for kind, value in _said(session, card, country).handles]
    return [msgspec.structs.replace(way, label="as sent") for way in ways(found, country)]


def _said(session: Session, card: Contact, country: str) -> Identity:
    """Read the numbers and addresses out of the answers of a card's requests."""
    requests = select(Interaction.fields).where(Interaction.contact_id == card.id, Interaction.kind == "form")
    handles: list[tuple[str, str]] = []
    spellings: list[tuple[str, str]] = []
    for answers in session.scalars(requests.order_by(Interaction.id.desc()).limit(3)):
        for answer in answers:
            if len(answer["value"]) <= SHORT:
                read = contacts.identity(answer["value"], answer["value"], country)
                handles += read.handles
                spellings += read.spellings
    return Identity(tuple(dict.fromkeys(handles)), tuple(spellings))


def _why(has: Sequence[Handle], said: Identity, country: str) -> str:
    for handle in has:
        (way,) = ways([handle], country)
        if (handle.kind, handle.value) in said.handles:
            return f"same {'number' if handle.kind == PHONE else 'address'} {way.value}"
        if (handle.kind, handle.value) in said.spellings:
            return f"same number written differently, {way.value}"
    return reach(has, country)
