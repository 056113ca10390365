"""What stands beside a day's tasks: the queues and how long the oldest waits, and who of the team is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from msgspec import structs
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm.rights import takes_task
from crm.setup import setup
from crm.tasks import Task
from crm.web.clocks import SOON, span
from crm.web.people import Person, persons
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _, ngettext
from hub.users import Department, User, Viewer, active_users

TEAM = 30
NOTHING = timedelta()
TEAM_ADDRESS = "/today?whose=team"


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What waits to be taken, all together."""

    count: int
    words: str
    href: str
    oldest_at: datetime | None


class QueueLine(msgspec.Struct, frozen=True, kw_only=True):
    """One department's queue; `state` is that of its most pressing clock."""

    name: str
    waiting: int
    oldest: str
    state: str
    href: str


class Waiting(NamedTuple):
    """What waits in a department's queue: how many, since when, and when the most pressing promise breaks."""

    number: int
    oldest_at: datetime | None
    due_at: datetime | None


NOBODY = Waiting(0, None, None)


def unplanned() -> ColumnElement[bool]:
    """Tell which tasks are not put off."""
    return Task.planned_for.is_(None) | (Task.planned_for <= now())


def waiting_for(session: Session, viewer: Viewer) -> Mapping[int | None, Waiting]:
    """Give by department what waits to be taken by this viewer."""
    rows = session.execute(
        select(Task.department_id, func.count(), func.min(Task.created_at), func.min(Task.due_at))
        .where(Task.assignee_id.is_(None), Task.done_at.is_(None), unplanned(), takes_task(viewer))
        .group_by(Task.department_id)
    )
    return {
        department_id: Waiting(number, oldest_at, due_at) for department_id, number, oldest_at, due_at in rows
    }


def queue_of(session: Session, viewer: Viewer, waiting: Mapping[int | None, Waiting]) -> Queue:
    """Count what waits, all together."""
    departments = _departments(session, viewer)
    words = (
        _("in %(department)s", department=departments[0].name)
        if len(departments) == 1
        else _("in all queues")
    )
    return Queue(
        count=sum(each.number for each in waiting.values()),
        words=words,
        href=TEAM_ADDRESS,
        oldest_at=min((each.oldest_at for each in waiting.values() if each.oldest_at), default=None),
    )


def queue_lines(
    session: Session, viewer: Viewer, waiting: Mapping[int | None, Waiting]
) -> list[QueueLine]:  # fmt: skip
    """Give the queues of the departments that a viewer sees."""
    lines = []
    for department in _departments(session, viewer):
        count, oldest_at, due_at = waiting.get(department.id, NOBODY)
        oldest = span(now() - oldest_at) if oldest_at else ""
        state = _state(due_at - now()) if due_at else "ok"
        lines.append(
            QueueLine(name=department.name, waiting=count, oldest=oldest, state=state, href=TEAM_ADDRESS)
        )
    return lines


def team_of(session: Session, viewer: Viewer) -> Sequence[Person]:
    """Give the people of a viewer's department, for managers of all, each with what he has to do."""
    zone = zone_of(session)
    same = () if viewer.sees_all else (User.department_id == viewer.department_id,)
    team = [] if not viewer.sees_all and viewer.department_id is None else active_users(session, *same)[:TEAM]
    load = loads(session, [user.id for user in team])
    return [
        person
        if person.presence == "off"
        else structs.replace(person, words=load_words(load.get(person.id, 0)))
        for person in persons(session, team, zone)
    ]


def load_words(load: int) -> str:
    """Say how much somebody has to do."""
    return ngettext("%(num)s task", "%(num)s tasks", load) if load else _("free")


def loads(session: Session, user_ids: Sequence[int]) -> dict[int | None, int]:
    """Count the open tasks of people, without those put off."""
    rows = session.execute(
        select(Task.assignee_id, func.count())
        .where(Task.assignee_id.in_(user_ids), Task.done_at.is_(None), unplanned())
        .group_by(Task.assignee_id)
    )
    return {user_id: count for user_id, count in rows}  # noqa: C416 - rows are no pairs to mypy


def queue_sizes(session: Session) -> dict[int | None, int]:
    """Count what waits in every department's queue."""
    rows = session.execute(
        select(Task.department_id, func.count())
        .where(Task.assignee_id.is_(None), Task.done_at.is_(None), unplanned())
        .group_by(Task.department_id)
    )
    return {department_id: count for department_id, count in rows}  # noqa: C416 - rows are no pairs to mypy


def _departments(session: Session, viewer: Viewer) -> list[Department]:
    """Give the departments whose queue a viewer takes from."""
    departments = setup(session).departments
    if viewer.sees_all:
        return list(departments.values())
    own = departments.get(viewer.department_id or 0)
    return [own] if own else []


def _state(left: timedelta) -> str:
    """Give the state of a queue's most pressing clock."""
    return "late" if left < NOTHING else "soon" if left < SOON else "ok"
