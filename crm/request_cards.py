"""Whose card a request is from: one that is known and learns what is new, or one of its own."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import contacts, conversations, fields, letters
from crm.contacts import Contact, Identity, Likeness
from crm.request_words import called, recognised
from crm.setup import Setup
from hub.channels import LiveChannel
from hub.clock import now
from hub.events import FormSubmitted
from hub.journal import Inbound
from hub.said import said
from hub.users import Department


class Card(NamedTuple):
    """The contact that a request is from: whose it is, and what was odd about finding out.

    `reachable`: a number or an address is known by which it can be answered.
    """

    id: int
    name: str
    responsible_id: int | None
    department_id: int | None
    conversation_id: int
    remarks: tuple[str, ...]
    reachable: bool = True


def card_of(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, state: Setup,
    department: Department | None,
) -> Card:  # fmt: skip
    """One candidate is the same person and learns new handles; none or several make a card of its own."""
    who = contacts.identity(event.phone, event.email, state.company.country)
    likely = contacts.owners(session, who)
    if len(likely) > 1:
        likely = contacts.settled(session, likely)
        who = Identity(contacts.free(session, who.handles), who.spellings)
    if len(likely) == 1:
        return _known_card(session, item, channel, event, state, who, likely[0])
    kept, odd = fields.keep(state.fields, {}, event.fields, recognised(event))
    reachable = bool(likely or who.handles)
    if not reachable:
        odd.append(said("No contact data: neither a phone number nor a mail address that can be reached."))
    if likely:
        odd.append(contacts.several(len(likely)))
    department_id = department.id if department else None
    firm = contacts.organisation(session, event.company).id if event.company.strip() else None
    contact_id = contacts.add_contact(
        session, called(event), who.handles, fields=kept, department_id=department_id,
        organisation_id=firm, maybe=[each.contact_id for each in likely] or None,
    )  # fmt: skip
    conversation_id = conversations.open_conversation(
        session, contact_id, channel.id, event.subject or event.form or channel.title, item.received_at
    )
    return Card(contact_id, called(event), None, department_id, conversation_id, tuple(odd), reachable)


def _known_card(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, state: Setup, who: Identity,
    likeness: Likeness,
) -> Card:  # fmt: skip
    contact = session.get_one(Contact, likeness.contact_id)
    has = {(handle.kind, handle.value) for handle in contacts.handles_of(session, [contact.id])[contact.id]}
    contacts.add_handles(session, contact.id, [handle for handle in who.handles if handle not in has])
    contact.fields, odd = fields.keep(state.fields, contact.fields, event.fields, recognised(event))
    contact.changed_at = now()
    name = called(event)
    contact.name = contact.name or name
    if name and name.casefold() != contact.name.casefold():
        odd.append(said("Gives the name “%(name)s”.", name=name))
    if event.company.strip() and contact.organisation_id is None:
        contact.organisation_id = contacts.organisation(session, event.company).id
    # Of a mailbox each thread is a conversation of its own, and a form that is mailed belongs to none.
    found = conversations.open_conversation if channel.kind == letters.KIND else conversations.conversation_on
    subject = event.subject or event.form or channel.title
    conversation_id = found(session, contact.id, channel.id, subject, item.received_at)
    return Card(
        contact.id, contact.name, contact.responsible_id, contact.department_id, conversation_id, tuple(odd)
    )
