"""A hub that was away for longer than a messenger tries again says so, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import cast

import pytest
from sqlalchemy.orm import Session

from hub.attending import Attending
from hub.channels import Channel, Channels, LiveChannel
from hub.clock import Clock, now
from hub.connector import Connector, Settings
from hub.db import Database
from tests.eventually import eventually

WEEK = timedelta(days=7)


class Kept(Connector):
    """A messenger that tries again for a week."""

    kind = "kept"
    kept = WEEK


class Unkept(Connector):
    """A sender of which nobody knows."""

    kind = "unkept"


class Hub:
    """A hub with two channels; `missed` is what it said."""

    def __init__(self, db: Database) -> None:
        """Be away."""
        self.db = db
        self.missed: list[tuple[int, datetime, timedelta]] = []
        self._channels = [
            LiveChannel(id=number, name=kind.kind, title="", kind=kind.kind, token=kind.kind,
                        connector=kind(kind.kind, "", Settings()))
            for number, kind in enumerate((Kept, Unkept), 1)
        ]  # fmt: skip

    def __iter__(self) -> Iterator[LiveChannel]:
        """Give the channels."""
        return iter(self._channels)

    @asynccontextmanager
    async def there(self) -> AsyncIterator[None]:
        """Be there."""
        task = asyncio.create_task(Attending(self.db, cast("Channels", self), self._miss).run())
        await eventually(self._is_noted)
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def noted(self) -> list[datetime | None]:
        """Give until when it was there, for each channel."""
        return await self.db.read(
            lambda session: [session.get_one(Channel, each).heard_at for each in (1, 2)]
        )

    async def _is_noted(self) -> bool:
        kept, unkept = await self.noted()
        assert unkept is None
        return kept is not None and now() - kept < timedelta(minutes=1)

    def _miss(self, _session: Session, channel_id: int, since: datetime, kept: timedelta) -> None:
        self.missed.append((channel_id, since, kept))


@pytest.fixture
async def hub(db: Database) -> Hub:
    made = Hub(db)
    for each in made:
        row = Channel(id=each.id, name=each.name, title="", kind=each.kind, token=each.token, settings={})
        await db.write(Session.add, row)
    return made


async def test_a_longer_absence_is_said_once_with_its_begin_and_a_shorter_one_is_not(
    hub: Hub, clock: Clock
) -> None:
    async with hub.there():
        assert hub.missed == []
    clock.advance(days=6)
    async with hub.there():
        clock.advance(minutes=3)
        await eventually(hub._is_noted)
    last, _unkept = await hub.noted()
    assert hub.missed == []
    clock.advance(days=8)
    for _start in range(2):
        async with hub.there():
            assert hub.missed == [(1, last, WEEK)]


async def test_of_two_nodes_that_come_back_at_once_one_says_it(hub: Hub, clock: Clock) -> None:
    async with hub.there():
        pass
    clock.advance(days=8)
    async with hub.there(), hub.there():
        assert len(hub.missed) == 1


async def test_a_hub_that_slept_with_its_machine_was_away_as_well(hub: Hub, clock: Clock) -> None:
    async with hub.there():
        clock.advance(days=8)
        await eventually(lambda: len(hub.missed) == 1)
