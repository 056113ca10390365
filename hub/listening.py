"""Listening: connectors that hear by themselves, such as a telephone exchange or a mailbox, are kept at it by the hub.

Every channel that listens and is not paused has one ear. It listens until the other side is lost, waits 1, 2, 4 …
60 s and listens again; a refusal of our credentials ends that until the settings change, or somebody pauses the
channel and lets it go on. Where several nodes share a database, a channel is listened to by the one that has its lease.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, cast

from sqlalchemy.orm import Session

from hub import channel_health as health
from hub import channel_marks
from hub.boards import Look, Painter, Shown
from hub.channel_leases import Leases
from hub.channels import Channels, LiveChannel
from hub.clock import now
from hub.connector import AuthFailed, Listener, Raw, Unavailable, listens
from hub.db import Database
from hub.errors import describe
from hub.said import said

log = logging.getLogger(__name__)

P = ParamSpec("P")
# Keeps an item durably: its channel's id, its key, the item, and its stream.
Keep = Callable[[int, str, Raw, str | None], Awaitable[None]]
# Told in the same transaction that a channel's credentials were refused, and in which words.
Refused = Callable[[Session, int, str], None]

GLANCE = 0.25  # seconds: how late a change of channels is noticed
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=60)
DOUBLINGS = 6  # by then the longest pause is reached
STEADY = timedelta(minutes=1)  # heard for so long, the next loss is the first again
HEARD = timedelta(minutes=1)  # how often it is kept that channels are heard
FAREWELL = 5.0  # seconds for a listener to let go of the other side


class Listeners:
    """All ears of this node."""

    def __init__(
        self,
        db: Database,
        keep: Keep,
        channels: Channels,
        refused: Refused = lambda *_: None,
        shown: Shown | None = None,
    ) -> None:
        """Hear nothing yet; `run` starts it. `shown` hears what changed on a channel's board."""
        self._db = db
        self._keep = keep
        self._channels = channels
        self._refused = refused
        self._shown = shown
        self._leases = Leases(db)
        self._ears: dict[int, Ear] = {}
        self._kept_at = now()

    async def run(self) -> None:
        """Keep every channel listened to, until cancelled."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(GLANCE)
        finally:
            await self._end(list(self._ears))
            await self._leases.release()

    async def _look(self) -> None:
        """Bring the ears in step with the channels."""
        wanted = {each.id: each for each in self._channels if listens(each.connector) and not each.paused}
        held = await self._leases.hold(frozenset(wanted))
        await self._end([
            each for each, ear in self._ears.items()
            if each not in held or ear.channel.connector is not wanted[each].connector
        ])  # fmt: skip
        for each in held - self._ears.keys():
            self._ears[each] = Ear(self._db, self._keep, wanted[each], self._refused, self._shown)
        await self._note_heard()

    async def _end(self, channel_ids: Collection[int]) -> None:
        await asyncio.gather(*(self._ears.pop(each).stop() for each in channel_ids))

    async def _note_heard(self) -> None:
        """Keep until when the channels were heard."""
        if self._ears and now() >= self._kept_at + HEARD:
            self._kept_at = now()
            await _note(self._db, health.heard, list(self._ears))


class Ear:
    """One channel that is listened to; the line of its connector to the hub."""

    def __init__(
        self,
        db: Database,
        keep: Keep,
        channel: LiveChannel,
        refused: Refused,
        shown: Shown | None = None,
    ) -> None:
        """Begin to listen."""
        self.channel = channel
        self._db = db
        self._keep = keep
        self._refused = refused
        self._up_at: datetime | None = None
        self._losses = 0
        self._painter = Painter(db, channel.id, shown)
        self._painting = asyncio.create_task(self._painter.run())
        self._task = asyncio.create_task(self._attend())

    async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
        """Keep a raw item durably."""
        await self._keep(self.channel.id, key, raw, stream)

    async def up(self) -> None:
        """Say that everything is heard from now on."""
        if self._up_at is None:
            await self._painter.paint()  # what is shown of a channel that is up is of now
            self._up_at = now()
            log.info("channel %s is heard", self.channel.name)
            await _note(self._db, health.up, self.channel.id, self._up_at)

    async def doing(self, words: str) -> None:
        """Say what goes on before it is up."""
        if self._up_at is None:
            await _note(self._db, health.doing, self.channel.id, words)

    async def missed_since(self) -> datetime | None:
        """Give since when something may have been missed."""
        return await self._db.read(health.missed_since, self.channel.id)

    async def filled(self, words: str) -> None:
        """Say that it was found out, and what."""
        await _note(self._db, health.filled, self.channel.id, words)

    async def unfilled(self, words: str, *, for_good: bool = False) -> None:
        """Say why it cannot be found out."""
        await _note(self._db, health.unfilled, self.channel.id, words, for_good=for_good)

    async def mark(self, name: str, value: str) -> None:
        """Keep how far the other side was read."""
        await self._db.write(channel_marks.put, self.channel.id, name, value)

    async def marked(self, name: str) -> str:
        """Give how far it was read."""
        return await self._db.read(channel_marks.find, self.channel.id, name)

    def show(self, look: Look) -> None:
        """Show people how it looks now."""
        self._painter.show(look)

    async def stop(self) -> None:
        """Listen no more."""
        self._painting.cancel()
        self._task.cancel()
        await asyncio.wait([self._task], timeout=FAREWELL)
        if not self._task.done():
            log.error("channel %s does not stop listening", self.channel.name)
        if self._up_at is not None:
            await _note(self._db, health.stopped, self.channel.id, self._up_at)

    async def _attend(self) -> None:
        await _note(self._db, health.begin, self.channel.id)
        while not await self._listen():
            await self._rest()

    async def _listen(self) -> bool:
        """Listen once, until it ends; True when there is no sense in doing it again."""
        try:
            await cast("Listener", self.channel.connector).run(self)
        except AuthFailed as error:
            return await self._give_up(describe(error))
        except Unavailable as error:
            await self._lose(describe(error))
        except Exception as error:
            log.exception("the listener of channel %s broke", self.channel.name)
            await self._lose(said("It broke off: %(error)s", error=describe(error)))
        else:
            await self._lose(said("It stopped listening"))
        return False

    async def _give_up(self, words: str) -> bool:
        """Tell people that we are refused; False when that could not be kept, so that it is tried again."""
        log.error("channel %s is refused by the other side", self.channel.name)
        self._count()
        return await _note(self._db, self._tell_refused, words)

    def _tell_refused(self, session: Session, words: str) -> None:
        health.refused(session, self.channel.id, words)
        self._refused(session, self.channel.id, words)

    async def _lose(self, words: str) -> None:
        self._count()
        if self._losses == 1:
            log.warning("channel %s is not heard", self.channel.name)
        await _note(self._db, health.lost, self.channel.id, words)

    def _count(self) -> None:
        """Count a loss; after a steady time it is the first again."""
        if self._up_at is not None and now() - self._up_at >= STEADY:
            self._losses = 0
        self._losses += 1
        self._up_at = None

    async def _rest(self) -> None:
        """Wait before the next try, by the one clock."""
        until = now() + min(FIRST_PAUSE * 2 ** min(self._losses - 1, DOUBLINGS), LONGEST_PAUSE)
        while now() < until:  # noqa: ASYNC110 - the clock tells nobody that it was moved
            await asyncio.sleep(GLANCE)


async def _note(
    db: Database, fn: Callable[Concatenate[Session, P], None], /, *args: P.args, **kwargs: P.kwargs
) -> bool:
    """Keep for people how it is. False when the store is away: that is no reason to hear less."""
    try:
        await db.write(fn, *args, **kwargs)
    except Exception:
        log.exception("how a channel is cannot be kept")
        return False
    return True
