"""What a changed policy would do to the open deadlines: told before, and then done in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import alarms, sla, versions  # noqa: F401
from crm.policies import Policy, Step
from crm.setup import calendar_for
from crm.sla import Deadline
from crm.tasks import Task, changed
from crm.worktime import Calendar
from hub.clock import now


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a policy is to become: seconds of working time, and its steps."""

    seconds: int
    steps: tuple[Step, ...]


class Move(NamedTuple):
    """An open deadline that would be due at another time."""

    task_id: int
    due_now: datetime | None
    due_then: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What moves, the earliest new time first, and how many open deadlines stay as they are."""

    moved: Sequence[Move]
    same: int


def preview(session: Session, policy: Policy, proposal: Proposal) -> Preview:
    """Tell which open deadlines a policy would move if it became this."""
    moves = [
        Move(each.task_id, each.due_at, sla.due_within(each, proposal.seconds, calendar))
        for each, calendar in _running(session, policy)
    ]
    moved = [move for move in moves if move.due_now != move.due_then]
    moved.sort(key=lambda move: (move.due_then is None, move.due_then, move.task_id))
    return Preview(moved, len(moves) - len(moved))


def apply(session: Session, policy: Policy, proposal: Proposal, by: int | None) -> Preview:
    """Change a policy and count its open deadlines by it; nobody who was told is told the same again."""
    told, running = preview(session, policy, proposal), _running(session, policy)
    policy.seconds = proposal.seconds
    policy.steps = cast("list[dict[str, object]]", msgspec.to_builtins(proposal.steps))
    policy.changed_at, policy.changed_by = now(), by
    for deadline, calendar in running:
        if sla.renew(session, deadline, policy, calendar):
            alarms.answer(session, deadline.task_id, by, [deadline.id])
        alarms.watch(session, deadline, policy)
    for move in told.moved:
        changed(session, session.get_one(Task, move.task_id), by, f"the policy “{policy.name}” was changed")
    return told


def count_open(session: Session) -> dict[int, int]:
    """Count the open deadlines of every policy."""
    rows = session.execute(
        select(Deadline.policy_id, func.count()).where(Deadline.met_at.is_(None)).group_by(Deadline.policy_id)
    )
    return {policy_id: count for policy_id, count in rows}  # noqa: C416 - rows are no pairs to mypy


def _running(session: Session, policy: Policy) -> list[tuple[Deadline, Calendar]]:
    """Give the open deadlines of a policy, each with the working time that it counts."""
    query = select(Deadline).where(Deadline.policy_id == policy.id, Deadline.met_at.is_(None))
    running = session.scalars(query.order_by(Deadline.id)).all()
    departments = {deadline.department_id for deadline in running}
    calendars = {each: calendar_for(session, each) for each in departments}
    return [(deadline, calendars[deadline.department_id]) for deadline in running]
