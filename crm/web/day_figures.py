"""The day in numbers, by department: late, about to break, waiting, kept and broken. Each number opens its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from crm.deadlines import Deadline
from crm.rights import takes_task
from crm.setup import setup
from crm.standing import HOUR, breaks_within, broken, kept, tasks_with
from crm.tasks import Task
from crm.web.task_filters import Filters, start_of
from crm.web.zones import zone_of
from hub.clock import now
from hub.journal import Inbound
from hub.languages import N_, _
from hub.unindexed import Unindexed
from hub.users import Viewer

LATE = Filters(due="late")
SOON = Filters(due="hour")
WAITING = Filters(whose="queue")
KEPT_TODAY = Filters(state="all", promise="kept", since="today")
BROKEN_TODAY = Filters(state="all", promise="broken", since="today")
KEPT_THIS_WEEK = Filters(state="all", promise="kept", since="week")
BROKEN_THIS_WEEK = Filters(state="all", promise="broken", since="week")

COLUMNS = {
    "late": (N_("Late now"), LATE, "late"),
    "soon": (N_("Within the hour"), SOON, "soon"),
    "waiting": (N_("In the queue"), WAITING, ""),
    "kept_today": (N_("Kept today"), KEPT_TODAY, ""),
    "broken_today": (N_("Broken today"), BROKEN_TODAY, "late"),
    "kept_this_week": (N_("Kept this week"), KEPT_THIS_WEEK, ""),
    "broken_this_week": (N_("Broken this week"), BROKEN_THIS_WEEK, "late"),
}
TILES = ("late", "soon", "waiting", "kept_today", "broken_today")
Past = Callable[[datetime], ColumnElement[bool]]


class Figure(msgspec.Struct, frozen=True):
    """A number, what it counts, and the address of the rows that it counts; `state` colours it above 0."""

    words: str
    value: int
    href: str
    state: str = ""


class DepartmentLine(msgspec.Struct, frozen=True):
    """One department's numbers, in the order of the columns."""

    name: str
    figures: Sequence[Figure]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of all departments that somebody leads, together and each by itself."""

    tiles: Sequence[Figure] = ()
    columns: Sequence[str] = ()
    departments: Sequence[DepartmentLine] = ()


@dataclass(slots=True)
class _Tally:
    """Counts by column and department."""

    counts: dict[str, dict[int | None, int]] = field(default_factory=dict)

    def put(self, column: str, department_id: int | None, number: int) -> None:
        self.counts.setdefault(column, {})[department_id] = number

    def of(self, column: str, department_id: int | None) -> int:
        return self.counts.get(column, {}).get(department_id, 0)

    def all(self, column: str) -> int:
        return sum(self.counts.get(column, {}).values())


def figures_of(session: Session, viewer: Viewer) -> Figures:
    """Give the numbers of the departments whose work this viewer looks after."""
    tally = _Tally()
    _count_open(session, viewer, tally)
    for name, which in (("kept", kept), ("broken", broken)):
        _count_past(session, viewer, tally, name, which)
    seen = [each for each in setup(session).departments.values()
            if viewer.sees_all or each.id == viewer.department_id]  # fmt: skip
    own = {} if viewer.sees_all else {"department": str(viewer.department_id)}
    tiles = [_figure(column, tally.all(column), **own) for column in TILES]
    if viewer.sees_all:
        failed = _failed(session)
        state = "late" if failed else ""
        tiles.append(Figure(_("Failed in the journal"), failed, "/journal?filter=failed", state))
    return Figures(
        tiles=tiles,
        columns=[_(words) for words, _filters, _state in COLUMNS.values()],
        departments=[
            DepartmentLine(each.name, [_figure(column, tally.of(column, each.id), department=str(each.id))
                                       for column in COLUMNS])
            for each in seen
        ],
    )  # fmt: skip


def _figure(column: str, value: int, **more: str) -> Figure:
    words, filters, state = COLUMNS[column]
    return Figure(_(words), value, filters.address(**more), state if value else "")


def _count_open(session: Session, viewer: Viewer, tally: _Tally) -> None:
    # So many are late that it is quicker to walk through the departments' open tasks.
    due_at = Unindexed(Task.due_at)
    late, soon = and_(due_at.is_not(None), due_at <= now()), tasks_with(breaks_within(HOUR))
    for column, which in (("late", late), ("soon", soon), ("waiting", Task.assignee_id.is_(None))):
        rows = session.execute(
            select(Task.department_id, func.count())
            .where(which, Task.done_at.is_(None), takes_task(viewer))
            .group_by(Task.department_id)
        )
        for department_id, number in rows:
            tally.put(column, department_id, number)


def _count_past(session: Session, viewer: Viewer, tally: _Tally, name: str, which: Past) -> None:
    zone = zone_of(session)
    places = list(setup(session).departments)
    # A sum for each department: putting thousands of rows in order by it takes longer.
    sums = [func.coalesce(func.sum(case((Task.department_id == each, 1), else_=0)), 0) for each in places]
    for column, since in ((f"{name}_today", "today"), (f"{name}_this_week", "week")):
        such = Task.id.in_(select(Deadline.task_id).where(which(start_of(since, zone))))
        every, *each = session.execute(select(func.count(), *sums).where(such, takes_task(viewer))).one()
        for place, number in zip(places, each, strict=True):
            tally.put(column, place, number)
        tally.put(column, None, every - sum(each))  # of departments that are no more


def _failed(session: Session) -> int:
    return session.scalar(select(func.count()).where(Inbound.failed_at.is_not(None))) or 0
