"""Working hours are changed: what that would do to the open deadlines, and then doing it in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import sla, versions
from crm.calendars import Hours, set_hours
from crm.deadlines import Deadline
from crm.policy_preview import Move, Preview, moves, recount
from crm.setup import Setup, setup
from crm.tasks import Task, changed
from crm.working_hours import WorkingHours
from crm.worktime import Calendar
from hub import audit
from hub.said import said
from hub.shapes import convert
from hub.users import Viewer

COMPANY, DEPARTMENT, PERSON = "company", "department", "person"


class Owner(NamedTuple):
    """Whose hours: the company's (id 0), a department's or a person's."""

    kind: str
    id: int

    @property
    def department_id(self) -> int | None:
        """Give the department, if it is one."""
        return self.id if self.kind == DEPARTMENT else None

    @property
    def user_id(self) -> int | None:
        """Give the person, if it is one."""
        return self.id if self.kind == PERSON else None

    @property
    def key(self) -> tuple[int | None, int | None]:
        """Give how the set-up names it."""
        return (self.department_id, self.user_id)


def own_hours(session: Session, owner: Owner) -> WorkingHours | None:
    """Give hours that an owner has of his own; None where he works as the level above."""
    return setup(session).hours.get(owner.key)


def proposed(state: Setup, owner: Owner, hours: WorkingHours | None) -> Setup:
    """Give the set-up as it would be with these hours."""
    others = {key: each for key, each in state.hours.items() if key != owner.key}
    return replace(state, hours=others | ({owner.key: hours} if hours else {}))


def preview(session: Session, owner: Owner, hours: WorkingHours | None) -> Preview:
    """Tell which open deadlines would move with these hours, None for those of the level above."""
    then = proposed(setup(session), owner, hours)
    return moves(
        Move(each.task_id, each.due_at, sla.due_within(each, each.seconds, each.days, calendar))
        for each, calendar in _running(session, owner, then)
    )


def apply(session: Session, viewer: Viewer, owner: Owner, hours: WorkingHours | None) -> Preview:
    """Change an owner's hours and count the open deadlines by them."""
    told, before = preview(session, owner, hours), own_hours(session, owner)
    if before == hours:
        return told
    _write(session, owner, hours)
    session.flush()
    for deadline, calendar in _running(session, owner, setup(session)):
        recount(session, deadline, sla.policy_of(session, deadline), calendar, viewer)
    for move in told.moved:
        task = session.get_one(Task, move.task_id)
        changed(session, task, viewer.user_id, said("the working hours were changed"))
    _keep(session, viewer, owner, before, hours)
    return told


def read_version(content: dict[str, object]) -> WorkingHours | None:
    """Read a version back; one without hours is that of the level above."""
    return convert(content["hours"], WorkingHours | None)


def version_kind(owner: Owner) -> str:
    """Give how the versions name an owner's calendar."""
    return f"{owner.kind}_calendar"


def _write(session: Session, owner: Owner, hours: WorkingHours | None) -> None:
    if hours is not None:
        set_hours(session, hours, department_id=owner.department_id, user_id=owner.user_id)
        return
    same = (
        Hours.department_id.is_not_distinct_from(owner.department_id),
        Hours.user_id.is_not_distinct_from(owner.user_id),
    )
    for row in session.scalars(select(Hours).where(*same)):
        session.delete(row)


def _running(session: Session, owner: Owner, state: Setup) -> Iterator[tuple[Deadline, Calendar]]:
    """Give the open deadlines that count an owner's hours: those of a department, a person's none."""
    if owner.kind == PERSON:
        return
    counting = (
        Deadline.met_at.is_(None),
        Deadline.policy_id.is_not(None),
    )  # what was set by hand is a moment
    running = select(Deadline).where(*counting).order_by(Deadline.id)
    if owner.kind == DEPARTMENT:
        running = running.where(Deadline.department_id == owner.id)
    calendars: dict[int | None, Calendar] = {}
    for deadline in session.scalars(running).all():
        where = deadline.department_id
        if where not in calendars:
            calendars[where] = Calendar(state.working_hours(where, None))
        yield deadline, calendars[where]


def _keep(
    session: Session, viewer: Viewer, owner: Owner, before: WorkingHours | None, after: WorkingHours | None
) -> None:
    was, became = _content(before), _content(after)
    versions.keep(session, viewer, version_kind(owner), owner.id, was, became)
    changes = audit.differences(_flat(was), _flat(became))
    audit.record(session, viewer, audit.CHANGED, version_kind(owner), owner.id, changes=changes)


def _content(hours: WorkingHours | None) -> dict[str, object]:
    return {"hours": msgspec.to_builtins(hours)}


def _flat(content: dict[str, object]) -> dict[str, object]:
    return cast("dict[str, object]", content["hours"] or {})
