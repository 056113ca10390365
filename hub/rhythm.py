"""How much usually comes by a channel: what came in the same hours of the last weeks, by the company's own clock.

What was set aside does not count as having come: a machine that posts all night must not hide that customers cannot.
Nor do, by a channel that others try and question, their tests and repeats.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.channels import Channel, connector_kinds
from hub.db import Base
from hub.journal import Inbound
from hub.sentence import Sentence

WEEK = timedelta(days=7)
WEEKS = 4
FEWEST_WEEKS = 2  # of history, before anything is usual


class Silence(Base):
    """Of a channel: since when nothing comes by it though much would, in words, and the task that tells of it.

    `listen_at` is when that is looked at next. `task_id` is the business's own.
    """

    __tablename__ = "channel_silences"

    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id), primary_key=True, autoincrement=False)
    listen_at: Mapped[datetime]
    since: Mapped[datetime | None]
    words: Mapped[str | None] = mapped_column(Sentence)
    task_id: Mapped[int | None]


class Usual(NamedTuple):
    """What came in the same time of earlier weeks: on average, and in the poorest of them."""

    average: float
    least: int


def usual(
    session: Session, channel_id: int, since: datetime, until: datetime, zone: ZoneInfo
) -> Usual | None:
    """Give what usually comes between two moments of a week; None while there is too little history."""
    ask = session.connection().execute
    first = ask(_FIRST, {"channel": channel_id}).scalar()
    counts, count = [], _COUNT_REAL if _is_tried(session, channel_id) else _COUNT
    for weeks in range(1, WEEKS + 1):
        begin, end = (before(moment, weeks, zone) for moment in (since, until))
        if first is None or begin < first:
            break
        counts.append(ask(count, {"channel": channel_id, "since": begin, "until": end}).scalar_one())
    return Usual(sum(counts) / len(counts), min(counts)) if len(counts) >= FEWEST_WEEKS else None


def before(moment: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """Give the moment at which clocks showed the same so many weeks earlier."""
    return moment.astimezone(zone) - weeks * WEEK


def silence(session: Session, channel_id: int) -> tuple[datetime, str] | None:
    """Give since when a channel is silent for longer than usual, and what says so; None where it is not."""
    row = session.get(Silence, channel_id)
    return (row.since, row.words or "") if row and row.since else None


def last_real(session: Session, channel_id: int) -> datetime | None:
    """Give when something came by a channel last that was not set aside; what is still to be read may be."""
    is_read = or_(Inbound.done_at.is_not(None), Inbound.failed_at.is_not(None))
    is_read = _IS_REAL if _is_tried(session, channel_id) else is_read
    wanted = select(Inbound.received_at).where(Inbound.channel_id == channel_id, is_read)
    return session.scalar(wanted.order_by(Inbound.received_at.desc()).limit(1))


def _is_tried(session: Session, channel_id: int) -> bool:
    kind = connector_kinds().get(session.get_one(Channel, channel_id).kind)
    return kind is not None and kind.is_tried


# It became something new, or would have if it could have been read.
_IS_REAL = or_(
    Inbound.became_path.is_not(None) & Inbound.duplicate_of.is_(None), Inbound.failed_at.is_not(None)
)
_FIRST = select(func.min(Inbound.received_at)).where(Inbound.channel_id == bindparam("channel"))
_COUNT = select(func.count()).where(
    Inbound.channel_id == bindparam("channel"), Inbound.set_aside_at.is_(None),
    Inbound.received_at > bindparam("since"), Inbound.received_at <= bindparam("until"),
)  # fmt: skip
_COUNT_REAL = _COUNT.where(_IS_REAL)
