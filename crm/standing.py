"""How promises stand: which are late, which break soon, which were kept or broken since a moment.

Conditions to be put into a query; each figure on a screen and the rows that it opens are asked by the same one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from crm import orders
from crm.conversations import Interaction
from crm.deadlines import Deadline
from crm.runs import Run, RunStep, RunTask, is_dropped
from crm.tasks import Task
from hub.clock import now

HOUR = timedelta(hours=1)
BY_DEADLINE = (Task.due_at.nulls_last(), Task.id)  # the order in which tasks are most pressing


def late() -> ColumnElement[bool]:
    """Tell which deadlines are late at this moment: not met, and broken or past their time."""
    # Never NULL, so that it can be negated: a held deadline has no due time.
    passed = and_(Deadline.due_at.is_not(None), Deadline.due_at <= now())
    return and_(Deadline.met_at.is_(None), or_(Deadline.breached_at.is_not(None), passed))


def is_late() -> ColumnElement[bool]:
    """Tell which open tasks are late: those with such a deadline. One that broke and runs is past its time."""
    return and_(Task.done_at.is_(None), Task.due_at.is_not(None), Task.due_at <= now())


def breaks_within(span: timedelta) -> ColumnElement[bool]:
    """Tell which deadlines pass within this time unless somebody keeps them."""
    moment = now()
    return and_(Deadline.met_at.is_(None), Deadline.due_at > moment, Deadline.due_at <= moment + span)


def kept(since: datetime) -> ColumnElement[bool]:
    """Tell which promises were kept in time since a moment; none is by a task that was no longer needed."""
    return and_(Deadline.met_at >= since, Deadline.breached_at.is_(None), ~is_dropped(Deadline.task_id))


def needless(session: Session, task_ids: Iterable[int]) -> frozenset[int]:
    """Give those of some tasks that are over though nobody did them: they were no longer needed."""
    cancelled = select(Interaction.id).where(Interaction.kind == orders.KIND)
    told = select(RunTask.task_id)
    over = Task.done_at.is_not(None) & Task.done_by.is_(None)
    wanted = select(Task.id).where(
        Task.id.in_(list(task_ids)), over,
        or_(is_dropped(Task.id), Task.id.in_(told), Task.interaction_id.in_(cancelled)),
    )  # fmt: skip
    return frozenset(session.scalars(wanted))


def broken(since: datetime) -> ColumnElement[bool]:
    """Tell which promises broke since a moment."""
    return Deadline.breached_at >= since


def is_late_run() -> ColumnElement[bool]:
    """Tell which runs are at a step whose promise broke and is still to be kept."""
    steps = select(RunStep.run_id).join(Deadline, Deadline.task_id == RunStep.task_id).where(
        RunStep.ended_at.is_(None), RunStep.dropped_at.is_(None), Deadline.met_at.is_(None),
        Deadline.breached_at.is_not(None),
    )  # fmt: skip
    return Run.id.in_(steps)


def tasks_with(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell which tasks have such a deadline."""
    return Task.id.in_(select(Deadline.task_id).where(which))


def put_off() -> ColumnElement[bool]:
    """Tell which tasks are planned for later."""
    return and_(Task.planned_for.is_not(None), Task.planned_for > now())
