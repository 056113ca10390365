"""Today: my tasks by deadline, my department's clocks, or the whole company's, with what waits and who is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from msgspec import structs
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from crm import desk
from crm.rights import takes_task
from crm.standing import BY_DEADLINE, HOUR
from crm.tasks import Task
from crm.web.day_figures import Figures, figures_of
from crm.web.loads import Team, team_loads
from crm.web.people import Person
from crm.web.queues import Queue, QueueLine, queue_lines, queue_of, team_of, waiting_for
from crm.web.task_filters import EARLIEST, Filters
from crm.web.task_rows import TaskRow, task_rows
from crm.web.unresolved import Open, unresolved
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import N_, _, listener
from hub.users import Viewer
from hub.web import moments
from hub.web.frame import COMPANY, Room, add_room, has_role
from hub.web.keys import DB
from hub.web.pages import Toast, changed, page, render, see_other, viewer_of

MOST = 25  # rows of one's own day; the others are one press away
MOST_LED = 15  # of the day of those that one leads, beside its figures
DONE = 10
NEAR = timedelta(hours=2)  # what is due within it is today's work, also around midnight
VIEWS = {"mine": N_("Mine"), "team": N_("My team"), "company": N_("All departments")}

add_room(Room(href="/today", name=N_("Today"), icon="today", order=1, tab=True, key="t"))


class View(msgspec.Struct, frozen=True):
    """One way to look at the day."""

    href: str
    words: str
    current: bool


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks by when they are due."""

    overdue: list[TaskRow]
    hour: list[TaskRow]
    today: list[TaskRow]
    later: list[TaskRow]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _today.html."""

    here: str
    whose: str
    views: Sequence[View]
    queue: Queue
    told: str
    tasks: Groups
    more: int
    more_href: str
    done: int
    done_href: str
    done_tasks: Sequence[TaskRow]
    queues: Sequence[QueueLine]
    team: Sequence[Person]
    figures: Figures
    loads: Team
    unresolved: Open


@page("GET", "/")
async def front_door(_request: web.Request) -> web.StreamResponse:
    """Lead to the day's work."""
    return see_other("/today")


@page("GET", "/today")
async def today(request: web.Request) -> web.StreamResponse:
    """Show the day."""
    day = await _day(request)
    local = now().astimezone(listener().zone or request.app[COMPANY]().zone)
    sub = moments.written(local, "EEEE d MMMM")
    return await render(request, "today.html", title=_("Today"), sub=sub, **structs.asdict(day))


@page("GET", "/today/fragment")
async def fragment(request: web.Request) -> web.StreamResponse:
    """Show the part of it that changes."""
    return await render(request, "_today.html", **structs.asdict(await _day(request)))


@page("POST", "/tasks/take-next")
async def take_next(request: web.Request) -> web.StreamResponse:
    """Take the most pressing task of the queue."""
    task = await request.app[DB].write(_take_next, viewer_of(request))
    href = f"/contacts/{task.contact_id}" if task.contact_id else f"/tasks/{task.id}"
    return await changed(
        request, Toast(text=_("Yours: %(task)s", task=task.title), href=href, words=_("Open"))
    )


def _take_next(session: Session, viewer: Viewer) -> Task:
    task = desk.take_next(session, viewer)
    if task is None:
        raise desk.Refusal(_("Nobody waits in the queue"))
    return task


async def _day(request: web.Request) -> Day:
    viewer = viewer_of(request)
    return await request.app[DB].read(day_of, viewer, _chosen(viewer, request.query.get("whose", "")))


def _open_to(viewer: Viewer) -> list[str]:
    """Give the views of a viewer, his usual one first: who leads others looks after their day first."""
    views = ["mine"]
    if viewer.department_id is not None:
        views.insert(0 if has_role(viewer, "head") else 1, "team")
    if viewer.sees_all:
        views.insert(0, "company")
    return views


def _chosen(viewer: Viewer, whose: str) -> str:
    views = _open_to(viewer)
    return whose if whose in views else views[0]


def day_of(session: Session, viewer: Viewer, whose: str) -> Day:
    """Give somebody's day."""
    zone, leads = zone_of(session), whose != "mine" and has_role(viewer, "head")
    looking = replace(viewer, role="head") if viewer.sees_all and whose == "team" else viewer
    which = _whose(looking, whose)
    found = session.scalars(
        select(Task).where(which).order_by(*BY_DEADLINE).limit(MOST_LED if leads else MOST)
    ).all()
    count = session.scalar(select(func.count()).select_from(Task).where(which)) or 0
    loads = team_loads(session, looking) if leads else Team()
    finished = _done(session, viewer, zone) if whose == "mine" else ()
    both = task_rows(session, viewer, [*found, *finished])
    rows = [_offered(row, task, loads, viewer) for row, task in zip(both[: len(found)], found, strict=True)]
    groups, waiting = _grouped(found, rows, zone), waiting_for(session, viewer)
    done = Filters(whose="mine", state="done", since="today")
    return Day(
        here=f"/today/fragment?whose={whose}", whose=whose, views=_views(viewer, whose),
        queue=queue_of(session, viewer, waiting), told=next((row.told for row in groups.overdue if row.told), ""),
        tasks=_with_next(groups, viewer), more=count - len(found), more_href=_all(viewer, whose),
        done=_done_today(session, viewer, zone), done_href=done.address(),
        done_tasks=both[len(found) :],
        queues=() if leads else queue_lines(session, viewer, waiting), team=() if leads else team_of(session, viewer),
        figures=figures_of(session, looking) if leads else Figures(), loads=loads,
        unresolved=unresolved(session, viewer) if whose == "mine" else Open(),
    )  # fmt: skip


def _views(viewer: Viewer, whose: str) -> list[View]:
    """Give the ways to look at the day, one's own first; one alone needs no choice."""
    views = [each for each in VIEWS if each in _open_to(viewer)]
    return [View(f"/today?whose={each}", _(VIEWS[each]), each == whose) for each in views if len(views) > 1]


def _all(viewer: Viewer, whose: str) -> str:
    """Give the address of the list with every task of this day."""
    if whose == "mine":
        return Filters(whose="mine").address()
    return Filters(department=str(viewer.department_id) if whose == "team" else "").address()


def _whose(viewer: Viewer, whose: str) -> ColumnElement[bool]:
    """Tell which open tasks make a day: my own, or those of my department with its queue, or all."""
    still_open = Task.done_at.is_(None)
    if whose == "mine":
        return and_(still_open, Task.assignee_id == viewer.user_id)
    return and_(still_open, takes_task(viewer))


def _offered(row: TaskRow, task: Task, team: Team, viewer: Viewer) -> TaskRow:
    """Have who leads take a pressing task, or give it to a colleague who is here and has less to do."""
    pressing = row.deadline is not None and row.deadline.state in {"late", "soon"}
    if not pressing or not team.here or viewer.user_id is None:
        return row
    known = {f"user:{task.assignee_id}", f"user:{viewer.user_id}"}
    offers = team.offers.get(task.department_id or 0, ())
    other = next((each for each in offers if each.value not in known), None)
    return structs.replace(row, offer=other, may_take=task.assignee_id != viewer.user_id)


def _grouped(tasks: Sequence[Task], rows: Sequence[TaskRow], zone: ZoneInfo) -> Groups:
    tomorrow = moments.midnight(zone, 1)
    groups = Groups(overdue=[], hour=[], today=[], later=[])
    for task, row in zip(tasks, rows, strict=True):
        if row.deadline and row.deadline.state == "late":
            groups.overdue.append(row)
        elif _is_later(task, row, tomorrow):
            groups.later.append(row)
        elif _is_near(row):
            groups.hour.append(row)
        else:
            groups.today.append(row)
    return groups


def _is_near(row: TaskRow) -> bool:
    clock = row.deadline
    return clock is not None and clock.state in {"ok", "soon"} and (clock.due_at or EARLIEST) <= now() + HOUR


def _is_later(task: Task, row: TaskRow, tomorrow: datetime) -> bool:
    due_at = row.deadline.due_at if row.deadline else None
    put_off = task.planned_for is not None and task.planned_for > now()
    return put_off or row.paused or (due_at is not None and due_at >= max(tomorrow, now() + NEAR))


def _with_next(groups: Groups, viewer: Viewer) -> Groups:
    """Mark the one that this viewer is to do now."""
    for rows in (groups.overdue, groups.hour, groups.today):
        for number, row in enumerate(rows):
            if row.assignee and row.assignee.id == viewer.user_id:
                rows[number] = msgspec.structs.replace(row, next=True)
                return groups
    return groups


def _done_today(session: Session, viewer: Viewer, zone: ZoneInfo) -> int:
    mine = (Task.done_by == viewer.user_id, Task.done_at >= moments.midnight(zone))
    return session.scalar(select(func.count()).select_from(Task).where(*mine)) or 0


def _done(session: Session, viewer: Viewer, zone: ZoneInfo) -> Sequence[Task]:
    """Give what this viewer did last today, to be looked at and taken back."""
    mine = (Task.done_by == viewer.user_id, Task.done_at >= moments.midnight(zone))
    return session.scalars(select(Task).where(*mine).order_by(Task.done_at.desc()).limit(DONE)).all()
