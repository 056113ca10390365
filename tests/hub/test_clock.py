"""There is one clock, it knows its zone, and tests move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hub.clock import now

if TYPE_CHECKING:
    from hub.clock import Clock


def test_the_time_is_in_utc() -> None:
    assert now().tzinfo is UTC
    assert abs(datetime.now(UTC) - now()) < timedelta(seconds=5)


def test_moving_the_clock_moves_everybody(clock: Clock) -> None:
    before = now()
    clock.advance(hours=3)
    assert timedelta(hours=3) <= now() - before < timedelta(hours=3, seconds=5)


def test_after_a_test_the_clock_is_right_again() -> None:
    assert abs(datetime.now(UTC) - now()) < timedelta(seconds=5)
