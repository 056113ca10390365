"""Who may see and change what. Every page, fragment, API answer and notice asks here.

An agent sees what is his own or his department's, a head what is his department's, manager and admin everything.
What one may see, one may work on.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from crm.contacts import Contact
from crm.conversations import Interaction
from crm.tasks import Task
from hub.users import Viewer


def sees_task(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which tasks this viewer sees."""
    if viewer.sees_all:
        return true()
    own = Task.assignee_id == viewer.user_id
    if viewer.department_id is None:
        return own
    return or_(own, Task.department_id == viewer.department_id)


def sees_contact(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which contacts this viewer sees: own, own department's, and those he has a task with."""
    if viewer.sees_all:
        return true()
    with_a_task = Contact.id.in_(select(Task.contact_id).where(sees_task(viewer)))
    own = Contact.responsible_id == viewer.user_id
    if viewer.department_id is None:
        return or_(own, with_a_task)
    return or_(own, Contact.department_id == viewer.department_id, with_a_task)


def sees_interaction(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which interactions this viewer sees: those of contacts he sees."""
    if viewer.sees_all:
        return true()
    return Interaction.contact_id.in_(select(Contact.id).where(sees_contact(viewer)))


def task_for(session: Session, viewer: Viewer, task_id: int) -> Task | None:
    """Give a task if this viewer may see it."""
    return session.scalar(select(Task).where(Task.id == task_id, sees_task(viewer)))


def contact_for(session: Session, viewer: Viewer, contact_id: int) -> Contact | None:
    """Give a contact if this viewer may see it; one that was merged leads to where it went."""
    contact = session.scalar(select(Contact).where(Contact.id == contact_id, sees_contact(viewer)))
    while contact is not None and contact.merged_into_id is not None:
        contact = session.get(Contact, contact.merged_into_id)
    return contact
