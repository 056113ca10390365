"""What somebody would find in the console: the cards of a name, with what was said on the form."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.contacts import Contact, handles_of
from crm.conversations import Interaction
from crm.tasks import Task


@dataclass(frozen=True, slots=True)
class Seen:
    """One form on one card."""

    contact_id: int
    name: str
    answers: dict[str, str]
    message: str
    remarks: str
    handles: tuple[str, ...]
    tasks: int


def seen(session: Session, name: str) -> Seen:
    """Give the one form on the one card of this name; anything but one is a failure."""
    [(contact, form)] = session.execute(
        select(Contact, Interaction).join_from(Interaction, Contact).where(Contact.name == name)
    ).all()
    return Seen(
        contact.id, contact.name, {field["label"]: field["value"] for field in form.fields}, form.text,
        " ".join(form.remarks), tuple(handle.value for handle in handles_of(session, [contact.id])[contact.id]),
        session.scalar(select(func.count(Task.id)).where(Task.contact_id == contact.id)) or 0,
    )  # fmt: skip


def latest(session: Session) -> Seen:
    """Give the form that came last."""
    form = session.scalars(select(Interaction).order_by(Interaction.id.desc()).limit(1)).one()
    contact = session.get_one(Contact, form.contact_id)
    answers = {field["label"]: field["value"] for field in form.fields}
    return Seen(contact.id, contact.name, answers, form.text, " ".join(form.remarks), (), 1)
