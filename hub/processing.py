"""From the journal to the business: takes the oldest due item, has it read, and hands over what it means.

Reading is pure and outside any transaction. Records, outbox rows and the item's own end are one transaction,
so an item is either finished with all it became, or not at all. A failing item gets attempts, its error and a
later time; its stream waits, others do not. What a listener hears is kept and finished at once, in one transaction, as
long as nothing waits (ADR 0038).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from sqlalchemy.orm import Session

from hub import journal, parting
from hub.blobs import Blobs
from hub.bus import Audience, Notice
from hub.channels import Channels, LiveChannel, stays_paused
from hub.clock import now
from hub.connector import Raw
from hub.db import Database, announce
from hub.errors import describe
from hub.events import Event, FormSubmitted, LetterReceived, MessageReceived
from hub.introductions import introduced
from hub.journal import AlreadyClosed, Inbound, Outcome
from hub.said import said
from hub.timers import Due, Timer

log = logging.getLogger(__name__)

AT_ONCE = 4  # items that are kept and finished at once; with more at hand it is enough to keep them
AT_HAND = 16 * 1024  # bytes: a body up to this is read within a millisecond; more goes to a thread
CALM = 0.3  # seconds without a word of a listener, after which it is quiet
OVERSEERS = Audience(roles=frozenset({"manager", "admin"}))

PING = Outcome(said("a test by the sender, nothing to do"))
PASSED_OVER = Outcome(said("nothing that anybody would have to answer"))
"""Such as what is said in a group, or an echo of ours."""

Read = TypeVar("Read")

# Makes records out of one event, in the item's transaction, and says what it became.
Take = Callable[[Session, Inbound, LiveChannel, Event], Outcome]


class Processor:
    """Drives the journal's timer."""

    def __init__(self, db: Database, blobs: Blobs, channels: Channels, take: Take) -> None:
        """Hand every event to `take`."""
        self._db = db
        self._blobs = blobs
        self._channels = channels
        self._take = take
        self._at_once = 0
        self._told_at = -CALM
        self.timer = Timer(
            journal.TIMER, db, earliest=journal.earliest, take=journal.take, fire=self._process,
            taking_writes=db.shared, gives_way_to=partial(journal.is_rushed, db),
        )  # fmt: skip

    async def run(self) -> None:
        """Take up what an earlier life left open, then serve until cancelled."""
        await self._db.write(journal.release_claims)
        await self.timer.run()

    async def accept(self, channel_id: int, key: str, raw: Raw, stream: str | None = None) -> None:
        """Keep what a listener heard, and finish it in the same transaction if it can be: somebody waits for a popup.

        Once this returns the item cannot be lost. Whatever goes wrong, it is kept as any other, and tried again by
        the timer. The next of a stream is to be given when this returned.
        """
        self._told_at = time.monotonic()
        if not (self._has_time_for(raw) and await self._is_taken(channel_id, key, raw, stream)):
            await journal.accept(self._db, self._blobs, channel_id, key, raw, stream)

    @property
    def is_told(self) -> bool:
        """Tell whether listeners are telling something: somebody looks at his screen for it."""
        return time.monotonic() - self._told_at < CALM

    def _has_time_for(self, raw: Raw) -> bool:
        """Tell whether an item can be finished at once: it is small, and nothing waits."""
        waits = self.timer.busy or journal.is_rushed(self._db) or self._at_once >= AT_ONCE
        return not waits and len(raw.body) <= AT_HAND

    async def _is_taken(self, channel_id: int, key: str, raw: Raw, stream: str | None) -> bool:
        self._at_once += 1
        try:
            channel = self._channels.get(channel_id)
            events = await _understood(channel, raw)
            await self._stow(events)
            await self._db.write(self._take_in, channel, key, raw, stream, events)
        except Exception as error:  # its trouble is kept with it, once it is tried again
            log.debug("not taken at once: %s", type(error).__name__, exc_info=True)
            return False
        finally:
            self._at_once -= 1
        return True

    def _take_in(
        self,
        session: Session,
        channel: LiveChannel,
        key: str,
        raw: Raw,
        stream: str | None,
        events: Sequence[Event],
    ) -> None:
        item = journal.insert_item(session, channel.id, key, raw, stream)
        if item is None:
            return
        if channel.paused or journal.is_behind(session, item):
            announce(session, Due(journal.TIMER, now()))
        else:
            self._finish(session, item, channel, events)

    async def _process(self, item: Inbound) -> None:
        try:
            channel = await self._channels.find(item.channel_id)
            if channel.paused and await self._db.write(_is_left, item):
                return
            raw = Raw(body=await self._body(item), headers=item.headers, received_at=item.received_at,
                      key=item.key)  # fmt: skip
            if parts := await _apart(_parts, channel, raw):
                rows = await parting.rows_of(self._blobs, item.channel_id, item.key, parts)
                await self._db.write(parting.part, item, rows)
                return
            events = await _understood(channel, raw)
            await self._stow(events)
            await self._db.write(self._finish, item, channel, events)
        except AlreadyClosed:
            return
        except Exception as error:  # an item's failure is data on its row, shown to a person
            log.warning("item %d failed: %s", item.id, type(error).__name__)
            log.debug("item %d", item.id, exc_info=True)
            await self._db.write(_fail, item.id, describe(error))

    async def _body(self, item: Inbound) -> bytes:
        if item.forgotten_at is not None:
            raise ValueError(said("its raw bytes were old enough to be forgotten"))
        if item.blob is None:
            return item.body or b""
        return await self._blobs.get(item.blob)

    async def _stow(self, events: Sequence[Event]) -> None:
        """Put files away before the rows that name them."""
        for event in events:
            if isinstance(event, FormSubmitted | LetterReceived | MessageReceived):
                for file in event.files:
                    await self._blobs.put(file.content)

    def _finish(self, session: Session, item: Inbound, channel: LiveChannel, events: Sequence[Event]) -> None:
        none = PASSED_OVER if channel.connector.rules else PING
        outcomes = [self._take(session, item, channel, event) for event in events] or [none]
        aside = (each for each in outcomes if each.set_aside_why is not None)
        journal.close(session, item.id, next(aside, outcomes[-1]))
        announce(session, Notice(kind="journal", id=item.id, audience=OVERSEERS))


def _is_left(session: Session, item: Inbound) -> bool:
    """Leave an item of a paused channel for later; False where it goes on by now and we have not heard of it yet."""
    if not stays_paused(session, item.channel_id):
        return False
    journal.postpone(session, item.id)
    return True


async def _understood(channel: LiveChannel, raw: Raw) -> Sequence[Event]:
    """Give what an item means, and who it is where the other side has to be asked for that."""
    return await introduced(channel.connector, await _apart(_read, channel, raw))


async def _apart(read: Callable[[LiveChannel, Raw], Read], channel: LiveChannel, raw: Raw) -> Read:
    """Read a body, a large one in a thread."""
    if len(raw.body) <= AT_HAND and not channel.connector.is_long(raw):
        return read(channel, raw)
    return await asyncio.to_thread(read, channel, raw)


def _read(channel: LiveChannel, raw: Raw) -> Sequence[Event]:
    return channel.connector.read(raw)


def _parts(channel: LiveChannel, raw: Raw) -> Sequence[Raw]:
    return () if parting.is_part(raw) else channel.connector.parts(raw)


def _fail(session: Session, inbound_id: int, error: str) -> None:
    item = journal.fail(session, inbound_id, error)
    if item is not None:
        announce(session, Notice(kind="journal", id=item.id, audience=OVERSEERS))
