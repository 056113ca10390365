"""Deadlines: a promise on a task, when it is due and why, and what happens on the way.

Working time is computed when a promise is made, paused or resumed, never when it is checked: `next_at` is the
column that the timer sleeps on, and the derivation is kept beside it. A deadline runs while it is neither met
nor paused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import ForeignKey, Integer, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import deadline_ways, derivation_words
from crm.deadline_ways import Planned
from crm.derivation import Derivation, Pause
from crm.policies import SET_BY_HAND, Policy
from crm.setup import Setup, calendar_for
from crm.worktime import Calendar
from hub.clock import now
from hub.db import Base, Document, announce, some
from hub.rows import insert_many
from hub.timers import Due

TIMER = "deadlines"


class Deadline(Base):
    """One promise on one task. `due_at` is None while it is paused; `next_at` is when something happens next.

    It gives `days` working days, or with none `seconds` of working time. `policy_id` is None where somebody set the
    time himself: then it is a moment, whatever the working hours are. `department_id` is whose working hours count,
    wherever the task went since. `derivation` is a `Derivation`, `words` the same told; `way` are the planned moments,
    those that were taken first; `step` is the number of the last one at which somebody was told, -1 before that.
    """

    __tablename__ = "deadlines"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    kind: Mapped[str]
    started_at: Mapped[datetime]
    seconds: Mapped[int]
    days: Mapped[int] = mapped_column(default=0)
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
        some("ix_deadlines_due", "due_at", where="met_at IS NULL"),
        some("ix_deadlines_open", "policy_id", where="met_at IS NULL"),
        some("ix_deadlines_met", "met_at", where="met_at IS NOT NULL"),
        some("ix_deadlines_breached", "breached_at", "task_id", where="breached_at IS NOT NULL"),
    )  # fmt: skip

    @property
    def planned(self) -> tuple[Planned, ...]:
        """Every moment of its way, in order."""
        return _planned(self)

    @property
    def coming(self) -> tuple[Planned, ...]:
        """The moments still to come, in order."""
        return tuple(each for each in self.planned if not each.taken)

    @property
    def why(self) -> Derivation:
        """How the due time follows from the start."""
        return msgspec.convert(self.derivation, Derivation)


@dataclass(slots=True)
class Draft:
    """A promise that is still to be written: columns of a `Deadline`."""

    task_id: int
    policy_id: int | None
    department_id: int | None
    kind: str
    started_at: datetime
    seconds: int
    days: int = 0
    due_at: datetime | None = None
    met_at: datetime | None = None
    paused_at: datetime | None = None
    breached_at: datetime | None = None
    pauses: list[dict[str, object]] = field(default_factory=list)
    zone: str = ""
    words: str = ""
    derivation: dict[str, object] = field(default_factory=dict)
    way: list[dict[str, object]] = field(default_factory=list)
    step: int = -1
    next_at: datetime | None = None


def _planned(deadline: Deadline | Draft) -> tuple[Planned, ...]:
    return msgspec.convert(deadline.way, tuple[Planned, ...])


# Put together once: that takes longer than to ask.
_EARLIEST = select(func.min(Deadline.next_at)).where(Deadline.next_at > bindparam("after"))
_DUE = (
    select(Deadline.id)
    .where(Deadline.next_at <= bindparam("moment"))
    .order_by(Deadline.next_at)
    .limit(bindparam("most", type_=Integer))
)
_OF_TASKS = (
    select(Deadline)
    .where(Deadline.task_id.in_(bindparam("tasks", expanding=True)))
    .order_by(Deadline.due_at.is_(None), Deadline.due_at, Deadline.id)
)

_RUNNING = (
    select(Deadline)
    .where(Deadline.task_id == bindparam("task"), Deadline.met_at.is_(None))
    .order_by(Deadline.id)
)

COLUMNS = tuple(name for name in Deadline.__table__.columns.keys() if name != "id")  # noqa: SIM118 - no mapping


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
    pauses, start = msgspec.convert(deadline.pauses, tuple[Pause, ...]), deadline.started_at
    if policy is SET_BY_HAND:
        found = deadline_ways.by_hand(start, deadline.seconds, calendar, pauses)
    else:
        found, calendar = deadline_ways.due(start, deadline.seconds, deadline.days, calendar, pauses)
    deadline.zone = calendar.hours.zone
    deadline.due_at = found.due
    deadline.words = derivation_words.told(found, deadline.zone)
    deadline.derivation = cast("dict[str, object]", msgspec.to_builtins(found))
    taken = [each for each in _planned(deadline) if each.taken]
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
    pauses = msgspec.convert(deadline.pauses, tuple[Pause, ...])
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
        before = msgspec.convert(deadline.pauses, list[Pause])
        hold(session, deadline, [*before, Pause(moment, None, why)])
    return held


def resume(session: Session, task_id: int) -> list[Deadline]:
    """Let the held clocks of a task run again, and give them; the time that was left is still left."""
    held = [each for each in running(session, task_id) if each.paused_at is not None]
    for deadline in held:
        *before, last = msgspec.convert(deadline.pauses, tuple[Pause, ...])
        deadline.paused_at = None
        hold(session, deadline, [*before, Pause(last.from_, now(), last.why)])
    return held


def hold(session: Session, deadline: Deadline, pauses: Sequence[Pause]) -> None:
    """Count a deadline anew, with these pauses."""
    deadline.pauses = cast("list[dict[str, object]]", msgspec.to_builtins(pauses))
    _derive_again(session, deadline)


def running(session: Session, task_id: int) -> Sequence[Deadline]:
    """Give the deadlines of a task that are not met."""
    return session.scalars(_RUNNING, {"task": task_id}).all()


def deadlines_of(session: Session, task_ids: Sequence[int]) -> dict[int, list[Deadline]]:
    """Give the deadlines of several tasks, the most pressing first."""
    found: dict[int, list[Deadline]] = {task_id: [] for task_id in task_ids}
    for deadline in session.scalars(_OF_TASKS, {"tasks": list(found)}) if found else ():
        found[deadline.task_id].append(deadline)
    return found


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next step of any deadline is taken."""
    return session.connection().execute(_EARLIEST, {"after": after}).scalar()


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the deadlines whose next step is due, oldest first."""
    due = session.connection().execute(_DUE, {"moment": moment, "most": limit})
    return [(found, found) for found in due.scalars()]


def _derive_again(session: Session, deadline: Deadline) -> None:
    derive(session, deadline, policy_of(session, deadline), calendar_for(session, deadline.department_id))
