"""Sequences: letters that somebody gets one after the other from the day he joined a list, and who is under way in one.

A sequence is a process that is drawn from its steps (crm/sequence_drawing.py) and played by the same engine: each
person has a run of it. Its letters are campaigns of their own, whose copies wait until a run comes to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.addresses import ABOUT
from crm.mailing_lists import MailingList
from hub.clock import now
from hub.db import Base, Document, announce, some
from hub.rows_unless_there import insert_unless_there
from hub.sentence import Sentence
from hub.shapes import convert
from hub.timers import Due

TIMER = "sequences"
KIND = "sequence"
Condition = Literal["opened", "clicked", "not-opened", "not-clicked", "in-segment", "not-in-segment"]


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step: a letter (the id of its campaign), a `wait` ("3 days"), or what must hold.

    A wait is of working time if `working`, and goes on until the hour `at` (09:00), where the company is. A condition
    asks for the letter before, or for a `segment`. Of whom it does not hold, he leaves.
    """

    kind: Literal["letter", "wait", "if"]
    letter: int = 0
    wait: str = ""
    at: str = ""
    working: bool = False
    holds: Condition = "clicked"
    segment: int = 0


class LetterSequence(Base):
    """A sequence for those of a list. It is on since `on_at`; at `look_at` it looks who came, at `leave_at` who leaves.

    Whoever agrees from `since` on begins: it stays while the sequence is off for its steps being changed alone. Its
    letters leave between `hours_from` and `hours_until`, as 08:00, the same twice being day and night.
    """

    __tablename__ = "sequences"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    list_id: Mapped[int] = mapped_column(ForeignKey(MailingList.id))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    process_id: Mapped[int | None] = mapped_column(ForeignKey("processes.id"))
    steps: Mapped[list[dict[str, object]]] = mapped_column(Document, default=list)
    on_at: Mapped[datetime | None]
    since: Mapped[datetime | None]
    hours_from: Mapped[str] = mapped_column(default="00:00")
    hours_until: Mapped[str] = mapped_column(default="00:00")
    look_at: Mapped[datetime | None]
    leave_at: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (some("ix_sequences_look", "look_at", where="look_at IS NOT NULL"),)


class SequenceArrival(Base):
    """Somebody who agreed and has still to begin: once he did, or may not be written to, he stands here no more."""

    __tablename__ = "sequence_arrivals"

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequences.id"))
    address: Mapped[str]

    __table_args__ = (UniqueConstraint("sequence_id", "address"),)


class SequencePerson(Base):
    """Somebody in a sequence, once for all: who left, or came to its end, does not begin it again by himself.

    `ended_at` is when he came to an end, `at_condition` to one of a condition that did not hold of him.
    """

    __tablename__ = "sequence_people"

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequences.id"))
    address: Mapped[str]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"), index=True)
    joined_at: Mapped[datetime] = mapped_column(default=now)
    joined_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    at_condition: Mapped[bool] = mapped_column(default=False)
    left_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(Sentence, default="")

    __table_args__ = (
        UniqueConstraint("sequence_id", "address"),
        Index("ix_sequence_people_sequence", "sequence_id", "id"),
        some("ix_sequence_people_waiting", "sequence_id", "id", where="run_id IS NULL AND left_at IS NULL"),
        some("ix_sequence_people_going", "sequence_id", "id", where="left_at IS NULL AND ended_at IS NULL"),
        some(
            "ix_sequence_people_through",
            "sequence_id",
            "at_condition",
            where="left_at IS NULL AND ended_at IS NOT NULL",
        ),
        {"info": {ABOUT: "address"}},
    )


GOING = SequencePerson.left_at.is_(None) & SequencePerson.ended_at.is_(None)
"""Who is under way, or is to begin."""


def steps_of(sequence: LetterSequence) -> list[Step]:
    """Give its steps in order."""
    return convert(sequence.steps, list[Step])


def arrive(session: Session, list_id: int, address: str) -> None:
    """Have somebody who just agreed to a list begin its sequences; of those that are off, once they are on again."""
    taking = select(LetterSequence.id).where(
        LetterSequence.list_id == list_id, LetterSequence.since.is_not(None)
    )
    ids = session.scalars(taking).all()
    for sequence_id in ids:
        insert_unless_there(session, SequenceArrival, sequence_id=sequence_id, address=address)
    if ids:
        look_soon(session, list_id, leaves=False)


def look_soon(session: Session, list_id: int | None, *, leaves: bool = True) -> None:
    """Have the sequences of a list, or all, look at once who came and, where it `leaves`, who is to leave."""
    those = update(LetterSequence).where(LetterSequence.on_at.is_not(None))
    if list_id is not None:
        those = those.where(LetterSequence.list_id == list_id)
    moment = now()
    then = {"look_at": moment, **({"leave_at": moment} if leaves else {})}
    if session.execute(those.values(then).returning(LetterSequence.id)).first() is not None:
        announce(session, Due(TIMER, moment))


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next sequence looks."""
    return session.scalar(select(func.min(LetterSequence.look_at)).where(LetterSequence.look_at > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give those that are to look now."""
    due = select(LetterSequence.id).where(LetterSequence.look_at <= moment)
    return [(each, each) for each in session.scalars(due.order_by(LetterSequence.look_at).limit(limit))]
