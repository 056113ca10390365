"""Hours within which people are written to and called, in the nights in which the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crm.calling_hours import opens
from crm.process_diagrams import duration
from crm.process_elements import Wait
from crm.run_tasks import wait_ends
from crm.working_hours import DAY, Span, WorkingHours
from crm.worktime import Calendar, at_hour

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY_AND_NIGHT = (Span(0, DAY),)


@pytest.mark.parametrize(("zone", "since", "spent", "over"), [
    ("Europe/Stockholm", "2026-03-28T07:30Z", "P1D", "2026-03-29T06:30Z"),
    ("Europe/Stockholm", "2026-10-24T10:00Z", "P2D", "2026-10-26T11:00Z"),
    ("Europe/Stockholm", "2026-10-25T00:30Z", "PT3H", "2026-10-25T03:30Z"),
    ("Europe/Stockholm", "2026-03-28T01:30Z", "P1D", "2026-03-29T01:30Z"),
    ("America/New_York", "2026-03-07T13:00Z", "P1DT2H", "2026-03-08T14:00Z"),
])  # fmt: skip
def test_a_wait_of_days_ends_at_the_same_hour(zone: str, since: str, spent: str, over: str) -> None:
    always = Calendar(WorkingHours(zone=zone, week=(DAY_AND_NIGHT,) * 7))
    ends = wait_ends(datetime.fromisoformat(since), Wait(seconds=duration(spent)), always)
    assert ends == datetime.fromisoformat(over)


def test_hours_that_are_left_out_open_on_the_next_day() -> None:
    before = datetime(2027, 3, 28, 0, 0, tzinfo=UTC)
    assert opens([("02:30", "03:00")], STOCKHOLM, before) == datetime(2027, 3, 29, 0, 30, tzinfo=UTC)


def test_hours_never_open_before_the_moment_that_is_asked_for() -> None:
    second_two_o_clock = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    opened = opens([("02:15", "02:45")], STOCKHOLM, second_two_o_clock)
    assert opened == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "after", "opened"), [
    ("Europe/Stockholm", "2026-10-25T00:50Z", "2026-10-25T01:30Z"),
    ("Europe/Stockholm", "2026-10-25T01:50Z", "2026-10-26T01:30Z"),
    ("America/New_York", "2026-11-01T05:50Z", "2026-11-01T07:30Z"),
    ("America/New_York", "2026-03-08T06:50Z", "2026-03-09T06:30Z"),
])  # fmt: skip
def test_hours_that_come_twice_open_twice(zone: str, after: str, opened: str) -> None:
    at, then = (datetime.fromisoformat(each) for each in (after, opened))
    assert opens([("02:30", "02:45")], ZoneInfo(zone), at) == then


@pytest.mark.parametrize(("after", "at"), [
    ("2026-10-25T00:50Z", "2026-10-25T01:30Z"), ("2026-10-25T00:20Z", "2026-10-25T00:30Z"),
    ("2026-10-25T01:50Z", "2026-10-26T01:30Z"), ("2026-03-28T12:00Z", "2026-03-29T01:00Z"),
])  # fmt: skip
def test_an_hour_that_is_waited_for_comes_again_where_the_clock_goes_back(after: str, at: str) -> None:
    always = Calendar(WorkingHours(zone="Europe/Stockholm", week=(DAY_AND_NIGHT,) * 7))
    begin, wanted = datetime.fromisoformat(after), datetime.fromisoformat(at)
    assert at_hour(begin, "02:30", always, working=False) == wanted
