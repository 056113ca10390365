"""Deadlines: a promise on a task, when it is due and why, and what happens on the way.

Working time is computed when a promise is made, paused or resumed, never when it is checked: `next_at` is the column
that the timer sleeps on, and the derivation is kept beside it. A deadline runs while it is neither met nor paused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import worktime
from crm.derivation import Derivation, Pause
from crm.policies import Policy, Step
from crm.setup import Setup, calendar_for
from crm.tasks import Task
from crm.working_hours import WorkingHours
from crm.worktime import Calendar
from hub.clock import now
from hub.db import Base, Document, announce, some
from hub.timers import Due

TIMER = "deadlines"


class Planned(msgspec.Struct, frozen=True):
    """One moment on a deadline's way: a step of the policy, or the breach itself (`tell` is "")."""

    at: datetime
    step: int
    tell: str
    breach: bool


class Deadline(Base):
    """One promise on one task. `due_at` is None while it is paused; `next_at` is when something happens next.

    `derivation` is a `Derivation`, `words` the same told; `way` the planned moments that are still to come.
    """

    __tablename__ = "deadlines"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))
    kind: Mapped[str]
    started_at: Mapped[datetime]
    seconds: Mapped[int]
    due_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    pauses: Mapped[list[dict[str, object]]] = mapped_column(Document)
    zone: Mapped[str]
    words: Mapped[str]
    derivation: Mapped[dict[str, object]] = mapped_column(Document)
    way: Mapped[list[dict[str, object]]] = mapped_column(Document)
    step: Mapped[int]
    next_at: Mapped[datetime | None]

    __table_args__ = (
        some("ix_deadlines_next", "next_at", where="next_at IS NOT NULL"),
        some("ix_deadlines_open", "policy_id", where="met_at IS NULL"),
    )  # fmt: skip

    @property
    def planned(self) -> tuple[Planned, ...]:
        """The moments still to come, in order."""
        return msgspec.convert(self.way, tuple[Planned, ...])

    @property
    def why(self) -> Derivation:
        """How the due time follows from the start."""
        return msgspec.convert(self.derivation, Derivation)


def promise(
    session: Session, state: Setup, task_id: int, kind: str, department_id: int | None, at: datetime
) -> list[Deadline]:
    """Set every deadline that the policies promise for a new task of this kind, counted from `at`."""
    policies = state.policies_for(kind, department_id)
    calendar = Calendar(state.working_hours(department_id, None))
    deadlines = [
        Deadline(task_id=task_id, policy_id=policy.id, kind=policy.target, started_at=at,
                 seconds=policy.seconds, pauses=[], step=-1)
        for policy in policies
    ]  # fmt: skip
    for deadline, policy in zip(deadlines, policies, strict=True):
        derive(session, deadline, policy, calendar)
    session.add_all(deadlines)
    return deadlines


def derive(session: Session, deadline: Deadline, policy: Policy, calendar: Calendar) -> None:
    """Compute due time, derivation and way anew from start, promise, pauses and calendar; set the timer."""
    pauses = msgspec.convert(deadline.pauses, tuple[Pause, ...])
    found = _due(deadline.started_at, timedelta(seconds=deadline.seconds), calendar, pauses)
    deadline.zone = calendar.hours.zone
    deadline.due_at = found.due
    deadline.words = found.words(deadline.zone)
    deadline.derivation = cast("dict[str, object]", msgspec.to_builtins(found))
    planned = _way(found.due, deadline.started_at, policy.escalation, calendar) if found.due else ()
    set_way(session, deadline, [each for each in planned if not _passed(deadline, each)])


def set_way(session: Session, deadline: Deadline, way: Sequence[Planned]) -> None:
    """Keep what is still to come and have the first of it taken in time."""
    deadline.way = cast("list[dict[str, object]]", msgspec.to_builtins(way))
    set_timer(session, deadline, way[0].at if way else None)


def set_timer(session: Session, deadline: Deadline, at: datetime | None) -> None:
    """Have the deadline's next step taken at a moment; None stops it."""
    deadline.next_at = at
    if at is not None:
        announce(session, Due(TIMER, at))


def meet(session: Session, task_id: int, kinds: Iterable[str] | None = None) -> list[Deadline]:
    """Say that promises were kept: those of these kinds, or all."""
    met = [each for each in running(session, task_id) if kinds is None or each.kind in kinds]
    for deadline in met:
        deadline.met_at, deadline.next_at = now(), None
    return met


def unmeet(session: Session, task_id: int, since: datetime) -> None:
    """Take back what was met at `since` or later: the task was not done after all."""
    rows = session.scalars(select(Deadline).where(Deadline.task_id == task_id, Deadline.met_at >= since))
    for deadline in rows.all():
        deadline.met_at = None
        _derive_again(session, deadline)


def pause(session: Session, task_id: int, why: str) -> None:
    """Hold the clocks of a task: we wait for somebody else."""
    for deadline in running(session, task_id):
        if deadline.paused_at is None and deadline.breached_at is None:
            deadline.paused_at = now()
            held = Pause(deadline.paused_at, None, why)
            deadline.pauses = [*deadline.pauses, cast("dict[str, object]", msgspec.to_builtins(held))]
            _derive_again(session, deadline)


def resume(session: Session, task_id: int) -> None:
    """Let the clocks of a task run again; the working time that was left is still left."""
    for deadline in running(session, task_id):
        if deadline.paused_at is not None:
            *before, last = msgspec.convert(deadline.pauses, tuple[Pause, ...])
            deadline.paused_at = None
            ended = [*before, Pause(last.from_, now(), last.why)]
            deadline.pauses = cast("list[dict[str, object]]", msgspec.to_builtins(ended))
            _derive_again(session, deadline)


def running(session: Session, task_id: int) -> Sequence[Deadline]:
    """Give the deadlines of a task that are not met."""
    return session.scalars(
        select(Deadline).where(Deadline.task_id == task_id, Deadline.met_at.is_(None)).order_by(Deadline.id)
    ).all()


def deadlines_of(session: Session, task_ids: Sequence[int]) -> dict[int, list[Deadline]]:
    """Give the deadlines of several tasks, the most pressing first."""
    found: dict[int, list[Deadline]] = {task_id: [] for task_id in task_ids}
    order = (Deadline.due_at.is_(None), Deadline.due_at, Deadline.id)
    for deadline in session.scalars(select(Deadline).where(Deadline.task_id.in_(task_ids)).order_by(*order)):
        found[deadline.task_id].append(deadline)
    return found


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next step of any deadline is taken."""
    return session.scalar(select(func.min(Deadline.next_at)).where(Deadline.next_at > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the deadlines whose next step is due, oldest first."""
    due = select(Deadline.id).where(Deadline.next_at <= moment).order_by(Deadline.next_at).limit(limit)
    return [(found, found) for found in session.scalars(due)]


def _derive_again(session: Session, deadline: Deadline) -> None:
    task = session.get_one(Task, deadline.task_id)
    policy = session.get_one(Policy, deadline.policy_id)
    derive(session, deadline, policy, calendar_for(session, task.department_id))


def _due(start: datetime, span: timedelta, calendar: Calendar, pauses: tuple[Pause, ...]) -> Derivation:
    """Derive; a calendar that never opens must not lose a request, so it is counted round the clock."""
    try:
        return worktime.due(start, span, calendar, pauses)
    except worktime.NeverOpens:
        return worktime.due(start, span, Calendar(WorkingHours.always(calendar.hours.zone)), pauses)


def _way(due: datetime, start: datetime, steps: Sequence[Step], calendar: Calendar) -> list[Planned]:
    """Lay out the reminders, the breach and the escalation in working time, in order."""
    way = [Planned(due, -1, "", breach=True)]
    for number, step in enumerate(steps):
        span = timedelta(seconds=abs(step.after))
        if step.after < 0:
            at = worktime.before(due, span, calendar, start)
        else:
            at = _due(due, span, calendar, ()).due or due
        if step.after >= 0 or at > start:
            way.append(Planned(at, number, step.tell, breach=False))
    return sorted(way, key=lambda each: (each.at, each.step))


def _passed(deadline: Deadline, planned: Planned) -> bool:
    """Tell what has been done already: after a pause nobody is told the same again."""
    if planned.breach:
        return deadline.breached_at is not None
    return planned.step <= deadline.step
