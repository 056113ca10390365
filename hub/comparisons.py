"""How channels compare with the other side, day by day: what it holds, and what of that was missing in the journal.

What was missing was kept the moment it was found; the row says that it was, for as long as the row is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Date, ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.bus import Notice
from hub.channel_changes import OVERSEERS
from hub.channels import Channel
from hub.clock import now
from hub.comparable import Day
from hub.db import Base, announce

KEPT = timedelta(days=366)


class Comparison(Base):
    """One day of a channel, by the other side's calendar, as it was last compared.

    `missing` counts all that were ever found missing, `held` what the other side held the last time.
    """

    __tablename__ = "comparisons"

    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    held: Mapped[int]
    missing: Mapped[int]
    at: Mapped[datetime]


def keep(session: Session, channel_id: int, days: Sequence[Day]) -> None:
    """Keep what a comparison found."""
    moment = now()
    for day in days:
        row = session.get(Comparison, (channel_id, day.day), with_for_update=True)
        if row is None:
            row = Comparison(channel_id=channel_id, day=day.day, missing=0)
            session.add(row)
        row.held, row.missing, row.at = day.held, row.missing + day.missing, moment
    old = Comparison.channel_id == channel_id, Comparison.day < (moment - KEPT).date()
    session.execute(delete(Comparison).where(*old))
    announce(session, Notice(kind="channel", id=channel_id, audience=OVERSEERS))


def latest(session: Session, channel_id: int, days: int) -> Sequence[Comparison]:
    """Give the last days of a channel that were compared, the newest first."""
    rows = select(Comparison).where(Comparison.channel_id == channel_id)
    return session.scalars(rows.order_by(Comparison.day.desc()).limit(days)).all()
