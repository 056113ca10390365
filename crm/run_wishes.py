"""What a run wishes to be done that takes longer than its transaction may: documents, messages, web hooks.

A wish is a row beside its step; whoever carries it out (crm/run_deeds.py) has the run go on from there. Done twice
it gives the same document and one message.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ForeignKey, Integer, bindparam, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.deals import Deal
from crm.runs import Run, RunStep
from crm.setup import VERSION, told
from hub.clock import now
from hub.db import Base, announce, some
from hub.rows import change, first, held_if_there, insert, is_shared
from hub.sentence import Sentence
from hub.statements import Statement
from hub.timers import Due

TIMER = "run_wishes"
PAUSE = timedelta(seconds=5)
TRIES = 6
AT_HAND = "run_wish"
"""In a session: the wish that is carried out, its run and its deal, so that they stay known."""


class RunWish(Base):
    """A deed of a run that takes time, at an element of its diagram. It is open while `due_at` is set.

    `document_id` is the document that it made, `interaction_id` the message, unless that was taken back.
    """

    __tablename__ = "run_wishes"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("run_steps.id"), unique=True)
    element: Mapped[str]
    kind: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Sentence, default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("deal_documents.id"))
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id", ondelete="SET NULL"))

    __table_args__ = (some("ix_run_wishes_due", "due_at", where="due_at IS NOT NULL"),)

    @property
    def key(self) -> str:
        """By which a document knows that it was wished for."""
        return f"run:{self.run_id}:{self.step_id}"


def wish(session: Session, run_id: int, step_id: int, element: str, kind: str) -> None:
    """Wish for a deed."""
    moment = now()
    insert(
        session, RunWish, run_id=run_id, step_id=step_id, element=element, kind=kind, made_at=moment, due_at=moment,
        attempts=0, done_at=None, failed_at=None, error="", document_id=None, interaction_id=None,
    )  # fmt: skip
    announce(session, Due(TIMER, moment))


def drop(session: Session, step_id: int) -> None:
    """Have a deed not be done any more."""
    session.execute(update(RunWish).where(RunWish.step_id == step_id).values(due_at=None))


def locked(session: Session, wish_id: int) -> RunWish | None:
    """Give a wish that is still open, and that nobody else carries out meanwhile."""
    found = (
        held_if_there(session, RunWish, wish_id) if is_shared(session) else _with_its_run(session, wish_id)
    )
    return found if found is not None and found.due_at is not None else None


def _with_its_run(session: Session, wish_id: int) -> RunWish | None:
    """Read its run and deal along, which the session then knows: whoever carries it out goes on with them."""
    found = first(session, _WITH_RUN, {"wish": wish_id}, RunWish, Run, Deal)
    if found is None:
        return None
    session.info[AT_HAND], (version,) = found
    told(session, version)
    return cast("RunWish", session.info[AT_HAND][0])


_WITH_RUN = Statement(
    select(*RunWish.__table__.c, *Run.__table__.c, *Deal.__table__.c, VERSION)
    .join(Run, Run.id == RunWish.run_id).outerjoin(Deal, Deal.id == Run.deal_id)
    .where(RunWish.id == bindparam("wish"))
)  # fmt: skip


def done(session: Session, found: RunWish) -> None:
    """Say that a deed is done."""
    change(session, found, due_at=None, done_at=now(), error="")


def of_run(session: Session, run_id: int) -> Sequence[RunWish]:
    """Give the wishes of a run, in order."""
    return session.scalars(_OF_RUN, {"run": run_id}).all()


_OF_RUN = select(RunWish).where(RunWish.run_id == bindparam("run")).order_by(RunWish.id)


def open_of(session: Session, run_id: int) -> Sequence[RunWish]:
    """Give those of a run whose step is open still: what came to nothing and was caught, or left, is over."""
    going = select(RunStep.id).where(
        RunStep.run_id == run_id, RunStep.ended_at.is_(None), RunStep.dropped_at.is_(None)
    )
    wanted = select(RunWish).where(RunWish.run_id == run_id, RunWish.step_id.in_(going))
    return session.scalars(wanted.order_by(RunWish.id)).all()


def failed(session: Session, run_id: int) -> bool:
    """Tell whether a run waits for something that came to nothing."""
    return any(each.failed_at is not None for each in open_of(session, run_id))


def put_off(session: Session, found: RunWish, why: str) -> bool:
    """Try later, longer each time; False where that was tried often enough."""
    found.attempts, found.error = found.attempts + 1, why
    if found.attempts >= TRIES:
        return False
    found.due_at = now() + PAUSE * 2**found.attempts
    announce(session, Due(TIMER, found.due_at))
    return True


def try_anew(session: Session, found: RunWish) -> None:
    """Have a deed that failed be tried as if it had not been."""
    found.due_at, found.failed_at, found.attempts, found.error = now(), None, 0, ""
    announce(session, Due(TIMER, found.due_at))


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next comes due."""
    return session.scalar(select(func.min(RunWish.due_at)).where(RunWish.due_at > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give what is due, oldest first."""
    return [(row[0], row[0]) for row in _DUE.rows(session, {"moment": moment, "most": limit})]


_DUE = Statement(
    select(RunWish.id).where(RunWish.due_at <= bindparam("moment")).order_by(RunWish.due_at, RunWish.id)
    .limit(bindparam("most", type_=Integer))
)  # fmt: skip
