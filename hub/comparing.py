"""Comparing channels with the other side: every night, and whenever somebody wants it proven.

Where several nodes share a database, the one that takes the channel's time first compares it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub import channel_marks, comparisons, journal
from hub.blobs import Blobs
from hub.channels import Channel, Channels, LiveChannel, connector_kinds
from hub.clock import now
from hub.comparable import Books, Comparable, Day, compares
from hub.connector import AuthFailed, Raw, Refused, Unavailable
from hub.db import Database
from hub.timers import Timer

log = logging.getLogger(__name__)

TIMER = "comparing"
NIGHT = time(2, tzinfo=UTC)
APART = timedelta(minutes=1)  # between two channels, so that not all are compared at once
LATELY = timedelta(days=7)
"""How far back every night looks."""


class Comparing:
    """Compares what can be compared, each channel once a night."""

    def __init__(self, db: Database, blobs: Blobs, channels: Channels) -> None:
        """Prepare; `run` starts it."""
        self._db = db
        self._blobs = blobs
        self._channels = channels
        self._timer = Timer(TIMER, db, earliest=earliest, take=take, fire=self._at_night)

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._timer.run()

    def wake(self) -> None:
        """Look again now: the clock was moved."""
        self._timer.wake()

    async def _at_night(self, channel_id: int) -> None:
        if not await self._db.write(claim, channel_id):
            return
        channel = await self._channels.find(channel_id)
        try:
            days = await compare(self._db, self._blobs, channel, (now() - LATELY).date())
        except (Unavailable, AuthFailed, Refused) as error:
            log.warning("channel %s could not be compared: %s", channel.name, type(error).__name__)
        else:
            if missing := sum(day.missing for day in days):
                log.error("channel %s: %d items were missing and were fetched", channel.name, missing)


async def compare(db: Database, blobs: Blobs, channel: LiveChannel, since: date) -> Sequence[Day]:
    """Compare one channel, fetch what is missing, and keep what was found; raises Unavailable or AuthFailed."""
    books = _Journal(db, blobs, channel.id)
    days = await cast("Comparable", channel.connector).compare(books, since)
    await db.write(comparisons.keep, channel.id, days)
    return days


class _Journal(Books):
    """One channel's part of the journal."""

    def __init__(self, db: Database, blobs: Blobs, channel_id: int) -> None:
        self._db = db
        self._blobs = blobs
        self._channel_id = channel_id

    async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
        await journal.accept(self._db, self._blobs, self._channel_id, key, raw, stream)

    async def marked(self, name: str) -> str:
        return await self._db.read(channel_marks.find, self._channel_id, name)

    async def places(self, since: datetime) -> frozenset[str]:
        return await self._db.read(journal.places, self._channel_id, since)

    async def holds(self, key: str) -> bool:
        return await self._db.read(journal.holds, self._channel_id, key)


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next channel is compared."""
    return session.scalar(select(func.min(Channel.compare_at)).where(Channel.compare_at > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the channels whose time is there, and those that have none yet; paused ones wait."""
    is_due = (Channel.compare_at <= moment) | Channel.compare_at.is_(None)
    due = select(Channel.id).where(Channel.kind.in_(_kinds()), Channel.paused_at.is_(None), is_due)
    return [(channel_id, channel_id) for channel_id in session.scalars(due.order_by(Channel.id).limit(limit))]


def claim(session: Session, channel_id: int) -> bool:
    """Give a channel its next night; tell whether this one is to be used, which only one node is told."""
    row = session.get_one(Channel, channel_id, with_for_update=True)
    was_due = row.compare_at is not None and row.compare_at <= now()
    if was_due or row.compare_at is None:
        row.compare_at = _next_night(now()) + APART * (channel_id % 60)
    return was_due


def _next_night(moment: datetime) -> datetime:
    tonight = datetime.combine(moment.date(), NIGHT)
    return tonight if tonight > moment else tonight + timedelta(days=1)


def _kinds() -> list[str]:
    return [name for name, kind in connector_kinds().items() if compares(kind)]
