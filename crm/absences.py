"""Absence: somebody is away from one moment to another. What follows is told before it is saved.

Promises count the hours of the department, so no deadline moves when somebody is away: the customer waits all
the same. Who is away gets no new tasks, and others are told of what breaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from crm.calendars import Absence, add_absence, away
from crm.contacts import Contact
from crm.deadlines import Deadline
from crm.desk import WHY, Refusal
from crm.distribution import present
from crm.rights import person_for
from crm.tasks import Task, audience_of
from hub import audit
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import said
from hub.users import Department, User, Viewer

LISTED = 20
MOST = 500  # absences on a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """An absence as it is wanted."""

    user_id: int
    since: datetime
    until: datetime
    why: str = ""
    substitute_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What follows from an absence; tasks and contacts are those that are his now."""

    due: Sequence[Task]
    due_count: int
    contacts: int
    leads: Sequence[Department]
    receivers: Sequence[User]
    rule: str
    substitute_away: bool


def effects(session: Session, leave: Leave) -> Effects:
    """Tell what an absence would mean."""
    user = session.get_one(User, leave.user_id)
    place = session.get(Department, user.department_id) if user.department_id else None
    due = select(Task).where(Task.assignee_id == user.id, Task.done_at.is_(None), _meanwhile(leave))
    others = present(session, place.id, max(leave.since, now())) if place else ()
    return Effects(
        due=session.scalars(due.order_by(Task.id).limit(LISTED)).all(),
        due_count=session.scalar(select(func.count()).select_from(due.subquery())) or 0,
        contacts=session.scalar(
            select(func.count()).where(Contact.responsible_id == user.id, Contact.merged_into_id.is_(None))
        ) or 0,
        leads=session.scalars(
            select(Department).where(Department.head_id == user.id, Department.retired_at.is_(None))
        ).all(),
        receivers=[each for each in others if each.id != user.id],
        rule=place.distribution if place else "take",
        substitute_away=_overlaps(session, leave),
    )  # fmt: skip


def send_away(session: Session, viewer: Viewer, leave: Leave) -> Absence:
    """Note that somebody is away: oneself, or another whom one leads."""
    user = person_for(session, viewer, leave.user_id)
    if user is None or user.disabled_at is not None:
        raise Refusal(_("Choose yourself, or somebody of your department."))
    substitute = session.get(User, leave.substitute_id) if leave.substitute_id else None
    if leave.substitute_id and (substitute is None or substitute.disabled_at is not None):
        raise Refusal(_("Choose a substitute who is still here."))
    if leave.until <= now():
        raise Refusal(_("This is over already: choose a later end."))
    try:
        why = " ".join(leave.why.split())[:WHY]
        row = add_absence(session, user.id, leave.since, leave.until, why, leave.substitute_id)
    except ValueError as error:
        raise Refusal(str(error)) from None
    changes = {
        "user_id": (None, user.id), "since": (None, row.since.isoformat()), "until": (None, row.until.isoformat()),
        "why": (None, row.why), "substitute_id": (None, row.substitute_id),
    }  # fmt: skip
    _record(session, viewer, row, audit.MADE, changes)
    return row


def end(session: Session, viewer: Viewer, row: Absence) -> None:
    """Have somebody be back now; an absence that has not begun does not take place."""
    moment = max(now(), row.since)
    if row.until <= moment:
        raise Refusal(_("This absence is over already."))
    before = row.until
    row.planned_until, row.until = row.until, moment
    _record(session, viewer, row, audit.CHANGED, {"until": (before.isoformat(), moment.isoformat())})


def take_back_end(session: Session, viewer: Viewer, row: Absence) -> None:
    """Have an absence last as long as it was planned."""
    if row.planned_until is None:
        return
    before = row.until
    row.until, row.planned_until = row.planned_until, None
    _record(session, viewer, row, audit.CHANGED, {"until": (before.isoformat(), row.until.isoformat())})


def absence_for(session: Session, viewer: Viewer, absence_id: int) -> Absence | None:
    """Give an absence that this viewer may end."""
    row = session.get(Absence, absence_id)
    return row if row is not None and person_for(session, viewer, row.user_id) else None


def coming(session: Session, until: datetime) -> Sequence[Absence]:
    """Give who is away now, and who will be until a moment, in order."""
    query = select(Absence).join(User, User.id == Absence.user_id).where(
        Absence.until > now(), Absence.since < until, Absence.until > Absence.since, User.disabled_at.is_(None)
    )  # fmt: skip
    return session.scalars(query.order_by(Absence.since, Absence.id).limit(MOST)).all()


def _meanwhile(leave: Leave) -> ColumnElement[bool]:
    """Tell which tasks want something while somebody is away."""
    late = select(Deadline.task_id).where(
        Deadline.met_at.is_(None), Deadline.due_at.is_not(None), Deadline.due_at < leave.until
    )
    planned = and_(
        Task.planned_for.is_not(None), Task.planned_for >= leave.since, Task.planned_for < leave.until
    )
    return or_(Task.id.in_(late), planned)


def _overlaps(session: Session, leave: Leave) -> bool:
    if leave.substitute_id is None:
        return False
    moments = (max(leave.since, now()), leave.until)
    return any(away(session, [leave.substitute_id], moment) for moment in moments)


def _record(session: Session, viewer: Viewer, row: Absence, verb: str, changes: audit.Changes) -> None:
    session.flush()
    audit.record(session, viewer, verb, "absence", row.id, changes=changes)
    audit.record(session, viewer, audit.CHANGED, "user", row.user_id, words=said("an absence"), changes={
        field: pair for field, pair in changes.items() if field != "user_id"
    })  # fmt: skip
    user = session.get_one(User, row.user_id)
    announce(session, Notice(kind="user", id=user.id, audience=audience_of(user.id, user.department_id)))
