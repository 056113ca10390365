"""Runs: processes that are under way for a deal or a contact, and what happened in each, step by step.

A run stays on its version. Its state is the engine's bare tree; what it knows, such as the answers of forms, lies
beside it. A timer is a column here as elsewhere: `due_at` is when the next of its times is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, ForeignKey, Index, Integer, bindparam, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from crm.deals import Deal
from crm.setup import VERSION, told
from hub.clock import now
from hub.db import Base, Document, announce, some
from hub.rows import held
from hub.sentence import Sentence
from hub.statements import Statement
from hub.timers import Due

TIMER, IN_LOTS = "runs", "sequence_runs"
TASK_KIND = "process"
GOING = "ended_at IS NULL"
ALONE = "run_alone"
"""In a session: the deal for which nothing goes on but the run that is moved, so that nobody else need be asked for."""


class Run(Base):
    """One instance of a version; `plan` is that version's digest, by which its diagram is found in memory.

    `waits_for` are the messages that it waits for; `unheard` those that came while it could not go on.

    `stuck` says why it cannot go on, since `stuck_at`, until somebody mends what is wrong and has it try again.
    `stopped_by` and `stopped_why` tell of one that somebody ended. One of the sequence `sequence_id` goes on with
    others of it (crm/sequence_lots.py).
    """

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("process_versions.id"), index=True)
    plan: Mapped[str]
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    sequence_id: Mapped[int | None] = mapped_column(ForeignKey("sequences.id"))
    state: Mapped[list[object]] = mapped_column(Document)
    data: Mapped[dict[str, object]] = mapped_column(Document, default=dict)
    waits_for: Mapped[list[str]] = mapped_column(Document, default=list)
    unheard: Mapped[list[str]] = mapped_column(Document, default=list)
    due_at: Mapped[datetime | None]
    started_at: Mapped[datetime] = mapped_column(default=now)
    started_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    stuck: Mapped[str] = mapped_column(Sentence, default="")
    stuck_at: Mapped[datetime | None]
    stopped_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    stopped_why: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        some("ix_runs_contact_going", "contact_id", where=GOING),
        some("ix_runs_deal_going", "deal_id", where=GOING),
        some("ix_runs_due", "due_at", where="due_at IS NOT NULL AND sequence_id IS NULL"),
        some(
            "ix_runs_in_lots", "sequence_id", "due_at", where="due_at IS NOT NULL AND sequence_id IS NOT NULL"
        ),
        Index("ix_runs_deal", "deal_id", "id"),
        Index("ix_runs_contact", "contact_id", "id"),
    )


class RunStep(Base):
    """Something that began in a run, at an element of its diagram: when it was done, by whom, and from what it began.

    `dropped_at` instead of `ended_at`: it was no longer needed. What takes no time begins and ends at once.
    """

    __tablename__ = "run_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    element: Mapped[str]
    began_at: Mapped[datetime]
    cause: Mapped[str] = mapped_column(Sentence)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    dropped_at: Mapped[datetime | None]
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))

    __table_args__ = (
        Index("ix_run_steps_run", "run_id", "id"),
        some("ix_run_steps_task", "task_id", where="task_id IS NOT NULL"),
    )


class RunTask(Base):
    """A task that is about a run: why it is stuck, so that somebody mends that."""

    __tablename__ = "run_tasks"

    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True, autoincrement=False)
    run_id: Mapped[int] = mapped_column(ForeignKey(Run.id), index=True)


def locked(session: Session, run_id: int) -> Run:
    """Give a run that nobody else moves meanwhile."""
    return held(session, Run, run_id)


def run_of(session: Session, task_id: int) -> Run | None:
    """Give the run whose step a task is for."""
    step = select(RunStep.run_id).where(RunStep.task_id == task_id)
    return session.scalars(select(Run).where(Run.id.in_(step))).first()


def deals_of_tasks(session: Session, tasks: Iterable[tuple[int, str]]) -> dict[int, tuple[int, str]]:
    """Give by task the deal, and its title, of the run that it is a step of; `tasks` are ids with their kinds."""
    ids = [task_id for task_id, kind in tasks if kind == TASK_KIND]
    if not ids:
        return {}
    rows = session.execute(
        select(RunStep.task_id, Deal.id, Deal.title)
        .join(Run, Run.id == RunStep.run_id).join(Deal, Deal.id == Run.deal_id)
        .where(RunStep.task_id.in_(ids))
    )  # fmt: skip
    return {task_id: (deal_id, title) for task_id, deal_id, title in rows if task_id is not None}


def of_no_other(task_id: InstrumentedAttribute[int], deal_id: int) -> ColumnElement[bool]:
    """Tell which tasks are no steps of runs for other deals than this one."""
    others = select(RunStep.id).join(Run, Run.id == RunStep.run_id).where(
        RunStep.task_id == task_id, Run.deal_id != deal_id
    )  # fmt: skip
    return ~others.exists()


def is_dropped(task_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Tell which tasks nobody did: they were steps of runs that went another way."""
    return select(RunStep.id).where(RunStep.task_id == task_id, RunStep.dropped_at.is_not(None)).exists()


def steps_of(session: Session, run_id: int) -> Sequence[RunStep]:
    """Give what happened in a run, in order."""
    return session.scalars(select(RunStep).where(RunStep.run_id == run_id).order_by(RunStep.id)).all()


def runs_of(session: Session, *, deal_id: int | None = None, contact_id: int | None = None) -> Sequence[Run]:
    """Give the runs for a deal or with a contact, newest first."""
    whose = Run.deal_id == deal_id if deal_id is not None else Run.contact_id == contact_id
    return session.scalars(select(Run).where(whose).order_by(Run.id.desc())).all()


def under_way(session: Session, deal_id: int) -> Sequence[Run]:
    """Give the runs for a deal that are not over, oldest first."""
    wanted = select(Run).where(Run.deal_id == deal_id, Run.ended_at.is_(None))
    return session.scalars(wanted.order_by(Run.id)).all()


class Going(NamedTuple):
    """What of a run under way tells whether something concerns it."""

    id: int
    version_id: int
    plan: str
    deal_id: int | None
    waits_for: Sequence[str]
    stuck_at: datetime | None


def going(session: Session, deal_id: int | None, contact_id: int | None) -> Sequence[Going]:
    """Give the runs under way that what happens to a contact may concern, or to one deal of his alone, locked."""
    whose = {"deal": deal_id, "contact": contact_id}
    wanted = _OF_CONTACT if deal_id is None else _OF_DEAL
    session.flush()
    found = list[Going]()
    for *what, version in wanted.rows(session, whose):
        told(session, version)
        found.append(Going(*what))
    return found


def begin(session: Session) -> None:
    """Say that one begins: where one was alone, it is so no longer."""
    session.info.pop(ALONE, None)


_OTHER = Run.__table__.alias()
_GOES_ON = exists().where(_OTHER.c.ended_at.is_(None), _OTHER.c.id != Run.id)
OTHERS = or_(
    _GOES_ON.where(_OTHER.c.deal_id == Deal.id),
    _GOES_ON.where(_OTHER.c.contact_id == Deal.contact_id, _OTHER.c.deal_id.is_(None)),
)
"""Whether anything else goes on that what happens to the deal of a run may concern: what `going` would find."""
_GOING = (
    select(*(Run.__table__.c[name] for name in Going._fields), VERSION).where(Run.ended_at.is_(None))
    .order_by(Run.id).with_for_update()
)  # fmt: skip
_OF_CONTACT = Statement(_GOING.where(Run.contact_id == bindparam("contact")))
_OF_DEAL = Statement(
    _GOING.where(
        (Run.deal_id == bindparam("deal"))
        | (Run.deal_id.is_(None) & (Run.contact_id == bindparam("contact")))
    )
)


def set_timer(session: Session, run: Run) -> None:
    """Have a run go on when its next time is there."""
    if run.due_at is not None:
        announce(session, Due(TIMER if run.sequence_id is None else IN_LOTS, run.due_at))


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next time of any run is there that goes on by itself."""
    wanted = select(func.min(Run.due_at)).where(Run.due_at > after, Run.sequence_id.is_(None))
    return session.scalar(wanted)


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the runs that go on by themselves and for which a time is there, oldest first."""
    return [(row[0], row[0]) for row in _DUE.rows(session, {"moment": moment, "most": limit})]


_DUE = Statement(
    select(Run.id).where(Run.due_at <= bindparam("moment"), Run.sequence_id.is_(None)).order_by(Run.due_at)
    .limit(bindparam("most", type_=Integer))
)  # fmt: skip
