"""A task that was put off comes back by itself when its time is there: the timer's part of `planned_for`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.tasks import Task, changed
from hub.clock import now
from hub.said import said

TIMER = "planned"


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next task comes back."""
    return session.scalar(select(func.min(Task.planned_for)).where(Task.planned_for > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the tasks whose time is there, oldest first."""
    due = select(Task.id).where(Task.planned_for <= moment).order_by(Task.planned_for).limit(limit)
    return [(task_id, task_id) for task_id in session.scalars(due)]


def come_back(session: Session, task_id: int) -> None:
    """Have a task be there again for everybody who sees it; one that was planned anew or done meanwhile is left."""
    due = update(Task).where(Task.id == task_id, Task.planned_for <= now()).values(planned_for=None)
    if session.scalar(due.returning(Task.id)) is None:
        return
    task = session.get_one(Task, task_id, populate_existing=True)
    if task.done_at is None:
        changed(session, task, None, said("back, as planned"))
