"""Appointments: somebody of ours is at a customer's, from one moment until another, with the way there and back.

What people call a visit is an appointment here: crm/visits.py are visits to a website. A person is in one place at a
time: `hold` makes those who write into one diary take turns, so that two cannot take the same hour at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import (
    CursorResult,
    ForeignKey,
    Index,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base, some
from hub.rows import get
from hub.rows_unless_there import insert_many_unless_there
from hub.sentence import Sentence
from hub.statements import Statement

KIND = "appointment"
TASK_KIND = "visit"
"""The kind of a task that stands for an appointment and nothing else."""
TIMER = "appointments"
STANDS = "cancelled_at IS NULL"
MOST = 500  # of them on a page
REMINDERS = ("", "mail", "chat", "none")
"""How the customer is reminded: "" by what he used last."""


class Appointment(Base):
    """One of them. What it is now stands in moments: done, cancelled or missed, else it is planned.

    `busy_from` and `busy_until` are it with the way there and back. `zone` is that of the place. `uid` and `sequence`
    are RFC 5545's. The customer is told of it at `tell_at`, and was told of the sequence `told` at `told_to`; he is
    reminded at `remind_at`. `trouble` says why he could not be. `interaction_id` is where its photos stand.
    """

    __tablename__ = "appointments"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True, default=lambda: secrets.token_hex(16))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    done_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    busy_from: Mapped[datetime]
    busy_until: Mapped[datetime]
    made_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    tell_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    zone: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    purpose: Mapped[str] = mapped_column(default="")
    remind_by: Mapped[str] = mapped_column(default="")
    told_to: Mapped[str] = mapped_column(default="")
    trouble: Mapped[str] = mapped_column(Sentence, default="")
    cancelled_why: Mapped[str] = mapped_column(default="")
    sequence: Mapped[int] = mapped_column(default=0)
    told: Mapped[int | None]
    invites: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        Index("ix_appointments_contact", "contact_id", "id"),
        some("ix_appointments_person", "person_id", "busy_from", where=STANDS),
        some("ix_appointments_starts", "starts_at", where=STANDS),
        some("ix_appointments_deal", "deal_id", "id", where="deal_id IS NOT NULL"),
        some("ix_appointments_task", "task_id", where="task_id IS NOT NULL"),
        some("ix_appointments_tell", "tell_at", where="tell_at IS NOT NULL"),
        some("ix_appointments_remind", "remind_at", where="remind_at IS NOT NULL"),
    )

    @property
    def is_planned(self) -> bool:
        """Tell whether it is still to come, or under way."""
        return self.done_at is None and self.cancelled_at is None and self.missed_at is None

    @property
    def state(self) -> str:
        """Give what it is now, in a word of programs."""
        if self.cancelled_at is not None:
            return "cancelled"
        if self.done_at is not None:
            return "done"
        return "missed" if self.missed_at is not None else "planned"

    @property
    def length(self) -> timedelta:
        """Give how long it takes."""
        return self.ends_at - self.starts_at

    @property
    def travel(self) -> tuple[timedelta, timedelta]:
        """Give how long the way there and the way back take."""
        return self.starts_at - self.busy_from, self.busy_until - self.ends_at


class Wish(Base):
    """A task that needs an appointment which is not set yet. There are few, so that all may be walked through.

    It was to be at `starts_at`, if that is known; `why` says what kept it from being.
    """

    __tablename__ = "appointment_wishes"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), unique=True)
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    minutes: Mapped[int]
    starts_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(default="")
    why: Mapped[str] = mapped_column(Sentence, default="")


class Paper(Base):
    """What was kept of an appointment: a photo, or a signature of the customer, whose name is `signer`.

    `key` is the browser's own, so that what it sends again after it was offline is kept once.
    """

    __tablename__ = "appointment_papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"))
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))
    kind: Mapped[str]
    key: Mapped[str]
    signer: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (UniqueConstraint("appointment_id", "key"),)


class Diary(Base):
    """Whose appointments they are. `turns` counts who wrote into it; `feed` is the digest of the secret of its feed."""

    __tablename__ = "diaries"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)
    turns: Mapped[int] = mapped_column(default=0)
    feed: Mapped[str | None] = mapped_column(unique=True)
    feed_since: Mapped[datetime | None]


class Manner(Base):
    """How the company makes appointments: how long they and the way to them take, and what customers are told.

    `words_en` and `words_sv` are the reminder's own words, "" for ours; `language` is that of customers.
    """

    __tablename__ = "appointment_manners"

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes: Mapped[int] = mapped_column(default=60)
    travel: Mapped[int] = mapped_column(default=30)
    invites: Mapped[bool] = mapped_column(default=True)
    reminds: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(default="en")
    words_en: Mapped[str] = mapped_column(default="")
    words_sv: Mapped[str] = mapped_column(default="")


def manner(session: Session) -> Manner:
    """Give how the company makes them; one that never said gets along with ours."""
    return get(session, Manner, 1) or Manner(
        id=1, minutes=60, travel=30, invites=True, reminds=True, language="en", words_en="", words_sv=""
    )


def hold(session: Session, person_id: int) -> None:
    """Keep everybody else from somebody's diary until the end of this transaction.

    On snapshots (PostgreSQL) a lock alone would not do: who waited for it still sees what was before. The row changes
    with each turn, so that he loses the race, begins anew, and then sees what the other wrote.
    """
    turn = update(Diary).where(Diary.user_id == person_id).values(turns=Diary.turns + 1)
    taken = session.execute(turn, execution_options={"synchronize_session": False})
    if isinstance(taken, CursorResult) and taken.rowcount == 0:
        insert_many_unless_there(session, Diary, [{"user_id": person_id, "turns": 1, "feed": None}])


def in_the_way(
    session: Session, person_id: int, since: datetime, until: datetime, but: int | None = None
) -> Sequence[Appointment]:
    """Give what keeps somebody busy between two moments, in order, save one appointment."""
    wanted = select(Appointment).where(
        Appointment.person_id == person_id, Appointment.cancelled_at.is_(None),
        Appointment.busy_from < until, Appointment.busy_until > since, Appointment.id != (but or 0),
    )  # fmt: skip
    return session.scalars(wanted.order_by(Appointment.starts_at, Appointment.id).limit(MOST)).all()


def of_task(session: Session, task_id: int) -> Appointment | None:
    """Give the appointment for which a task stands, as long as it is not cancelled."""
    wanted = select(Appointment).where(Appointment.task_id == task_id, Appointment.cancelled_at.is_(None))
    return session.scalars(wanted.order_by(Appointment.id.desc()).limit(1)).first()


def wish_of(session: Session, task_id: int) -> Wish | None:
    """Give the wish of a task that needs an appointment."""
    return session.scalars(select(Wish).where(Wish.task_id == task_id)).first()


def unwish(session: Session, task_id: int) -> None:
    """Have a task need an appointment no longer."""
    session.flush()
    _UNWISH.carry_out(session, {"task": task_id})
    for known in [each for each in session.identity_map.values() if isinstance(each, Wish)]:
        if known.task_id == task_id:
            session.expunge(known)


_UNWISH = Statement(delete(cast("Table", Wish.__table__)).where(Wish.task_id == bindparam("task")))


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when a customer is to be told next."""
    found = [
        session.scalar(select(column).where(column > after).order_by(column).limit(1))
        for column in (Appointment.tell_at, Appointment.remind_at)
    ]
    return min((each for each in found if each is not None), default=None)


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the appointments of which a customer is to be told by now."""
    due = or_(Appointment.tell_at <= moment, Appointment.remind_at <= moment)
    return [(each, each) for each in session.scalars(select(Appointment.id).where(due).limit(limit))]
