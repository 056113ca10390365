"""Who is on a card just now, and in which field somebody writes. It leaves by itself: a row counts for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import belongings
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import Base, announce
from hub.rows_unless_there import insert_unless_there
from hub.users import User

STAYS = timedelta(seconds=45)
TOLD_EVERY = timedelta(seconds=15)  # a browser says every 20 s that it is still there
LONGEST = 80


class Presence(Base):
    """Somebody on a card. `writing_in` is the key of the part that he is changing, or ""."""

    __tablename__ = "presences"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    seen_at: Mapped[datetime] = mapped_column(default=now)
    writing_in: Mapped[str] = mapped_column(default="")

    __table_args__ = (UniqueConstraint("contact_id", "user_id"), {"info": belongings.STAYS})


class Other(NamedTuple):
    """Somebody else on the card."""

    user_id: int
    name: str
    writing_in: str


def others(session: Session, contact_id: int, user_id: int | None) -> Sequence[Other]:
    """Give who else is on a card."""
    rows = session.execute(
        select(Presence.user_id, User.name, Presence.writing_in).join(User, User.id == Presence.user_id)
        .where(Presence.contact_id == contact_id, Presence.user_id != (user_id or 0),
               Presence.seen_at > now() - STAYS)
        .order_by(Presence.id)
    )  # fmt: skip
    return [Other(*row) for row in rows]


def enter(session: Session, contact_id: int, user_id: int, writing_in: str = "") -> None:
    """Say that somebody is on a card, and in which part he writes; the others there hear what is new."""
    writing_in, moment = writing_in[:LONGEST], now()
    mine = session.scalar(
        select(Presence).where(Presence.contact_id == contact_id, Presence.user_id == user_id)
    )
    if mine is None:
        gone = delete(Presence).where(Presence.contact_id == contact_id, Presence.seen_at < moment - STAYS)
        session.execute(gone)
        insert_unless_there(
            session, Presence, contact_id=contact_id, user_id=user_id, writing_in=writing_in, seen_at=moment
        )
        return _tell(session, contact_id, user_id)
    news = mine.writing_in != writing_in or mine.seen_at <= moment - STAYS
    if news or mine.seen_at <= moment - TOLD_EVERY:
        mine.seen_at, mine.writing_in = moment, writing_in
    return _tell(session, contact_id, user_id) if news else None


def leave(session: Session, contact_id: int, user_id: int) -> None:
    """Say that somebody went away from a card."""
    gone = delete(Presence).where(Presence.contact_id == contact_id, Presence.user_id == user_id)
    session.execute(gone)
    _tell(session, contact_id, user_id)


def _tell(session: Session, contact_id: int, user_id: int) -> None:
    there = frozenset(other.user_id for other in others(session, contact_id, user_id))
    if there:
        announce(session, Notice(kind="presence", id=contact_id, audience=Audience(users=there)))
