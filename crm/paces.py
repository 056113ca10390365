"""How fast a mailbox may write: in all, and to each receiving domain. A restart forgets nothing of it.

A pace is a bucket that holds a minute's letters; all that is kept of it is the moment at which it is full again. Where
a domain says "not now", or our own mail server to all, its pace is halved, and comes back by itself. A new sender is
warmed up: some letters on its first day, twice as many on each that follows.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, UniqueConstraint, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.channels import Channel
from hub.clock import now
from hub.db import Base

ALL = ""  # as a domain: whoever it goes to
BUCKET = timedelta(minutes=1)
FASTEST = 36_000  # letters an hour of which a domain's half is taken where nobody limited it
HALVINGS = 10
HALVES = timedelta(
    seconds=30
)  # before which it is not halved once more: what was on its way says nothing new
EASES = timedelta(minutes=10)  # after which half of what was taken is given back
FIRST_DAY, WARM = 50, 14  # letters, days
SLICE = 500  # that are forgotten at once
AHEAD = timedelta(minutes=30)  # a letter is put off for no longer at once: the pace may have changed by then


class Pace(Base):
    """The pace of a mailbox towards a domain, or with `domain` ALL in all. No `per_hour`: nobody limits it.

    `warms_from`: since when it is warmed up. `full_at`: when its bucket is full again; `slot_at`: up to when what was
    put off has its turn. `halvings`, as of `halved_at`. `vouched_at`: since when an admin says that the mail server
    signs the letters of the mailbox (DKIM), so that we need not.
    """

    __tablename__ = "sending_paces"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id))
    domain: Mapped[str] = mapped_column(default=ALL)
    per_hour: Mapped[int | None]
    warms_from: Mapped[datetime | None]
    halvings: Mapped[int] = mapped_column(default=0)
    halved_at: Mapped[datetime | None]
    full_at: Mapped[datetime | None]
    slot_at: Mapped[datetime | None]
    vouched_at: Mapped[datetime | None]
    vouched_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (UniqueConstraint("channel_id", "domain"),)

    def interval(self, moment: datetime) -> timedelta | None:
        """Give the time between two letters; None where nothing limits them."""
        limits = [each for each in (self.per_hour, self.warm(moment)) if each is not None]
        halvings = self.halved(moment)
        if not limits and not halvings:
            return None
        return timedelta(hours=1) * (1 << halvings) / min(limits, default=FASTEST)

    def room(self, moment: datetime, most: int) -> int:
        """Give how many letters may leave now, at most so many."""
        interval = self.interval(moment)
        if interval is None:
            return most
        bucket = max(BUCKET, interval)
        full_in = max((self.full_at or moment) - moment, timedelta())
        return max(min(most, math.floor((bucket - full_in) / interval)), 0)

    def take(self, moment: datetime, number: int) -> None:
        """Have so many leave."""
        interval = self.interval(moment)
        if interval is not None and number:
            self.full_at = max(self.full_at or moment, moment) + number * interval

    def free_at(self, moment: datetime) -> datetime:
        """Give when the next one may leave."""
        interval = self.interval(moment)
        if interval is None or self.full_at is None:
            return moment
        return max(self.full_at + interval - max(BUCKET, interval), moment)

    def turn(self, moment: datetime) -> datetime:
        """Put one off, after all that were, and give when its turn is."""
        interval = self.interval(moment) or timedelta()
        self.slot_at = min(max(self.slot_at or moment, self.free_at(moment)) + interval, moment + AHEAD)
        return self.slot_at

    def slow_down(self, moment: datetime) -> None:
        """Halve it, unless that was done a moment ago."""
        if self.halved_at is not None and moment - self.halved_at < HALVES:
            return
        self.halvings, self.halved_at = min(self.halved(moment) + 1, HALVINGS), moment

    def halved(self, moment: datetime) -> int:
        """Give how many times it is halved now."""
        if self.halved_at is None:
            return 0
        return max(self.halvings - (moment - self.halved_at) // EASES, 0)

    def warm(self, moment: datetime) -> int | None:
        """Give how many letters an hour are allowed on this day of the plan; None after it."""
        if self.warms_from is None or moment >= self.warms_from + timedelta(days=WARM):
            return None
        day = max((moment - self.warms_from).days, 0)
        return max((FIRST_DAY << day) // 24, 1)


def pace(session: Session, channel_id: int, domain: str = ALL) -> Pace:
    """Give the pace of a mailbox, for this transaction alone; made where there is none."""
    wanted = select(Pace).where(Pace.channel_id == channel_id, Pace.domain == domain)
    row = session.scalars(wanted.with_for_update()).one_or_none()
    if row is None:
        row = Pace(channel_id=channel_id, domain=domain, halvings=0)
        session.add(row)
        session.flush()
    return row


def known(session: Session, channel_id: int, domain: str = ALL) -> Pace | None:
    """Give the pace of a mailbox to be looked at; None where nothing is kept of it."""
    return session.scalar(select(Pace).where(Pace.channel_id == channel_id, Pace.domain == domain))


def paces(session: Session, channel_id: int, domains: Collection[str]) -> Mapping[str, Pace]:
    """Give those of these domains that have one, in an order in which no two wait for each other."""
    wanted = select(Pace).where(Pace.channel_id == channel_id, Pace.domain.in_(domains)).order_by(Pace.domain)
    return {row.domain: row for row in session.scalars(wanted.with_for_update())}


def forget(session: Session) -> int:
    """Forget a slice of the domains that said "not now" and are limited no more, and count them."""
    has_eased = or_(Pace.halved_at.is_(None), Pace.halved_at <= now() - HALVINGS * EASES)
    free = select(Pace.id).where(
        Pace.domain != ALL, Pace.per_hour.is_(None), Pace.warms_from.is_(None), has_eased
    )
    ids = session.scalars(free.limit(SLICE)).all()
    session.execute(delete(Pace).where(Pace.id.in_(ids)))
    return len(ids)
