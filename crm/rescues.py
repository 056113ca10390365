"""Rescue: when a call-back is due and nobody took care of it, the hub rings somebody and then the customer.

Off unless a department wants it. Each call-back of such a department has a row with a due time, which a timer looks at
(crm/rescuing.py); how often it was tried, and what became of it, stands there and in the task's history.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import tasks
from crm.call_guides import guide_of
from crm.calls import Call
from crm.tasks import Task
from hub.clock import now
from hub.db import Base, announce, some
from hub.rows_unless_there import insert_unless_there
from hub.said import Said, nsaid, said
from hub.sentence import Sentence
from hub.timers import Due

TIMER = "rescues"


class Rescue(Base):
    """One call-back that is rescued: `due_at` is when it is looked at next, None once it ended.

    `call_id` is the last call, which is under way since `dialled_at`. `why` is what was last written into the history.
    """

    __tablename__ = "rescues"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), unique=True)
    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id"), index=True)
    dialled_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(Sentence, default="")

    __table_args__ = (some("ix_rescues_due", "due_at", where="due_at IS NOT NULL"),)


def ask_for(session: Session, task: Task) -> None:
    """Have a call-back be rescued when it is due, where its department wants that."""
    guide = guide_of(session, task.department_id)
    if guide is None or not guide.rescue_most or task.due_at is None:
        return
    insert_unless_there(
        session, Rescue, task_id=task.id, due_at=task.due_at, tries=0, call_id=None, dialled_at=None, why=""
    )
    announce(session, Due(TIMER, task.due_at))


def ask_again(session: Session, task: Task) -> None:
    """Have a call-back be rescued anew that was given up: he called once more in vain."""
    guide = guide_of(session, task.department_id)
    rescue = session.scalar(select(Rescue).where(Rescue.task_id == task.id).with_for_update())
    if rescue is None:
        ask_for(session, task)
    elif guide is not None and guide.rescue_most and rescue.due_at is None:
        rescue.tries = 0
        wait(session, rescue, now() + timedelta(minutes=guide.rescue_again), said("rescue: begun anew"))


def call_ended(session: Session, call: Call) -> None:
    """Know how a call ended: who was reached needs no rescue, anybody else is tried again, or given up."""
    rescue = rescue_of(session, call)
    if rescue is None or rescue.dialled_at is None:
        return
    rescue.dialled_at = None
    task = session.get_one(Task, rescue.task_id)
    guide = guide_of(session, task.department_id)
    if task.done_at is not None or guide is None:
        rescue.due_at = None
    elif rescue.tries >= guide.rescue_most:
        end(session, rescue, nsaid("rescue: given up after %(num)s try", "rescue: given up after %(num)s tries",
                                   rescue.tries))  # fmt: skip
    else:
        again = timedelta(minutes=guide.rescue_again)
        words = said("rescue: nobody was reached, again in %(num)s minutes", num=guide.rescue_again)
        rescue.why = ""
        wait(session, rescue, now() + again, words)


def rescue_of(session: Session, call: Call) -> Rescue | None:
    """Give the rescue that placed a call."""
    return session.scalar(select(Rescue).where(Rescue.call_id == call.id))


def reason(session: Session, call: Call) -> str:
    """Say why the hub placed a call, "" where a person did."""
    rescue = rescue_of(session, call)
    task = session.get(Task, rescue.task_id) if rescue is not None else None
    return said("Ringback calls back for you: %(why)s", why=task.why) if task is not None else ""


def wait(session: Session, rescue: Rescue, until: datetime, words: Said | str = "") -> None:
    """Look again later; the same words are not written twice in a row."""
    rescue.due_at = until
    announce(session, Due(TIMER, until))
    _note(session, rescue, words)


def end(session: Session, rescue: Rescue, words: Said | str = "") -> None:
    """Rescue it no more."""
    rescue.due_at = None
    _note(session, rescue, words)


def _note(session: Session, rescue: Rescue, words: Said | str) -> None:
    if words and words != rescue.why:
        rescue.why = words
        tasks.changed(session, session.get_one(Task, rescue.task_id), None, words)
