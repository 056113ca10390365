"""Who wrote a letter: the contact whose address it is, found or made. The name beside it proves nothing."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import Contact
from crm.setup import Setup
from hub.clock import now
from hub.letters import LetterReceived
from hub.said import said


class Writer(NamedTuple):
    """Whose card it goes to, and what was odd about finding out; `reachable`: he can be answered."""

    contact: Contact
    remarks: tuple[str, ...] = ()
    reachable: bool = True


def known_writer(session: Session, address: str, state: Setup) -> Contact | None:
    """Give the contact who has a mail address."""
    likely = contacts.owners(session, contacts.identity("", address, state.company.country))
    return session.get_one(Contact, likely[0].contact_id) if likely else None


def writer_of(session: Session, event: LetterReceived, state: Setup, department_id: int | None) -> Writer:
    """Give who wrote a letter; somebody new gets a card. No address has two owners, so there is nothing to guess."""
    name, address = _name(event), event.sender.address if event.sender else ""
    known = known_writer(session, address, state)
    if known is not None:
        return _known(known, name)
    who = contacts.identity("", address, state.company.country)
    contact_id = contacts.add_contact(session, name, who.handles, department_id=department_id)
    contact = Contact(id=contact_id, name=name, department_id=department_id)  # as a reader would find it
    if who.handles:
        return Writer(contact)
    return Writer(contact, (said("No contact data: no mail address that can be reached."),), reachable=False)


def _known(contact: Contact, name: str) -> Writer:
    # Written each time: of two letters that meet here, the second is run again and sees the first.
    contact.changed_at = now()
    contact.name = contact.name or name
    if name and name.casefold() != contact.name.casefold():
        return Writer(contact, (said("Gives the name “%(name)s”.", name=name),))
    return Writer(contact)


def _name(event: LetterReceived) -> str:
    """Give the name on one line; a name that is written as an address is none."""
    name = " ".join(event.sender.name.split()) if event.sender else ""
    return "" if "@" in name else name
