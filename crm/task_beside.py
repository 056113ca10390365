"""What stands beside a task that is about to be done, by one look: most of it mostly is not there."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from crm.alarms import Alarm
from crm.appointments import Appointment, Wish
from crm.deadlines import Deadline
from crm.run_steps import Doing, asking, doing
from crm.runs import TASK_KIND
from crm.tasks import Task
from hub.statements import Statement


class Beside(NamedTuple):
    """The step of a process that it is for, whether a clock of it is held and it has alarms that are not answered.

    And whether it has an appointment, or the wish for one.
    """

    step: Doing | None
    is_paused: bool
    is_alarmed: bool
    is_planned: bool
    is_wished: bool


def beside(session: Session, task: Task) -> Beside:
    """Give it; the run of a step is one that nobody else moves meanwhile."""
    found = doing(session, _OF_STEP, task) if task.kind == TASK_KIND else None
    step, more = found or (None, _OF_TASK.one(session, {"task": task.id}))
    return Beside(step, *map(bool, more))


_LOOKS = (
    exists().where(
        Deadline.task_id == bindparam("task"), Deadline.met_at.is_(None), Deadline.paused_at.is_not(None)
    ),
    exists().where(Alarm.task_id == bindparam("task"), Alarm.answered_at.is_(None)),
    exists().where(Appointment.task_id == bindparam("task")),
    exists().where(Wish.task_id == bindparam("task")),
)
_OF_TASK, _OF_STEP = Statement(select(*_LOOKS)), asking(*_LOOKS)
