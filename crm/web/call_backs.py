"""The call-backs of missed calls, as lists of calls show them: how each stands, and who handled it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.deadlines import deadlines_of
from crm.rights import sees_task
from crm.tasks import Task
from crm.web import call_words
from crm.web.clocks import Clock, clock, pressing
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _
from hub.users import Viewer, names_of


class CallBack(msgspec.Struct, frozen=True, kw_only=True):
    """The call-back that a missed call became; `at` and `by` say when it was handled and by whom.

    `href` and `title` are "" for who may not see the task.
    """

    id: int
    title: str
    href: str
    times: str
    clock: Clock | None
    at: datetime | None
    by: str

    @property
    def words(self) -> str:
        """Say how it stands."""
        if self.at is None:
            return _("To call back")
        return _("Handled by %(name)s", name=self.by) if self.by else _("Handled")


def callbacks(session: Session, viewer: Viewer, ids: Sequence[int | None]) -> dict[int, CallBack]:
    """Give the call-backs of several calls by the number of the task."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    rows = session.execute(select(Task, sees_task(viewer)).where(Task.id.in_(wanted))).all()
    tasks, seen = [task for task, _seen in rows], {task.id for task, seen in rows if seen}
    deadlines = deadlines_of(session, [task.id for task in tasks])
    people = names_of(session, {task.done_by for task in tasks})
    zone, moment, found = zone_of(session), now(), {}
    for task in tasks:
        may = task.id in seen
        first = pressing(deadlines[task.id]) if task.done_at is None and may else None
        found[task.id] = CallBack(
            id=task.id, title=task.title if may else "", href=f"/tasks/{task.id}" if may else "",
            times=call_words.times(task.times), clock=clock(first, zone, moment) if first else None,
            at=task.done_at, by=people.get(task.done_by or 0, ""),
        )  # fmt: skip
    return found
