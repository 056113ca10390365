"""A timer is exact, is woken when it must be, and otherwise sleeps."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hub import timers
from hub.clock import now
from hub.db import announce
from hub.timers import AT_ONCE, Due, Timer
from tests.eventually import eventually

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from hub.clock import Clock
    from hub.db import Database

A_LONG_TIME = 600.0


class Bells:
    """Bells that ring when due, kept in memory: what a timer asks the database for is asked of them.

    A bell in `stuck` hangs while it rings; one in `blocked` is due but cannot be taken.
    """

    def __init__(self, db: Database, *, taking_writes: bool) -> None:
        """Hang up no bells."""
        self.db = db
        self.claims = taking_writes
        self.due: dict[int, datetime] = {}
        self.rung: list[tuple[int, datetime]] = []
        self.stuck: dict[int, asyncio.Event] = {}
        self.blocked: set[int] = set()
        self.errors: list[Exception] = []
        self.takes = 0
        self.ringing = self.most_ringing = 0
        self.timer = Timer("bells", db, earliest=self.earliest, take=self.take, fire=self.ring,
                           taking_writes=taking_writes)  # fmt: skip

    async def hang_up(self, key: int, due: timedelta) -> None:
        """Add a bell that is due in a while, and say so."""
        self.due[key] = now() + due
        await self.db.write(announce, Due("bells", self.due[key]))

    def earliest(self, _session: Session, after: datetime) -> datetime | None:
        """Answer as a query would."""
        return min((at for at in self.due.values() if at > after), default=None)

    def take(self, _session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
        """Answer as a query would."""
        self.takes += 1
        if self.errors:
            raise self.errors.pop()
        ripe = [key for key, at in self.due.items() if at <= moment and key not in self.blocked][:limit]
        if self.claims:
            self.due.update(dict.fromkeys(ripe, moment + timedelta(minutes=10)))
        return [(key, key) for key in ripe]

    async def ring(self, key: int) -> None:
        """Ring, and be done."""
        self.rung.append((key, now()))
        self.ringing += 1
        self.most_ringing = max(self.most_ringing, self.ringing)
        try:
            if key in self.stuck:
                await self.stuck[key].wait()
        finally:
            self.ringing -= 1
        self.due.pop(key, None)

    @property
    def keys(self) -> list[int]:
        """Tell which bells rang, in their order."""
        return [key for key, _ in self.rung]

    async def sleeps(self) -> None:
        """Wait until the timer has nothing more to do."""
        await eventually(lambda: self.timer._sleeping_until is not None)


@pytest.fixture(params=[False, True], ids=["reading", "claiming"])
async def bells(
    request: pytest.FixtureRequest, db: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bells]:
    """Give bells whose timer runs and never looks by itself: what wakes it is what was written."""
    monkeypatch.setattr(timers, "GLANCE", A_LONG_TIME)
    monkeypatch.setattr(timers, "PAUSE", 0.01)
    hung = Bells(db, taking_writes=request.param)
    running = asyncio.create_task(hung.timer.run())
    await hung.sleeps()
    yield hung
    for event in hung.stuck.values():
        event.set()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


only_reading = pytest.mark.parametrize("bells", [False], indirect=True, ids=["reading"])
only_claiming = pytest.mark.parametrize("bells", [True], indirect=True, ids=["claiming"])
on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


async def test_a_bell_rings_when_it_is_due_and_not_before(bells: Bells) -> None:
    await bells.hang_up(1, timedelta(seconds=0.3))
    due = bells.due[1]
    await eventually(lambda: bells.keys == [1])
    assert timedelta(0) <= bells.rung[0][1] - due < timedelta(seconds=10)


async def test_an_earlier_bell_wakes_the_sleeper(bells: Bells) -> None:
    await bells.hang_up(1, timedelta(hours=1))
    await bells.sleeps()
    await bells.hang_up(2, timedelta(0))
    await eventually(lambda: bells.keys == [2])


async def test_a_later_bell_lets_it_sleep(bells: Bells) -> None:
    await bells.hang_up(1, timedelta(minutes=1))
    await bells.sleeps()
    takes = bells.takes
    await bells.hang_up(2, timedelta(minutes=2))
    await some_time(bells)
    assert bells.takes == takes


async def test_when_the_clock_moves_what_came_due_rings(bells: Bells, clock: Clock) -> None:
    await bells.hang_up(1, timedelta(days=3))
    clock.advance(days=3)
    bells.timer.wake()
    await eventually(lambda: bells.keys == [1])


async def test_what_another_program_wrote_is_seen_at_the_next_glance(
    bells: Bells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "GLANCE", 0.05)
    bells.timer.wake()
    bells.due[1] = now()
    await eventually(lambda: bells.keys == [1])


async def test_a_bell_that_still_rings_is_not_rung_twice(bells: Bells) -> None:
    bells.stuck[1] = asyncio.Event()
    await bells.hang_up(1, timedelta(0))
    for key in range(2, 6):
        await bells.hang_up(key, timedelta(0))
    await eventually(lambda: sorted(bells.keys) == [1, 2, 3, 4, 5])
    bells.stuck[1].set()
    await eventually(lambda: not bells.due)
    await bells.sleeps()
    assert sorted(bells.keys) == [1, 2, 3, 4, 5]


async def test_one_that_waits_for_another_costs_nothing_until_that_is_done(bells: Bells) -> None:
    bells.stuck[1] = asyncio.Event()
    bells.blocked.add(2)
    await bells.hang_up(1, timedelta(0))
    await bells.hang_up(2, timedelta(0))
    await eventually(lambda: bells.keys == [1])
    await bells.sleeps()
    takes = bells.takes
    await some_time(bells)
    assert bells.takes == takes
    bells.blocked.clear()
    bells.stuck[1].set()
    await eventually(lambda: bells.keys == [1, 2])


@on_sqlite
async def test_who_finishes_while_the_timer_lies_down_wakes_it(bells: Bells) -> None:
    """The race: nothing could be taken, the one in the way is done, and only then does the timer sleep."""
    bells.stuck[1] = asyncio.Event()
    bells.blocked.add(2)
    await bells.hang_up(1, timedelta(0))
    await eventually(lambda: bells.keys == [1])
    await bells.sleeps()
    loop, lying_down = asyncio.get_running_loop(), bells.earliest

    def finish_meanwhile(session: Session, after: datetime) -> datetime | None:
        bells.timer._earliest = lying_down
        bells.blocked.clear()
        loop.call_soon_threadsafe(bells.stuck[1].set)
        wait_until_done(bells)
        return lying_down(session, after)

    bells.timer._earliest = finish_meanwhile
    await bells.hang_up(2, timedelta(0))
    await eventually(lambda: bells.keys == [1, 2])


@on_sqlite
@only_reading
async def test_who_finishes_while_the_timer_asks_is_not_begun_again(bells: Bells) -> None:
    """The race: the answer still names a row that was finished while it was on its way."""
    bells.stuck[1] = asyncio.Event()
    await bells.hang_up(1, timedelta(0))
    await eventually(lambda: bells.keys == [1])
    await bells.sleeps()
    loop = asyncio.get_running_loop()

    def answer_late(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
        bells.timer._take = bells.take
        rows = bells.take(session, moment, limit)
        loop.call_soon_threadsafe(bells.stuck[1].set)
        wait_until_done(bells)
        return rows

    bells.timer._take = answer_late
    bells.timer.wake()
    await eventually(lambda: not bells.due)
    await bells.sleeps()
    assert bells.keys == [1]


async def test_never_more_than_so_many_ring_at_once(bells: Bells) -> None:
    keys = range(AT_ONCE * 3)
    bells.stuck = {key: asyncio.Event() for key in keys}
    bells.due = dict.fromkeys(keys, now())
    bells.timer.wake()
    await eventually(lambda: bells.ringing == AT_ONCE)
    for key in keys[:5]:
        bells.stuck[key].set()
    await eventually(lambda: len(bells.rung) == AT_ONCE + 5)
    for key in keys:
        bells.stuck[key].set()
    await eventually(lambda: not bells.due)
    assert bells.most_ringing == AT_ONCE


@only_reading
async def test_a_bell_that_breaks_is_tried_again_and_hurts_no_other(
    bells: Bells, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [ValueError("cracked")]

    async def ring(key: int) -> None:
        if key == 1 and broken:
            raise broken.pop()
        await bells.ring(key)

    monkeypatch.setattr(bells.timer, "_fire", ring)
    await bells.hang_up(1, timedelta(0))
    await bells.hang_up(2, timedelta(0))
    await eventually(lambda: sorted(bells.keys) == [1, 2])
    assert [each.getMessage() for each in caplog.records] == ["timer bells failed on 1"]


async def test_a_store_that_is_away_for_a_while_is_told_of_once_and_survived(
    bells: Bells, caplog: pytest.LogCaptureFixture
) -> None:
    bells.errors = [OSError("gone"), OSError("gone"), OSError("gone")]
    with caplog.at_level(logging.WARNING, "hub.timers"):
        await bells.hang_up(1, timedelta(0))
        await eventually(lambda: bells.keys == [1])
        await bells.sleeps()
    told = [each.getMessage() for each in caplog.records]
    assert told == ["timer bells cannot reach the store", "timer bells reaches the store again"]


async def test_what_is_in_hand_is_finished_before_the_timer_ends(db: Database) -> None:
    bells = Bells(db, taking_writes=False)
    running = asyncio.create_task(bells.timer.run())
    bells.stuck[1] = asyncio.Event()
    await bells.hang_up(1, timedelta(0))
    await eventually(lambda: bells.ringing == 1)
    running.cancel()
    asyncio.get_running_loop().call_soon(bells.stuck[1].set)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not bells.due


def wait_until_done(bells: Bells) -> None:
    """Hold a reader's thread until nothing is in hand."""
    done = threading.Event()
    while bells.timer._in_hand and not done.wait(0.001):
        pass


async def some_time(bells: Bells) -> None:
    """Let time pass in which a timer that spins would be caught: forty questions to the database."""
    for _ in range(40):
        await bells.db.read(lambda _session: None)


async def test_while_others_are_in_a_rush_nothing_is_begun(
    bells: Bells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "PATIENCE", 60.0)
    rush = [True]
    bells.timer._gives_way_to = lambda: rush[0]
    await bells.hang_up(1, timedelta())
    await asyncio.sleep(0)
    assert bells.keys == []
    rush.clear()
    rush.append(False)
    await eventually(lambda: bells.keys == [1])


async def test_a_rush_without_end_does_not_stop_it(bells: Bells, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "PATIENCE", 0.05)
    bells.timer._gives_way_to = lambda: True
    await bells.hang_up(1, timedelta())
    await eventually(lambda: bells.keys == [1])


async def test_what_takes_too_long_is_cut_off_when_the_timer_ends(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "FAREWELL", 0.05)
    bells = Bells(db, taking_writes=False)
    bells.stuck[1] = asyncio.Event()
    running = asyncio.create_task(bells.timer.run())
    await bells.hang_up(1, timedelta())
    await eventually(lambda: bells.ringing)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(running, 5)
    assert (bells.ringing, bells.due.keys()) == (0, {1})
