"""Today: my tasks by deadline, or my team's, and what waits in the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from crm import desk
from crm.rights import takes_task
from crm.setup import setup
from crm.sla import Deadline
from crm.tasks import Task
from crm.web.people import Person
from crm.web.queues import Queue, QueueLine, queue_lines, queue_of, team_of
from crm.web.task_rows import TaskRow, task_rows
from hub.clock import now
from hub.languages import N_
from hub.users import Viewer
from hub.web import moments
from hub.web.frame import COMPANY, Room, add_room, has_role
from hub.web.keys import DB
from hub.web.pages import Toast, changed, page, render, see_other, viewer_of

MOST = 200
NEAR = timedelta(hours=2)  # what is due within it is today's work, also around midnight

add_room(Room(href="/today", name=N_("Today"), icon="today", order=1, tab=True))


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks by when they are due."""

    overdue: list[TaskRow]
    today: list[TaskRow]
    later: list[TaskRow]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _today.html."""

    here: str
    whose: str
    may_team: bool
    queue: Queue
    told: str
    tasks: Groups
    more: int
    done: int
    queues: Sequence[QueueLine]
    team: Sequence[Person]


@page("GET", "/")
async def front_door(_request: web.Request) -> web.StreamResponse:
    """Lead to the day's work."""
    return see_other("/today")


@page("GET", "/today")
async def today(request: web.Request) -> web.StreamResponse:
    """Show the day."""
    day = await _day(request)
    local = now().astimezone(request.app[COMPANY]().zone)
    sub = f"{local:%A} {local.day} {local:%B}"
    return await render(request, "today.html", title="Today", sub=sub, **msgspec.structs.asdict(day))


@page("GET", "/today/fragment")
async def fragment(request: web.Request) -> web.StreamResponse:
    """Show the part of it that changes."""
    return await render(request, "_today.html", **msgspec.structs.asdict(await _day(request)))


@page("POST", "/tasks/take-next")
async def take_next(request: web.Request) -> web.StreamResponse:
    """Take the most pressing task of the queue."""
    task = await request.app[DB].write(_take_next, viewer_of(request))
    href = f"/contacts/{task.contact_id}" if task.contact_id else f"/tasks/{task.id}"
    return await changed(request, Toast(text=f"Yours: {task.title}", href=href, words="Open"))


def _take_next(session: Session, viewer: Viewer) -> Task:
    task = desk.take_next(session, viewer)
    if task is None:
        raise desk.Refusal("Nobody waits in the queue")
    return task


async def _day(request: web.Request) -> Day:
    viewer = viewer_of(request)
    may_team = viewer.sees_all or viewer.department_id is not None
    # Who leads others looks after their day first; whoever answers customers after his own.
    usual = "team" if has_role(viewer, "head") else "mine"
    whose = "team" if may_team and request.query.get("whose", usual) == "team" else "mine"
    return await request.app[DB].read(day_of, viewer, whose, may_team=may_team)


def day_of(session: Session, viewer: Viewer, whose: str, *, may_team: bool) -> Day:
    """Give somebody's day."""
    zone = ZoneInfo(setup(session).company.zone)
    found = session.scalars(_by_deadline(_whose(viewer, whose)).limit(MOST)).all()
    count = session.scalar(select(func.count()).select_from(Task).where(_whose(viewer, whose))) or 0
    groups = _grouped(found, task_rows(session, viewer, found), zone)
    return Day(
        here=f"/today/fragment?whose={whose}",
        whose=whose,
        may_team=may_team,
        queue=queue_of(session, viewer),
        told=next((row.told for row in groups.overdue if row.told), ""),
        tasks=_with_next(groups, viewer),
        more=count - len(found),
        done=_done_today(session, viewer, zone),
        queues=queue_lines(session, viewer),
        team=team_of(session, viewer),
    )


def _whose(viewer: Viewer, whose: str) -> ColumnElement[bool]:
    """Tell which open tasks make a day: my own, or those of my department with its queue."""
    still_open = Task.done_at.is_(None)
    if whose == "mine":
        return and_(still_open, Task.assignee_id == viewer.user_id)
    return and_(still_open, takes_task(viewer))


def _by_deadline(which: ColumnElement[bool]) -> Select[Task]:
    due = (
        select(func.min(Deadline.due_at))
        .where(Deadline.task_id == Task.id, Deadline.met_at.is_(None))
        .scalar_subquery()
    )
    return select(Task).where(which).order_by(due.is_(None), due, Task.id)


def _grouped(tasks: Sequence[Task], rows: Sequence[TaskRow], zone: ZoneInfo) -> Groups:
    tomorrow = moments.midnight(zone) + timedelta(days=1)
    groups = Groups(overdue=[], today=[], later=[])
    for task, row in zip(tasks, rows, strict=True):
        if row.deadline and row.deadline.state == "late":
            groups.overdue.append(row)
        elif _is_later(task, row, tomorrow):
            groups.later.append(row)
        else:
            groups.today.append(row)
    return groups


def _is_later(task: Task, row: TaskRow, tomorrow: datetime) -> bool:
    due_at = row.deadline.due_at if row.deadline else None
    put_off = task.planned_for is not None and task.planned_for > now()
    return put_off or row.paused or (due_at is not None and due_at >= max(tomorrow, now() + NEAR))


def _with_next(groups: Groups, viewer: Viewer) -> Groups:
    """Mark the one that this viewer is to do now."""
    for rows in (groups.overdue, groups.today):
        for number, row in enumerate(rows):
            if row.assignee and row.assignee.id == viewer.user_id:
                rows[number] = msgspec.structs.replace(row, next=True)
                return groups
    return groups


def _done_today(session: Session, viewer: Viewer, zone: ZoneInfo) -> int:
    mine = (Task.done_by == viewer.user_id, Task.done_at >= moments.midnight(zone))
    return session.scalar(select(func.count()).select_from(Task).where(*mine)) or 0
