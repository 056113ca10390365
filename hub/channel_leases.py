"""Which node listens to which channel, where several share a database.

A lease is a row, taken and renewed by one conditional statement and by the database's clock, so that no node's own
clock matters. Who dies lets it run out, and another takes over. It only saves work: that two listen for a moment is
harmless, since the journal's key decides.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, func, or_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.channels import Channel
from hub.db import Base, Database
from hub.ulid import ulid

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEWAL = 10.0  # seconds: two may fail before a lease is lost


class ChannelLease(Base):
    """Until when a node listens to a channel. `holder` is the node, under a name of its own for each start."""

    __tablename__ = "channel_leases"

    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id), primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]


class Leases:
    """The leases of one node. Whoever is alone on its database needs none and has all."""

    def __init__(self, db: Database) -> None:
        """Hold nothing."""
        self._db = db
        self._holder = ulid()
        self._asked: frozenset[int] = frozenset()
        self._held: frozenset[int] = frozenset()
        self._taking: asyncio.Future[Sequence[int]] | None = None
        # Spans, measured by a clock that nobody sets: a lease lost to a clock set back would be noticed too late.
        self._renew_at = self._ends_at = time.monotonic()

    async def hold(self, wanted: frozenset[int]) -> frozenset[int]:
        """Give those of these channels that are ours; taken and renewed by the way, when it is time."""
        if not self._db.shared:
            return wanted
        if wanted != self._asked or time.monotonic() >= self._renew_at:
            await self._renew(wanted)
        return self._held & wanted

    async def release(self) -> None:
        """Let others have them at once, also what is being taken at this moment."""
        if self._taking is not None:
            await asyncio.wait([self._taking])
        if self._asked:
            self._held = self._asked = frozenset()
            await self._db.write(let_go, self._holder)

    async def _renew(self, wanted: frozenset[int]) -> None:
        begun = time.monotonic()
        self._asked, self._renew_at = wanted, begun + RENEWAL
        try:
            self._taking = asyncio.ensure_future(self._db.write(take, self._holder, sorted(wanted)))
            held = await asyncio.shield(self._taking)
        except Exception:
            # The store may be away for a while: what we hold is ours until it ends.
            log.exception("the leases of channels cannot be renewed")
            if time.monotonic() >= self._ends_at:
                self._held = frozenset()
        else:
            self._held, self._ends_at = frozenset(held), begun + LEASE.total_seconds()


def take(session: Session, holder: str, channel_ids: Sequence[int]) -> Sequence[int]:
    """Take or renew the leases of these channels, given in rising order; give those that are ours. PostgreSQL only."""
    if not channel_ids:
        return []
    wished = insert(ChannelLease).values(
        [{"channel_id": each, "holder": holder, "until": func.now() + LEASE} for each in channel_ids]
    )
    free = or_(ChannelLease.holder == holder, ChannelLease.until < func.now())
    taken = wished.on_conflict_do_update(
        index_elements=[ChannelLease.channel_id],
        set_={"holder": wished.excluded.holder, "until": wished.excluded.until},
        where=free,
    ).returning(ChannelLease.channel_id)
    return session.scalars(taken).all()


def let_go(session: Session, holder: str) -> None:
    """End all leases of a node."""
    session.execute(delete(ChannelLease).where(ChannelLease.holder == holder))
