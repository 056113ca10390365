"""Who follows the traffic lets it go first, and does not wait for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub import following
from hub.clock import now
from hub.following import Follower
from hub.users import Department

if TYPE_CHECKING:
    from hub.clock import Clock
    from hub.db import Database

ROOMS = 2


class Rush:
    """Traffic that lasts for so many looks at it, each some seconds after the last."""

    def __init__(self, clock: Clock, looks: int, seconds: float) -> None:
        """Begin now."""
        self._clock = clock
        self._looks = looks
        self._seconds = seconds

    def __call__(self) -> bool:
        """Tell whether it goes on."""
        self._looks -= 1
        self._clock.advance(seconds=self._seconds)
        return self._looks >= 0


@pytest.fixture(autouse=True)
def _look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BREATH", 0)


def opening(db: Database, rush: Rush, patience: timedelta) -> Follower[str]:
    """Give who opens two rooms, one at a time."""
    return Follower(db, gather=_next_room, do=_open, gives_way_to=rush, patience=patience)


def _next_room(session: Session) -> str | None:
    count = session.scalar(select(func.count()).select_from(Department)) or 0
    return f"Room {count + 1}" if count < ROOMS else None


def _open(session: Session, name: str) -> None:
    session.add(Department(name=name))


async def waited(follower: Follower[str]) -> timedelta:
    """Have it do one lot and tell how long it gave way."""
    begun: datetime = now()
    assert await follower.step()
    return now() - begun


async def test_a_rush_goes_first(db: Database, clock: Clock) -> None:
    follower = opening(db, Rush(clock, looks=4, seconds=10), timedelta(minutes=10))
    assert timedelta(seconds=40) <= await waited(follower) < timedelta(minutes=10)


async def test_a_rush_without_end_does_not_hold_it_up_for_longer_than_its_patience(
    db: Database, clock: Clock
) -> None:
    follower = opening(db, Rush(clock, looks=1_000, seconds=10), timedelta(minutes=1))
    assert timedelta(minutes=1) <= await waited(follower) < timedelta(minutes=2)


async def test_it_goes_on_until_there_is_nothing_left_to_do(db: Database, clock: Clock) -> None:
    follower = opening(db, Rush(clock, looks=0, seconds=0), timedelta(minutes=1))
    assert [await follower.step() for _ in range(ROOMS + 1)] == [True] * ROOMS + [False]


@pytest.mark.parametrize(("looks", "made"), [(1_000, "Room 1"), (0, "Hall")])
async def test_what_is_done_in_a_rush_is_little(db: Database, clock: Clock, looks: int, made: str) -> None:
    follower = Follower(
        db, gather=lambda _session: "Hall", gather_little=_next_room, do=_open,
        gives_way_to=Rush(clock, looks, seconds=10), patience=timedelta(minutes=1),
    )  # fmt: skip
    await follower.step()
    assert await db.read(lambda session: session.scalars(select(Department.name)).all()) == [made]
