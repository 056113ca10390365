"""Times that somebody sets for a task himself. Such a time is a promise, kept like those of the policies.

It is a moment, whatever the working hours are. Put off beyond it, the task is to be done by then instead.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm import deadlines, sla, worktime
from crm.deadlines import Draft
from crm.derivation import Pause
from crm.policies import SET_BY_HAND
from crm.setup import calendar_for
from hub.clock import now
from hub.languages import N_
from hub.shapes import convert

PUT_OFF = N_("put off")


def set_for(session: Session, task_id: int, department_id: int | None, due_at: datetime) -> None:
    """Have a task be due at a moment. The clock of one that is further away than a year begins a year before."""
    start = max(now(), due_at - worktime.LONGEST).replace(microsecond=0)
    seconds = round((due_at - start).total_seconds())
    promise = Draft(task_id, None, department_id, SET_BY_HAND.target, start, seconds)
    sla.derive(session, promise, SET_BY_HAND, calendar_for(session, department_id))
    sla.keep(session, [promise])


def put_off(session: Session, task_id: int, until: datetime | None) -> None:
    """Have a task that was put off be due no sooner than then; None takes that back."""
    own = [
        each
        for each in deadlines.running(session, task_id)
        if each.policy_id is None and each.paused_at is None
    ]
    for deadline in own:
        pauses, moment = convert(deadline.pauses, list[Pause]), now()
        if pauses and pauses[-1].why == PUT_OFF:
            pauses = pauses[:-1]
            sla.hold(session, deadline, pauses)
        due_at = deadline.due_at
        if until is not None and due_at is not None and moment < due_at < until:
            sla.hold(session, deadline, [*pauses, Pause(moment, moment + (until - due_at), PUT_OFF)])
