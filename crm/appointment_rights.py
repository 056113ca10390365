"""Who may see which appointments: whose they are, his department, and whoever sees the contact.

That somebody is taken at an hour everybody may know who plans for others; with whom he is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from crm.appointments import MOST, Appointment, Wish
from crm.contacts import Contact
from crm.rights import sees_contact, sees_task
from crm.tasks import Task
from hub.users import User, Viewer


def sees_appointment(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which appointments this viewer sees."""
    if viewer.sees_all:
        return true()
    theirs = select(Contact.id).where(Contact.id == Appointment.contact_id, sees_contact(viewer))
    seen = [Appointment.person_id == viewer.user_id, theirs.correlate(Appointment).exists()]
    if viewer.department_id is not None:
        colleagues = select(User.id).where(User.department_id == viewer.department_id)
        seen.insert(1, Appointment.person_id.in_(colleagues))
    return or_(*seen)


def appointment_for(session: Session, viewer: Viewer, appointment_id: int) -> Appointment | None:
    """Give an appointment if this viewer may see it."""
    return session.scalar(
        select(Appointment).where(Appointment.id == appointment_id, sees_appointment(viewer))
    )


def between(
    session: Session, viewer: Viewer, people: Sequence[int], since: datetime, until: datetime
) -> Sequence[tuple[Appointment, bool]]:
    """Give what some people have between two moments, in order, and whether this viewer sees with whom."""
    wanted = select(Appointment, sees_appointment(viewer)).where(
        Appointment.person_id.in_(people), Appointment.cancelled_at.is_(None),
        Appointment.busy_from < until, Appointment.busy_until > since,
    )  # fmt: skip
    rows = session.execute(wanted.order_by(Appointment.starts_at, Appointment.id).limit(MOST)).all()
    return [(row[0], bool(row[1])) for row in rows]


def of_deal(session: Session, viewer: Viewer, deal_id: int) -> Sequence[Appointment]:
    """Give the appointments of a deal, the latest first."""
    return _some(session, viewer, Appointment.deal_id == deal_id)


def of_contact(session: Session, viewer: Viewer, contact_id: int) -> Sequence[Appointment]:
    """Give the appointments with a contact, the latest first."""
    return _some(session, viewer, Appointment.contact_id == contact_id)


def wishes(
    session: Session, viewer: Viewer, *, deal_id: int | None = None, contact_id: int | None = None
) -> Sequence[tuple[Wish, Task]]:
    """Give the tasks that need a time, of a deal, of a contact, or all that this viewer sees."""
    wanted = (
        select(Wish, Task)
        .join(Task, Task.id == Wish.task_id)
        .where(Task.done_at.is_(None), sees_task(viewer))
    )
    if deal_id is not None:
        wanted = wanted.where(Wish.deal_id == deal_id)
    if contact_id is not None:
        wanted = wanted.where(Wish.contact_id == contact_id)
    return [(row[0], row[1]) for row in session.execute(wanted.order_by(Wish.id).limit(MOST))]


def _some(session: Session, viewer: Viewer, which: ColumnElement[bool]) -> Sequence[Appointment]:
    wanted = select(Appointment).where(which, sees_appointment(viewer))
    return session.scalars(
        wanted.order_by(Appointment.starts_at.desc(), Appointment.id.desc()).limit(MOST)
    ).all()
