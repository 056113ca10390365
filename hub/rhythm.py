"""How much usually comes by a channel: what came in the same hours of the last weeks, by the company's own clock.

What was set aside does not count as having come: a machine that posts all night must not hide that customers cannot.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hub.journal import Inbound

WEEK = timedelta(days=7)
WEEKS = 4
FEWEST_WEEKS = 2  # of history, before anything is usual


class Usual(NamedTuple):
    """What came in the same time of earlier weeks: on average, and in the poorest of them."""

    average: float
    least: int


def usual(
    session: Session, channel_id: int, since: datetime, until: datetime, zone: ZoneInfo
) -> Usual | None:
    """Give what usually comes between two moments of a week; None while there is too little history."""
    first = session.scalar(select(func.min(Inbound.received_at)).where(Inbound.channel_id == channel_id))
    counts = []
    for weeks in range(1, WEEKS + 1):
        begin, end = (before(moment, weeks, zone) for moment in (since, until))
        if first is None or begin < first:
            break
        counts.append(_count(session, channel_id, begin, end))
    return Usual(sum(counts) / len(counts), min(counts)) if len(counts) >= FEWEST_WEEKS else None


def before(moment: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """Give the moment at which clocks showed the same so many weeks earlier."""
    return moment.astimezone(zone) - weeks * WEEK


def last_real(session: Session, channel_id: int) -> datetime | None:
    """Give when something came by a channel last that was not set aside; what is still to be read may be."""
    is_read = or_(Inbound.done_at.is_not(None), Inbound.failed_at.is_not(None))
    wanted = select(Inbound.received_at).where(Inbound.channel_id == channel_id, is_read)
    return session.scalar(wanted.order_by(Inbound.received_at.desc()).limit(1))


def _count(session: Session, channel_id: int, since: datetime, until: datetime) -> int:
    within = (Inbound.received_at > since, Inbound.received_at <= until)
    mine = (Inbound.channel_id == channel_id, Inbound.set_aside_at.is_(None))
    return session.scalar(select(func.count()).where(*mine, *within)) or 0
