"""Channels are compared with the other side once a night, by one node, and what was missing stands in the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest

from hub import channels as hub_channels
from hub import comparing, comparisons
from hub.blobs import Blobs
from hub.channels import Channel, Channels, add_channel
from hub.clock import now
from hub.comparable import Books, Day
from hub.comparing import Comparing
from hub.connector import Raw, Unavailable
from hub.db import Database
from tests.eventually import eventually
from tests.fake import Fake

if TYPE_CHECKING:
    from pathlib import Path

    from hub.clock import Clock

YESTERDAY = date(2026, 11, 24)
NIGHT = timedelta(days=1, hours=2)  # by then every channel had its time


class Shelf(Fake):
    """Holds three letters, whichever of them were given before."""

    kind: ClassVar[str] = "shelf"
    compared: ClassVar[list[str]] = []
    troubles: ClassVar[list[Exception]] = []

    async def compare(self, books: Books, since: date) -> Sequence[Day]:
        """Give what is missing."""
        assert since < now().date()
        self.compared.append(self.channel)
        if self.troubles:
            raise self.troubles.pop()
        missing = [key for key in ("a", "b", "c") if not await books.holds(key)]
        for key in missing:
            raw = Raw(body=key.encode(), headers={"place": f"place {key}"}, received_at=now())
            await books.accept(key, raw, "shelf")
        assert len(await books.places(now() - timedelta(days=30))) == 3
        return [Day(YESTERDAY, 3, len(missing))]


@pytest.fixture
async def channels(db: Database, monkeypatch: pytest.MonkeyPatch) -> Channels:
    """Give the channels of a hub that has a shelf, and one that cannot be compared."""
    Shelf.compared, Shelf.troubles = [], []
    for module in (hub_channels, comparing):
        monkeypatch.setattr(module, "connector_kinds", lambda: {Shelf.kind: Shelf, Fake.kind: Fake})
    await db.write(add_channel, "shelf", "Shelf", Shelf.kind, {})
    await db.write(add_channel, "office", "Office", Fake.kind, {})
    known = Channels(db)
    await known.load()
    return known


@pytest.fixture
async def nodes(db: Database, tmp_path: Path, channels: Channels) -> AsyncIterator[list[Comparing]]:
    """Give two nodes that look after them."""
    made = [Comparing(db, Blobs(tmp_path), channels) for _ in range(2)]
    running = [asyncio.create_task(each.run()) for each in made]
    yield made
    for task in running:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_every_night_one_node_compares_what_can_be(
    db: Database, nodes: list[Comparing], clock: Clock
) -> None:
    await eventually(lambda: _is_planned(db))
    assert Shelf.compared == []  # not by day, when it was just added
    for night in (1, 2):
        clock.advance(seconds=NIGHT.total_seconds())
        for node in nodes:
            node.wake()
        await eventually(lambda night=night: _nights(db, night))
        assert Shelf.compared == ["shelf"] * night
    assert await _found(db) == [(YESTERDAY, 3, 3)]  # fetched the first night, there the second


async def test_one_that_cannot_be_reached_is_tried_the_next_night(
    db: Database, nodes: list[Comparing], clock: Clock
) -> None:
    Shelf.troubles.append(Unavailable("no route"))
    await eventually(lambda: _is_planned(db))
    clock.advance(seconds=NIGHT.total_seconds())
    for node in nodes:
        node.wake()
    await eventually(lambda: Shelf.compared)
    assert await _found(db) == []
    clock.advance(seconds=NIGHT.total_seconds())
    for node in nodes:
        node.wake()
    await eventually(lambda: _nights(db, 1))


@pytest.mark.usefixtures("nodes")
async def test_a_paused_channel_is_left(db: Database, clock: Clock) -> None:
    await eventually(lambda: _is_planned(db))
    await db.write(lambda session: setattr(session.get_one(Channel, 1), "paused_at", now()))
    clock.advance(seconds=NIGHT.total_seconds())
    assert await db.read(comparing.take, now(), 10) == []


@pytest.mark.usefixtures("channels")
async def test_what_was_missing_once_stays_told(db: Database) -> None:
    for missing in (2, 0):
        await db.write(comparisons.keep, 1, [Day(YESTERDAY, 5, missing), Day(date(2020, 1, 1), 1, 0)])
    assert await _found(db) == [(YESTERDAY, 5, 2)]  # and what is long ago was forgotten


async def _is_planned(db: Database) -> bool:
    planned = await db.read(
        lambda session: [row.compare_at for row in session.query(Channel).order_by(Channel.id)]
    )
    return planned[0] is not None and planned[1] is None


async def _nights(db: Database, nights: int) -> bool:
    rows = await db.read(comparisons.latest, 1, 10)
    return len(Shelf.compared) >= nights and bool(rows) and rows[0].at > now() - timedelta(hours=1)


async def _found(db: Database) -> list[tuple[date, int, int]]:
    return [(row.day, row.held, row.missing) for row in await db.read(comparisons.latest, 1, 10)]
