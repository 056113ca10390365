"""A date in working hours: what the clock on the wall says, and why it is closed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crm.days import moment, pieces_of
from crm.working_hours import SpecialDay, WorkingHours

STOCKHOLM = ZoneInfo("Europe/Stockholm")
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SPRING, AUTUMN, MONDAY = date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 23)


def reasons(hours: WorkingHours, day: date) -> list[str]:
    """Give why each piece of the day is what it is."""
    return [piece.why for piece in pieces_of(hours, day)]


@pytest.mark.parametrize(
    ("day", "minutes", "utc"),
    [
        (MONDAY, 9 * 60, "2026-11-23T08:00+00:00"),
        (MONDAY, 24 * 60, "2026-11-23T23:00+00:00"),
        (SPRING, 2 * 60, "2026-03-29T01:00+00:00"),
        (SPRING, 2 * 60 + 30, "2026-03-29T01:00+00:00"),
        (SPRING, 3 * 60, "2026-03-29T01:00+00:00"),
        (AUTUMN, 2 * 60 + 30, "2026-10-25T00:30+00:00"),
        (AUTUMN, 3 * 60, "2026-10-25T02:00+00:00"),
    ],
)
def test_a_time_on_the_wall_is_one_moment(day: date, minutes: int, utc: str) -> None:
    assert moment(STOCKHOLM, day, minutes) == datetime.fromisoformat(utc)


def test_a_midnight_that_the_clock_skips_is_the_moment_of_the_skip() -> None:
    midnight = moment(ZoneInfo("Africa/Cairo"), date(2026, 4, 24), 0)
    assert midnight == datetime(2026, 4, 23, 22, tzinfo=UTC)
    assert midnight.astimezone(ZoneInfo("Africa/Cairo")).hour == 1


def test_a_date_that_the_clock_skips_has_no_time() -> None:
    assert pieces_of(WorkingHours.always("Pacific/Apia"), date(2011, 12, 30)) == ()


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (MONDAY, 24)])
def test_a_day_of_day_and_night_has_the_hours_that_it_really_has(day: date, hours: int) -> None:
    (whole,) = pieces_of(WorkingHours.always("Europe/Stockholm"), day)
    assert whole.length == timedelta(hours=hours)


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: YEAR + timedelta(minutes=minutes)),
    st.integers(0, 1439),
    st.integers(0, 1440),
)
@settings(max_examples=200, deadline=None)
def test_it_is_open_when_the_clock_on_the_wall_says_so(when: datetime, start: int, end: int) -> None:
    hours = WorkingHours.read("Europe/Stockholm", {"mon-sun": f"{clock(start)}-{clock(end)}"})
    local = when.astimezone(STOCKHOLM)
    # An hour that comes twice has no single answer by the clock.
    assume(local.replace(fold=1).utcoffset() == local.replace(fold=0).utcoffset())
    minute = local.hour * 60 + local.minute
    shown = start <= minute < end if start < end else minute >= start or minute < end
    (piece,) = (each for each in pieces_of(hours, local.date()) if each.from_ <= when < each.to)
    assert (piece.kind == "worked") == shown


def clock(minutes: int) -> str:
    """Write minutes after midnight as people do."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def test_a_working_day_has_night_and_lunch() -> None:
    hours = WorkingHours.read("Europe/Stockholm", {"mon": ["09:00-12:00", "13:00-18:00"]})
    assert reasons(hours, MONDAY) == ["night", "open", "lunch break", "open", "night"]


def test_a_break_at_another_time_is_between_shifts() -> None:
    hours = WorkingHours.read("Europe/Stockholm", {"mon": ["06:00-09:00", "15:00-18:00"]})
    assert reasons(hours, MONDAY) == ["night", "open", "between shifts", "open", "night"]


def test_a_closed_weekday_is_a_day_off_and_not_a_weekend() -> None:
    hours = WorkingHours.read("Europe/Stockholm", {"tue-sat": ["09:00-17:00"]})
    assert reasons(hours, MONDAY) == ["day off"]
    assert reasons(hours, date(2026, 11, 22)) == ["weekend"]


def test_ranges_that_meet_leave_no_break() -> None:
    hours = WorkingHours.read("Europe/Stockholm", {"mon": ["09:00-12:00", "12:00-18:00"]})
    assert reasons(hours, MONDAY) == ["night", "open", "open", "night"]


def test_a_night_shift_that_runs_into_the_next_opening_counts_once() -> None:
    hours = WorkingHours.read("Europe/Stockholm", {"sun": ["22:00-06:00"], "mon": ["05:00-12:00"]})
    worked = [piece.length for piece in pieces_of(hours, MONDAY) if piece.kind == "worked"]
    assert sum(worked, timedelta()) == timedelta(hours=12)


def test_a_night_shift_goes_on_into_a_holiday() -> None:
    hours = WorkingHours.read("Europe/Stockholm", {"mon-fri": ["22:00-06:00"]}, country="SE")
    assert reasons(hours, date(2026, 12, 24)) == ["open", "Christmas Eve"]
    assert reasons(hours, date(2026, 12, 25)) == ["Christmas Day"]


def test_a_shorter_day_is_named_only_where_it_is_shorter() -> None:
    short = SpecialDay.read("2026-11-23", "Inventory", ["09:00-12:00", "13:00-15:00"])
    week = {"mon": ["09:00-12:00", "13:00-18:00"]}
    hours = WorkingHours.read("Europe/Stockholm", week, exceptions=[short])
    assert reasons(hours, MONDAY) == ["night", "open", "lunch break", "open", "Inventory"]


def test_an_exception_opens_a_holiday() -> None:
    duty = SpecialDay.read("2026-12-25", "Duty", ["10:00-12:00"])
    week = {"mon-fri": ["10:00-12:00"]}
    hours = WorkingHours.read("Europe/Stockholm", week, country="SE", exceptions=[duty])
    assert reasons(hours, date(2026, 12, 25)) == ["night", "open", "night"]
