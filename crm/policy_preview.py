"""What a changed policy would do to the open deadlines: told before, and then done in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import alarms, sla, versions
from crm.deadlines import Deadline
from crm.policies import Policy, Step, Target
from crm.setup import calendar_for
from crm.tasks import Task, changed
from crm.worktime import Calendar
from hub import audit
from hub.clock import now
from hub.said import said
from hub.shapes import convert
from hub.users import Viewer


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy is or is to become, as its columns have it; it is also what a version of it keeps.

    A version without `days` was kept before promises were counted in them: its seconds are working time.
    """

    name: str
    kinds: tuple[str, ...] = ()
    departments: tuple[int, ...] = ()
    target: Target
    seconds: int
    days: int = 0
    steps: tuple[Step, ...]
    unseen_seconds: int


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


def written(policy: Policy) -> dict[str, object]:
    """Give a policy as a version keeps it."""
    return {
        "name": policy.name, "kinds": list(policy.kinds), "departments": list(policy.departments),
        "target": policy.target, "seconds": policy.seconds, **({"days": policy.days} if policy.days else {}),
        "steps": msgspec.to_builtins(policy.escalation), "unseen_seconds": policy.unseen_seconds,
    }  # fmt: skip


def proposal_of(content: Mapping[str, object]) -> Proposal:
    """Read a version back."""
    return convert(content, Proposal)


def preview(session: Session, policy: Policy, proposal: Proposal) -> Preview:
    """Tell which open deadlines a policy would move if it became this."""
    return moves(
        Move(each.task_id, each.due_at, sla.due_within(each, proposal.seconds, proposal.days, calendar))
        for each, calendar in _running(session, policy)
    )


def apply(session: Session, viewer: Viewer, policy: Policy, proposal: Proposal) -> Preview:
    """Change a policy and count its open deadlines by it; nobody who was told is told the same again."""
    told, running, before = preview(session, policy, proposal), _running(session, policy), written(policy)
    write(policy, proposal, viewer)
    session.flush()
    for deadline, calendar in running:
        deadline.seconds, deadline.days = policy.seconds, policy.days
        recount(session, deadline, policy, calendar, viewer)
    for move in told.moved:
        words = said("the policy “%(policy)s” was changed", policy=policy.name)
        changed(session, session.get_one(Task, move.task_id), viewer.user_id, words)
    keep(session, viewer, policy, before)
    return told


def write(policy: Policy, proposal: Proposal, viewer: Viewer) -> None:
    """Write a proposal into a policy's columns."""
    policy.name, policy.target = proposal.name, proposal.target
    policy.kinds, policy.departments = list(proposal.kinds), list(proposal.departments)
    policy.seconds, policy.days = proposal.seconds, proposal.days
    policy.unseen_seconds = proposal.unseen_seconds
    policy.steps = cast("list[dict[str, object]]", msgspec.to_builtins(proposal.steps))
    policy.changed_at, policy.changed_by = now(), viewer.user_id


def keep(session: Session, viewer: Viewer, policy: Policy, before: Mapping[str, object]) -> None:
    """Keep what a policy became as a version, and who did it in the audit."""
    after = written(policy)
    changes = audit.differences(_noted(before), _noted(after))
    if changes:
        versions.keep(session, viewer, versions.POLICY, policy.id, before, after)
        audit.record(session, viewer, audit.CHANGED, "policy", policy.id, changes=changes)


def _noted(content: Mapping[str, object]) -> Mapping[str, object]:
    """Give what the audit notes: what is promised in days is not noted in hours as well."""
    return {name: value for name, value in content.items() if name != "seconds" or not content.get("days")}


def recount(session: Session, deadline: Deadline, policy: Policy, calendar: Calendar, viewer: Viewer) -> None:
    """Count an open deadline anew; alarms of one that has time again end."""
    if sla.renew(session, deadline, policy, calendar):
        alarms.answer(session, deadline.task_id, viewer.user_id, [deadline.id])
    alarms.watch(session, deadline, policy)


def moves(found: Iterable[Move]) -> Preview:
    """Tell apart what moves and what stays."""
    every = list(found)
    moved = [move for move in every if move.due_now != move.due_then]
    moved.sort(key=lambda move: (move.due_then is None, move.due_then, move.task_id))
    return Preview(moved, len(every) - len(moved))


def count_open(session: Session) -> dict[int, int]:
    """Count the open deadlines of every policy."""
    rows = session.execute(
        select(Deadline.policy_id, func.count()).where(Deadline.met_at.is_(None)).group_by(Deadline.policy_id)
    )
    return {policy_id: count for policy_id, count in rows if policy_id is not None}


def _running(session: Session, policy: Policy) -> list[tuple[Deadline, Calendar]]:
    """Give the open deadlines of a policy, each with the working time that it counts."""
    query = select(Deadline).where(Deadline.policy_id == policy.id, Deadline.met_at.is_(None))
    running = session.scalars(query.order_by(Deadline.id)).all()
    departments = {deadline.department_id for deadline in running}
    calendars = {each: calendar_for(session, each) for each in departments}
    return [(deadline, calendars[deadline.department_id]) for deadline in running]
