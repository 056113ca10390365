"""A request that is read again, by a better map: what is understood now comes onto its card, and nothing goes off it.

Whatever people wrote meanwhile stays: a name that the card has, a number that somebody else has.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from crm import contacts, fields
from crm.contacts import Contact
from crm.setup import setup
from hub import audit
from hub.clock import now
from hub.events import FormSubmitted
from hub.said import said


def onto_card(
    session: Session, contact_id: int, event: FormSubmitted, recognised: Collection[str]
) -> Sequence[str]:
    """Add to a card what a request says that the card does not know, and give what that was, in words."""
    contact, state = session.get_one(Contact, contact_id), setup(session)
    added = _handles(session, contact, event)
    if event.name.strip() and not contact.name:
        contact.name = " ".join(event.name.split())
        added.append(contact.name)
    if event.company.strip() and contact.organisation_id is None:
        contact.organisation_id = contacts.organisation(session, event.company).id
        added.append(event.company.strip())
    kept, _odd = fields.keep(state.fields, contact.fields, event.fields, frozenset(recognised))
    new = {name: value for name, value in kept.items() if name not in contact.fields}
    contact.fields = {**contact.fields, **new}
    added += new
    if added:
        contact.changed_at = now()
        words = said("a form was read again: %(what)s", what=added)
        audit.record(session, audit.RINGBACK, audit.CHANGED, "contact", contact.id, words=words)
    return added


def _handles(session: Session, contact: Contact, event: FormSubmitted) -> list[str]:
    who = contacts.identity(event.phone, event.email, setup(session).company.country)
    new = contacts.free(session, who.handles)
    contacts.add_handles(session, contact.id, new)
    return [value for _kind, value in new]
