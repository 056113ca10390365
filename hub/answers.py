"""What senders were told, counted by channel, day and status: the receipts, the refusals, our own failures.

Counting waits for nobody: it is written every few seconds, so that a hub that is killed forgets the last of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta

from sqlalchemy import Date, ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.channels import Channel
from hub.clock import now
from hub.db import Base, Database
from hub.lots import OUTAGE

EVERY = 5.0  # seconds
KEPT = timedelta(days=366)

Key = tuple[int, date, int]


class Answered(Base):
    """How often a channel gave one status on one day (UTC)."""

    __tablename__ = "answers"

    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    status: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]


class Tally:
    """Counts answers, and writes them down from time to time."""

    def __init__(self, db: Database) -> None:
        """Begin with nothing."""
        self._db = db
        self._counted: Counter[Key] = Counter()

    def count(self, channel_id: int, status: int) -> None:
        """Count one answer of this moment."""
        self._counted[channel_id, now().date(), status] += 1

    async def run(self) -> None:
        """Write down what was counted until cancelled, and the rest then."""
        try:
            while True:
                await asyncio.sleep(EVERY)
                with suppress(*OUTAGE):
                    await self.write()
        finally:
            await self.write()

    async def write(self) -> None:
        """Write down what was counted since; what could not be written is counted still."""
        counted, self._counted = self._counted, Counter()
        if counted:
            try:
                await self._db.write(_add, counted)
            except BaseException:
                self._counted.update(counted)
                raise


def latest(session: Session, channel_id: int, days: int) -> Sequence[tuple[date, Mapping[int, int]]]:
    """Give how often each status was given on the last days that had any, the newest first."""
    since = now().date() - timedelta(days=days - 1)
    rows = select(Answered).where(Answered.channel_id == channel_id, Answered.day >= since)
    by_day: dict[date, dict[int, int]] = {}
    for row in session.scalars(rows.order_by(Answered.day.desc(), Answered.status)):
        by_day.setdefault(row.day, {})[row.status] = row.count
    return list(by_day.items())


def _add(session: Session, counted: Mapping[Key, int]) -> None:
    for key, count in counted.items():
        row = session.get(Answered, key, with_for_update=True)
        if row is None:
            session.add(Answered(channel_id=key[0], day=key[1], status=key[2], count=count))
        else:
            row.count += count
    session.execute(delete(Answered).where(Answered.day < now().date() - KEPT))
