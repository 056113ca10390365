"""What people asked of telephones: by whom, and what became of it. What went wrong is said to who asked, for a while.

What went right needs no word: it is seen on the wallboard. Who asked for what stands in the audit, so both an order and
its command are forgotten after a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.dialling import fate
from hub import outbox
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import Base, announce
from hub.events import ANSWERING, Command
from hub.outbox import Outgoing
from hub.said import Said
from hub.sentence import Sentence
from hub.shapes import convert
from hub.users import Viewer

LIFETIME = timedelta(seconds=5)
TOLD = timedelta(minutes=1)
KEPT = timedelta(days=1)
SLICE = 500  # rows in one transaction


class TelephoneOrder(Base):
    """One thing that somebody asked for, in `words`; `trouble` says why it was not done."""

    __tablename__ = "telephone_orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    outgoing_id: Mapped[int] = mapped_column(ForeignKey(Outgoing.id), unique=True)
    by: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    words: Mapped[str] = mapped_column(Sentence)
    made_at: Mapped[datetime] = mapped_column(default=now)
    trouble: Mapped[str | None] = mapped_column(Sentence)
    ended_at: Mapped[datetime | None]


def put(session: Session, viewer: Viewer, channel_id: int, command: Command, words: Said) -> None:
    """Ask for something, at most once and within seconds."""
    row = outbox.put(session, channel_id, command, lifetime=LIFETIME, at_most_once=True)
    if viewer.user_id is not None:
        session.add(TelephoneOrder(outgoing_id=row.id, by=viewer.user_id, words=words))


def settle(session: Session, row: Outgoing) -> None:
    """Take note of what became of a command; what went wrong is told to who asked."""
    if not isinstance(convert(row.command, Command), ANSWERING):
        return
    order = session.scalar(select(TelephoneOrder).where(TelephoneOrder.outgoing_id == row.id))
    if order is None:
        return
    order.ended_at, order.trouble = now(), fate(row) or None
    if order.trouble:
        audience = Audience(users=frozenset({order.by}))
        announce(session, Notice(kind="board", id=row.channel_id, audience=audience))


def troubles(session: Session, user_id: int | None) -> Sequence[TelephoneOrder]:
    """Give what went wrong lately of what somebody asked for, the newest first."""
    mine = select(TelephoneOrder).where(TelephoneOrder.by == user_id, TelephoneOrder.trouble.is_not(None))
    lately = mine.where(TelephoneOrder.ended_at > now() - TOLD)
    return session.scalars(lately.order_by(TelephoneOrder.id.desc()).limit(3)).all()


def forget(session: Session) -> int:
    """Forget a slice of the orders that are old, and count them."""
    old = select(TelephoneOrder).where(TelephoneOrder.made_at < now() - KEPT)
    rows = session.execute(
        old.order_by(TelephoneOrder.id)
        .limit(SLICE)
        .with_only_columns(TelephoneOrder.id, TelephoneOrder.outgoing_id)
    ).all()
    session.execute(delete(TelephoneOrder).where(TelephoneOrder.id.in_([order for order, _ in rows])))
    session.execute(delete(Outgoing).where(Outgoing.id.in_([command for _, command in rows])))
    return len(rows)
