"""A promise on a task: the row, and how it is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ForeignKey, Integer, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.deadline_ways import Planned
from crm.derivation import Derivation
from hub.db import Base, Document, some
from hub.shapes import convert

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
        some("ix_deadlines_met", "met_at", where="met_at IS NOT NULL"),
        some("ix_deadlines_breached", "breached_at", "task_id", where="breached_at IS NOT NULL"),
    )  # fmt: skip

    @property
    def planned(self) -> tuple[Planned, ...]:
        """Every moment of its way, in order."""
        return planned_of(self)

    @property
    def coming(self) -> tuple[Planned, ...]:
        """The moments still to come, in order."""
        return tuple(each for each in self.planned if not each.taken)

    @property
    def why(self) -> Derivation:
        """How the due time follows from the start."""
        return convert(self.derivation, Derivation)


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


def planned_of(deadline: Deadline | Draft) -> tuple[Planned, ...]:
    """Give every moment of its way, in order."""
    return convert(deadline.way, tuple[Planned, ...])


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
