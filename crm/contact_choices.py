"""Which contact a task is with, where several may be meant: a person chooses."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import merging, tasks
from crm.contacts import Contact
from crm.desk import contact_changed
from crm.refusals import Refusal
from crm.tasks import Task
from crm.written import written
from hub import audit
from hub.languages import _
from hub.said import said
from hub.users import Viewer


def candidates(session: Session, card: Contact) -> list[Contact]:
    """Give the contacts that a card may be, as they are today: some may have become one meanwhile."""
    found: dict[int, Contact] = {}
    for contact_id in card.maybe or ():
        other = session.get(Contact, contact_id)
        while other is not None and other.merged_into_id is not None:
            other = session.get(Contact, other.merged_into_id)
        if other is not None and other.id != card.id:
            found[other.id] = other
    return list(found.values())


@written
def choose_contact(session: Session, viewer: Viewer, task: Task, other_id: int | None) -> Contact:
    """Say who a request is from, where it might be several: a contact we know, or somebody new (None)."""
    card = session.get(Contact, task.contact_id) if task.contact_id else None
    if card is None or card.maybe is None:
        raise Refusal(_("It is known already who this is"))
    if other_id is None:
        card.maybe = None
        audit.record(session, viewer, audit.CHANGED, "contact", card.id, words=said("is somebody new"))
        contact_changed(session, card)
        return card
    other = next((each for each in candidates(session, card) if each.id == other_id), None)
    if other is None:
        raise Refusal(_("Choose one of the cards that were offered"))
    merging.merge(session, viewer, card.id, other.id)
    tasks.changed(session, task, viewer.user_id, said("it is %(name)s", name=other.name))
    return other
