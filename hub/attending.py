"""Being there for channels to which others send, and saying so where the hub was away for too long.

A messenger that finds nobody tries again, for as long as its connector says (`kept`); what was written before that is
lost here. So it is kept every minute that such a channel is attended to, as of channels that listen it is kept until
when they were heard. Whoever comes back later than the messenger tries tells the business, once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.channels import Channel, Channels
from hub.clock import now
from hub.connector import listens
from hub.db import Database

log = logging.getLogger(__name__)

GLANCE = 0.25  # seconds: how late it is noticed that the clock went on
OFTEN = timedelta(minutes=1)

# Told in the same transaction that the hub was away since then, and for how long a channel's sender tries again.
Missed = Callable[[Session, int, datetime, timedelta], None]


class Attending:
    """The hub's being there."""

    def __init__(self, db: Database, channels: Channels, missed: Missed) -> None:
        """Attend to nothing yet; `run` starts it."""
        self._db = db
        self._channels = channels
        self._missed = missed

    async def run(self) -> None:
        """Be there until cancelled."""
        while True:
            until = now() + OFTEN  # before it is kept: the machine may fall asleep in between
            await self._attend()
            while now() < until:  # noqa: ASYNC110 - the clock tells nobody that it was moved
                await asyncio.sleep(GLANCE)

    async def _attend(self) -> None:
        kept = {
            each.id: each.connector.kept
            for each in self._channels
            if each.connector.kept is not None and not listens(each.connector)
        }
        try:
            if kept:
                await self._db.write(attend, kept, self._missed)
        except Exception:
            log.exception("it cannot be kept that the hub is there")


def attend(session: Session, kept: Mapping[int, timedelta], missed: Missed) -> None:
    """Keep that the hub is there for these channels, and tell of those for which it was away for longer than `kept`."""
    wanted = select(Channel).where(Channel.id.in_(kept)).order_by(Channel.id)
    # Locked, so that of two nodes that come back at once the second sees that the first is there.
    for row in session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all():
        since, row.heard_at = row.heard_at, now()
        if since is not None and row.heard_at - since > kept[row.id]:
            log.warning("channel %s: the hub was away for longer than its sender tries again", row.name)
            missed(session, row.id, since, kept[row.id])
