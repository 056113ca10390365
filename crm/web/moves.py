"""What a change of the set-up moves among the open deadlines, as its preview shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.policy_preview import Move, Preview
from crm.tasks import Task
from crm.web.sample_week import Week
from hub.clock import now

LISTED = 20


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A task whose deadline would move."""

    title: str
    href: str
    due_now: datetime | None
    due_then: datetime | None
    late_then: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _preview.html; `counted`: the open deadlines were looked at."""

    moved: Sequence[Moved] = ()
    more: int = 0
    same: int = 0
    counted: bool = False
    errors: Mapping[str, str] = {}
    week: Week | None = None

    @property
    def number(self) -> int:
        """Give how many open tasks move."""
        return len(self.moved) + self.more


def shown_moves(session: Session, found: Preview, week: Week | None = None) -> Shown:
    """Show what a change moves, of many the first."""
    listed = found.moved[:LISTED]
    tasks = session.scalars(select(Task).where(Task.id.in_([move.task_id for move in listed])))
    titles = {task.id: task.title for task in tasks}
    return Shown(
        moved=[_moved(move, titles[move.task_id]) for move in listed],
        more=len(found.moved) - len(listed), same=found.same, counted=True, week=week,
    )  # fmt: skip


def _moved(move: Move, title: str) -> Moved:
    late = move.due_then is not None and move.due_then <= now() and (move.due_now or move.due_then) > now()
    return Moved(title=title, href=f"/tasks/{move.task_id}", due_now=move.due_now, due_then=move.due_then,
                 late_then=late)  # fmt: skip
