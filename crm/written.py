"""What people do with tasks, written into the audit: each verb of the desk is wrapped once.

@written
def complete(session, viewer, task): ...
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm.deadlines import Deadline
from crm.tasks import Task
from hub import audit
from hub.said import said
from hub.users import Viewer

P = ParamSpec("P")
T = TypeVar("T")
Verb = Callable[Concatenate[Session, Viewer, Task, P], T]


def written(verb: Verb[P, T]) -> Verb[P, T]:
    """Have the audit say what a verb changed of a task."""

    @wraps(verb)
    def run(session: Session, viewer: Viewer, task: Task, *args: P.args, **kwargs: P.kwargs) -> T:
        before = state(task, paused=is_paused(session, task))
        result = verb(session, viewer, task, *args, **kwargs)
        write(session, viewer, task, before)
        return result

    return cast("Verb[P, T]", run)


def write(
    session: Session, viewer: Viewer, task: Task, before: dict[str, object], words: str = "", *,
    paused: bool | None = None,
) -> None:  # fmt: skip
    """Write down how a task differs from what it was; with `words` also when it does not. `paused`: if known."""
    changes = audit.differences(
        before, state(task, paused=is_paused(session, task) if paused is None else paused)
    )
    if changes or words:
        audit.write(session, viewer, audit.CHANGED, "task", task.id, changes=changes, words=words)


def answered(session: Session, viewer: Viewer, task: Task, before: int | None) -> None:
    """Write down that somebody takes care of a late task, which may be his from now on."""
    changes = audit.differences({"assignee_id": before}, {"assignee_id": task.assignee_id})
    words = said("the alarm is answered")
    audit.record(session, viewer, audit.CHANGED, "task", task.id, changes=changes, words=words)


def state(task: Task, *, paused: bool) -> dict[str, object]:
    """Give a task as the audit keeps it."""
    return {
        "assignee_id": task.assignee_id, "department_id": task.department_id, "contact_id": task.contact_id,
        "planned_for": task.planned_for.isoformat() if task.planned_for else None,
        "done_at": task.done_at.isoformat() if task.done_at else None,
        "paused": paused,
    }  # fmt: skip


def is_paused(session: Session, task: Task) -> bool:
    """Tell whether a clock of a task is held."""
    session.flush()
    return session.connection().scalar(_HELD, {"task": task.id}) is not None


# Put together once: that takes longer than to ask.
_HELD = (
    select(Deadline.id)
    .where(Deadline.task_id == bindparam("task"), Deadline.met_at.is_(None), Deadline.paused_at.is_not(None))
    .limit(1)
)
