"""All tasks that somebody may see, filtered and sorted: where every number elsewhere leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.setup import setup
from crm.tasks import Task
from crm.web.task_filters import DUE, KINDS, PROMISES, SINCE, SORTS, STATES, Filters, read_filters, tasks_of
from crm.web.task_rows import TaskRow, task_rows
from crm.web.zones import zone_of
from hub.languages import N_, _, listener, sort_key
from hub.users import User, Viewer, active_users
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, render, viewer_of

PAGE = 30
COUNTED = 1000  # beyond it nobody needs the number
PEOPLE = 200

add_room(Room(href="/tasks", name=N_("Tasks"), icon="check", order=2, within="/today"))


class Choice(msgspec.Struct, frozen=True):
    """One thing that can be chosen."""

    value: str
    words: str


class Select(msgspec.Struct, frozen=True):
    """One filter: its name in the address, what it is called, what can be chosen and what is."""

    name: str
    words: str
    choices: Sequence[Choice]
    chosen: str


class TaskList(msgspec.Struct, frozen=True, kw_only=True):
    """The values of tasks.html."""

    here: str
    tasks: Sequence[TaskRow]
    count: int
    counted: bool
    first: int
    newer: str
    older: str
    filters: Sequence[Select]
    plain: bool


@page("GET", "/tasks")
async def tasks(request: web.Request) -> web.StreamResponse:
    """Show the list; to a script the part of it that changes."""
    found = await request.app[DB].read(list_of, viewer_of(request), read_filters(request.query))
    values = msgspec.structs.asdict(found)
    if is_fragment(request):
        return await render(request, "_task_list.html", **values)
    return await render(request, "tasks.html", title=_("Tasks"), sub="", **values)


def list_of(session: Session, viewer: Viewer, filters: Filters) -> TaskList:
    """Give one page of the list."""
    zone, first = zone_of(session), (filters.page - 1) * PAGE
    numbers = tasks_of(viewer, filters, zone).with_only_columns(Task.id).order_by(None)
    some = numbers.limit(COUNTED + 1).subquery()
    count = session.scalar(select(func.count()).select_from(some)) or 0
    wanted = tasks_of(viewer, filters, zone, many=count > COUNTED)
    found = session.scalars(wanted.offset(first).limit(PAGE + 1)).all()
    return TaskList(
        here=filters.address(), tasks=task_rows(session, viewer, found[:PAGE]), count=min(count, COUNTED),
        counted=count <= COUNTED, first=first + 1, filters=_selects(session, viewer, filters),
        newer=filters.address(page=filters.page - 1) if filters.page > 1 else "",
        older=filters.address(page=filters.page + 1) if len(found) > PAGE else "",
        plain=filters.address() == "/tasks",
    )  # fmt: skip


def _selects(session: Session, viewer: Viewer, filters: Filters) -> list[Select]:
    departments = setup(session).departments.values()
    seen = [each for each in departments if viewer.sees_all or each.id == viewer.department_id]
    places = [Choice("", _("All departments")), *(Choice(str(each.id), each.name) for each in seen)]
    found = [
        Select("whose", _("Whose"), _people(session, viewer), filters.whose),
        Select("department", _("Department"), places, filters.department),
        Select("kind", _("Kind"), _choices(KINDS), filters.kind),
        Select("state", _("State"), _choices(STATES), filters.state),
        Select("due", _("Due"), _choices(DUE), filters.due),
        Select("promise", _("Promise"), _choices(PROMISES), filters.promise),
        Select("since", _("Since"), _choices(SINCE), filters.since),
        Select("sort", _("Order"), _choices(SORTS), filters.sort),
    ]
    return [each for each in found if each.name != "department" or len(seen) > 1]


def _people(session: Session, viewer: Viewer) -> list[Choice]:
    same = () if viewer.sees_all else (User.department_id == viewer.department_id,)
    people = active_users(session, *same)[:PEOPLE]
    named = [Choice(str(each.id), each.name) for each in people if each.id != viewer.user_id]
    named.sort(key=lambda each: sort_key(each.words, listener().language))
    return [Choice("", _("Everybody")), Choice("mine", _("Me")), Choice("queue", _("Nobody yet")), *named]


def _choices(words: Mapping[str, str]) -> list[Choice]:
    return [Choice(value, _(text)) for value, text in words.items()]
