"""Visits of somebody that are still to be done, which go to others when his work is handed over.

Nobody is at two customers' at a time, also not by a hand-over: who is elsewhere cannot get one, and one that went to
somebody else comes back only where its hour is still free.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm import alarms, appointment_changes
from crm.appointment_times import Unfit, between
from crm.appointments import Appointment
from crm.contacts import Contact
from crm.tasks import Task
from hub.languages import _
from hub.said import again, said
from hub.users import User, Viewer

_PLANNED = (
    Appointment.done_at.is_(None), Appointment.cancelled_at.is_(None), Appointment.missed_at.is_(None),
)  # fmt: skip


def to_do(session: Session, user_id: int, limit: int) -> Sequence[Appointment]:
    """Give somebody's visits that are planned or under way, the next first."""
    his = select(Appointment).where(Appointment.person_id == user_id, *_PLANNED)
    return session.scalars(his.order_by(Appointment.starts_at, Appointment.id).limit(limit)).all()


def count(session: Session, user_id: int) -> int:
    """Give how many they are."""
    his = select(func.count()).select_from(Appointment).where(Appointment.person_id == user_id, *_PLANNED)
    return session.scalar(his) or 0


def stands_for_one() -> ColumnElement[bool]:
    """Tell which tasks stand for such a visit: they go with it."""
    return select(Appointment.id).where(Appointment.task_id == Task.id, *_PLANNED).correlate(Task).exists()


def of_task(session: Session, task_id: int) -> Appointment | None:
    """Give the visit for which a task stands."""
    return session.scalars(select(Appointment).where(Appointment.task_id == task_id, *_PLANNED)).first()


def pass_on(
    session: Session, viewer: Viewer, giver: User, appointment_id: int, user: User | None
) -> Appointment | None:
    """Have somebody go instead; None where the visit is no longer his or over, Unfit where he cannot."""
    row = session.get(Appointment, appointment_id, with_for_update=True, populate_existing=True)
    if row is None or row.person_id != giver.id or not row.is_planned:
        return None
    name = session.get_one(Contact, row.contact_id).name
    visit = _("%(name)s, %(when)s", name=name, when=between(row.starts_at, row.ends_at, row.zone))
    if user is None:
        raise Unfit(_("The visit %(visit)s needs a person: choose one.", visit=visit))
    try:
        _give(session, viewer, row, user)
    except Unfit as error:
        raise Unfit(_("%(visit)s: %(why)s", visit=visit, why=again(error.words))) from None
    return row


def bring_back(
    session: Session, viewer: Viewer, giver: User, appointment_id: int, user_id: int | None, place: int | None
) -> str:
    """Have him go again who was to go, his task in the department `place`; else say why it stays."""
    row = session.get(Appointment, appointment_id, with_for_update=True, populate_existing=True)
    if row is None or not row.is_planned:
        return said("is over")
    if row.person_id != user_id:
        return said("went on to somebody else")
    try:
        _give(session, viewer, row, giver)
    except Unfit as error:
        return error.words
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is not None and place is not None:
        task.department_id = place
    return ""


def _give(session: Session, viewer: Viewer, row: Appointment, user: User) -> None:
    appointment_changes.give(session, viewer, row, user.id)
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is not None and task.done_at is None:
        alarms.settle(session, task, viewer.user_id)
