"""Hours within which people are written to and called, in the nights in which the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from crm.calling_hours import opens

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def test_hours_that_are_left_out_open_on_the_next_day() -> None:
    before = datetime(2027, 3, 28, 0, 0, tzinfo=UTC)
    assert opens([("02:30", "03:00")], STOCKHOLM, before) == datetime(2027, 3, 29, 0, 30, tzinfo=UTC)


def test_hours_never_open_before_the_moment_that_is_asked_for() -> None:
    second_two_o_clock = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    opened = opens([("02:15", "02:45")], STOCKHOLM, second_two_o_clock)
    assert opened == datetime(2026, 10, 26, 1, 15, tzinfo=UTC)
