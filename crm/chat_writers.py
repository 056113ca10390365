"""Who writes in a chat: the contact whose handle it is, found or made. The name that he gives himself proves nothing.

A number or an address of which the messenger says that it is his leads to a card by the rules for forms: one
candidate is the same person; several, or another one in a chat whose card we have, are asked about (ADR 0016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import Contact, Identity, Likeness
from crm.setup import Setup
from hub.chats import Chatter
from hub.clock import now
from hub.said import said

LONGEST = 200  # letters of a name


class Writer(NamedTuple):
    """Whose card it is, and what was odd about finding out."""

    contact: Contact
    remarks: tuple[str, ...] = ()


def writer_of(
    session: Session, sender: Chatter, kind: str, state: Setup, department_id: int | None, linked: int | None = None
) -> Writer:  # fmt: skip
    """Give who writes in a chat that is new; `linked` is the contact whose link he followed, if that was his own."""
    known = contacts.find(session, kind, sender.id)
    if known is None and linked is not None and not _has(session, linked, kind):
        known, linked = linked, None
    who = _proven(sender, state)
    likely = contacts.owners(session, who) if known is None else [Likeness(known, "")]
    if len(likely) > 1:
        likely = contacts.settled(session, likely)
    if len(likely) == 1:
        found = session.get_one(Contact, likely[0].contact_id)
        return _known(session, found, sender, kind, state, linked)
    remarks = (contacts.several(len(likely)),) if likely else ()
    handles = ((kind, sender.id), *contacts.free(session, who.handles))
    maybe = [each.contact_id for each in likely] or None
    contact_id = contacts.add_contact(
        session, called(sender), handles, department_id=department_id, maybe=maybe
    )
    made = session.get_one(Contact, contact_id)
    return Writer(made, (*remarks, *may_be(session, made, [linked] if linked is not None else [])))


def learn(session: Session, contact: Contact, who: Identity) -> tuple[str, ...]:
    """Add numbers and addresses that turned out to be somebody's own, and say what was odd.

    Where another card has one of them, this card asks who it is: two people are never made one without a person.
    """
    others = [each for each in contacts.owners(session, who) if each.contact_id != contact.id]
    contacts.add_handles(session, contact.id, contacts.free(session, who.handles))
    return may_be(session, contact, [each.contact_id for each in others])


def may_be(session: Session, contact: Contact, others: Sequence[int]) -> tuple[str, ...]:
    """Have a card ask whether it is one of these others, each once."""
    new = [each for each in others if each not in {contact.id, *(contact.maybe or ())}]
    if not new:
        return ()
    names = [session.get_one(Contact, each).name or said("A card without a name") for each in new]
    contact.maybe = [*(contact.maybe or ()), *new]
    return (said("This may be %(names)s: choose who it is.", names=names),)


def called(sender: Chatter) -> str:
    """Give the name on one line; where he gives none, the one by which the messenger knows him."""
    return " ".join((sender.name or sender.username)[: 4 * LONGEST].split())[:LONGEST]


def _known(
    session: Session, contact: Contact, sender: Chatter, kind: str, state: Setup, linked: int | None
) -> Writer:
    # Written each time: of two messages that meet here, the second is run again and sees the first.
    contact.changed_at = now()
    name = called(sender)
    contact.name = contact.name or name
    remarks: list[str] = []
    if sender.name and name.casefold() != contact.name.casefold():
        remarks.append(said("Gives the name “%(name)s”.", name=name))
    contacts.add_handles(session, contact.id, contacts.free(session, [(kind, sender.id)]))
    remarks += learn(session, contact, _proven(sender, state))
    remarks += may_be(session, contact, [linked] if linked is not None else [])
    return Writer(contact, tuple(remarks))


def _has(session: Session, contact_id: int, kind: str) -> bool:
    """Tell whether somebody is known to a messenger already: then his link may have been passed on to another."""
    return any(each.kind == kind for each in contacts.handles_of(session, [contact_id])[contact_id])


def _proven(sender: Chatter, state: Setup) -> Identity:
    return contacts.identity(sender.phone, sender.email, state.company.country)
