"""Deadlines: a promise on a task, when it is due and why, and what happens on the way.

Working time is computed when a promise is made, paused or resumed, never when it is checked: `next_at` is the
column that the timer sleeps on, and the derivation is kept beside it. A deadline runs while it is neither met
nor paused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deadline_ways, derivation_words, tasks
from crm.deadline_ways import Planned
from crm.deadlines import COLUMNS, TIMER, Deadline, Draft, planned_of, running
from crm.derivation import Pause
from crm.policies import SET_BY_HAND, Policy
from crm.setup import Setup, calendar_for, setup
from crm.worktime import Calendar
from hub.clock import now
from hub.db import announce
from hub.rows import insert_many
from hub.shapes import convert
from hub.timers import Due


def add_task(session: Session, *, but: str = "", **values: object) -> int:
    """Make a task, as `tasks.add_task` does, with all that the policies promise for its kind from when it was made."""
    task_id, department_id = tasks.add_task(session, **values), cast("int | None", values["department_id"])
    kind, at = cast("str", values["kind"]), cast("datetime", values["created_at"])
    promise(session, setup(session), task_id, kind, department_id, at, but)
    return task_id


def promise(
    session: Session, state: Setup, task_id: int, kind: str, department_id: int | None, at: datetime, but: str = ""
) -> None:  # fmt: skip
    """Set every deadline that the policies promise for a new task of this kind, counted from `at`; `but` one target."""
    policies = [each for each in state.policies_for(kind, department_id) if each.target != but]
    calendar = Calendar(state.working_hours(department_id, None))
    keep(session, [draft(session, task_id, policy, department_id, at, calendar) for policy in policies])


def draft(
    session: Session, task_id: int, policy: Policy, department_id: int | None, at: datetime, calendar: Calendar
) -> Draft:  # fmt: skip
    """Derive what a policy promises for a task, counted from `at`."""
    made = Draft(task_id, policy.id, department_id, policy.target, at, policy.seconds, policy.days)
    derive(session, made, policy, calendar)
    return made


def keep(session: Session, drafts: Sequence[Draft]) -> None:
    """Write new promises that were derived, past the unit of work."""
    insert_many(session, Deadline, [{name: getattr(each, name) for name in COLUMNS} for each in drafts])


def policy_of(session: Session, deadline: Deadline) -> Policy:
    """Give the rule by which a deadline is kept."""
    return SET_BY_HAND if deadline.policy_id is None else session.get_one(Policy, deadline.policy_id)


def derive(session: Session, deadline: Deadline | Draft, policy: Policy, calendar: Calendar) -> None:
    """Compute due time, derivation and way anew from start, promise, pauses and calendar; set the timer.

    A time that was set by hand counts round the clock; who is told of it, and when, goes by working hours all the same.
    """
    pauses, start = convert(deadline.pauses, tuple[Pause, ...]), deadline.started_at
    if policy is SET_BY_HAND:
        found = deadline_ways.by_hand(start, deadline.seconds, calendar, pauses)
    else:
        found, calendar = deadline_ways.due(start, deadline.seconds, deadline.days, calendar, pauses)
    deadline.zone = calendar.hours.zone
    deadline.due_at = found.due
    deadline.words = derivation_words.told(found, deadline.zone)
    deadline.derivation = cast("dict[str, object]", msgspec.to_builtins(found))
    taken = [each for each in planned_of(deadline) if each.taken]
    due, steps = found.due, policy.escalation
    coming = deadline_ways.way(found.start, due, steps, calendar, pauses) if due else ()
    # After a pause nobody is told the same again.
    known = {(each.after, each.tell) for each in taken}
    set_way(session, deadline, [*taken, *(each for each in coming if (each.after, each.tell) not in known)])


def renew(session: Session, deadline: Deadline, policy: Policy, calendar: Calendar) -> bool:
    """Count a deadline anew, as it was promised. True when it was late and has time again."""
    derive(session, deadline, policy, calendar)
    if deadline.breached_at is None or deadline.due_at is None or deadline.due_at <= now():
        return False
    # The promise is whole again; should it break, whoever was told of the first time must hear of it anew.
    deadline.breached_at = None
    before = [each for each in deadline.planned if each.taken and each.after < 0]
    deadline.way = cast("list[dict[str, object]]", msgspec.to_builtins(before))
    derive(session, deadline, policy, calendar)
    return True


def due_within(deadline: Deadline, seconds: int, days: int, calendar: Calendar) -> datetime | None:
    """Tell when a deadline would be due with another promise; None while it is held."""
    pauses = convert(deadline.pauses, tuple[Pause, ...])
    return deadline_ways.due(deadline.started_at, seconds, days, calendar, pauses)[0].due


def set_way(session: Session, deadline: Deadline | Draft, way: Sequence[Planned]) -> None:
    """Keep the way and have the first moment that is still to come taken in time."""
    deadline.way = cast("list[dict[str, object]]", msgspec.to_builtins(way))
    set_timer(session, deadline, next((each.at for each in way if not each.taken), None))


def set_timer(session: Session, deadline: Deadline | Draft, at: datetime | None) -> None:
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
    """Take back what was met at `since` or later, as if it had run on: the task was not done after all."""
    rows = session.scalars(select(Deadline).where(Deadline.task_id == task_id, Deadline.met_at >= since))
    for deadline in rows.all():
        deadline.met_at = None
        set_way(session, deadline, deadline.planned)


def pause(session: Session, task_id: int, why: str) -> list[Deadline]:
    """Hold the clocks of a task that still run, and give them: we wait for somebody else."""
    moment = now()
    held = [each for each in running(session, task_id)
            if each.paused_at is None and each.due_at is not None and each.due_at > moment]  # fmt: skip
    for deadline in held:
        deadline.paused_at = moment
        before = convert(deadline.pauses, list[Pause])
        hold(session, deadline, [*before, Pause(moment, None, why)])
    return held


def resume(session: Session, task_id: int) -> list[Deadline]:
    """Let the held clocks of a task run again, and give them; the time that was left is still left."""
    held = [each for each in running(session, task_id) if each.paused_at is not None]
    for deadline in held:
        *before, last = convert(deadline.pauses, tuple[Pause, ...])
        deadline.paused_at = None
        hold(session, deadline, [*before, Pause(last.from_, now(), last.why)])
    return held


def hold(session: Session, deadline: Deadline, pauses: Sequence[Pause]) -> None:
    """Count a deadline anew, with these pauses."""
    deadline.pauses = cast("list[dict[str, object]]", msgspec.to_builtins(pauses))
    _derive_again(session, deadline)


def _derive_again(session: Session, deadline: Deadline) -> None:
    derive(session, deadline, policy_of(session, deadline), calendar_for(session, deadline.department_id))
