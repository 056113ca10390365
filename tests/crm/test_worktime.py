"""Working-time arithmetic: what always holds, and the questions beside "when is it due"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.derivation import Pause, worked
from crm.working_hours import Span, WorkingHours
from crm.worktime import LONGEST, Absence, Calendar, NeverOpens, before, due, left, worked_between

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFICE = Calendar(
    WorkingHours.read("Europe/Stockholm", {"mon-fri": ["09:00-12:00", "13:00-18:00"]}, country="SE")
)
NEVER = Calendar(WorkingHours.read("Europe/Stockholm", {}))
QUARTER = timedelta(minutes=15)

# Cairo and Havana change their clocks at midnight, Lord Howe by half an hour, Apia once left out a date.
ZONES = (
    "Europe/Stockholm",
    "America/New_York",
    "Africa/Cairo",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
)


def at(text: str) -> datetime:
    """Read a time by the clock in Stockholm."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


@st.composite
def days(draw: st.DrawFn) -> tuple[Span, ...]:
    """Draw the ranges of a day: a few that do not overlap, or one over midnight."""
    marks = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    spans = [Span(start, end) for start, end in zip(marks[::2], marks[1::2], strict=False)]
    if len(marks) % 2 and marks[-1] < 1440:
        spans.append(Span(marks[-1], draw(st.integers(0, marks[0]))))
    return tuple(spans)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Draw hours that open at least on Wednesdays, with a person's absences."""
    week = [draw(days()) for _ in range(7)]
    week[2] = week[2] or (Span(540, 1020),)
    country = draw(st.sampled_from(["", "SE"]))
    hours = WorkingHours(zone=draw(st.sampled_from(ZONES)), week=tuple(week), country=country)
    gone = draw(st.lists(st.tuples(moments, st.timedeltas(timedelta(), timedelta(days=9))), max_size=2))
    return Calendar(hours, tuple(Absence(start, start + length, "Ill") for start, length in gone))


def between(first: str, last: str) -> st.SearchStrategy[datetime]:
    """Draw moments between two dates."""
    ends = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return st.datetimes(*ends, timezones=st.just(UTC))


# Around the clock changes of one winter and, for Apia, around the date that it left out.
moments = st.one_of(
    between("2026-10-20", "2026-11-10"),
    between("2027-03-10", "2027-04-04"),
    between("2011-12-26", "2012-01-04"),
)
promises = st.timedeltas(timedelta(), timedelta(hours=40))
holds = st.lists(
    st.tuples(moments, st.timedeltas(timedelta(), timedelta(days=5))).map(
        lambda pair: Pause(pair[0], pair[0] + pair[1], "waiting")
    ),
    max_size=3,
)


@given(moments, promises, calendars(), holds)
@settings(max_examples=150, deadline=None)
def test_the_pieces_tile_the_time_and_add_up_to_the_promise(
    start: datetime, promise: timedelta, calendar: Calendar, pauses: list[Pause]
) -> None:
    derivation = due(start, promise, calendar, pauses)
    ends = [piece.to for piece in derivation.pieces]
    assert [derivation.start, *ends] == [*(piece.from_ for piece in derivation.pieces), derivation.due]
    assert worked(derivation.pieces) == promise
    assert all(piece.length for piece in derivation.pieces)


@given(moments, promises, calendars(), holds)
@settings(max_examples=100, deadline=None)
def test_what_is_left_at_the_start_is_the_promise(
    start: datetime, promise: timedelta, calendar: Calendar, pauses: list[Pause]
) -> None:
    deadline = due(start, promise, calendar, pauses).due
    assert deadline
    assert left(start, deadline, calendar, pauses) == promise


@given(moments, st.timedeltas(timedelta(), timedelta(days=3)), promises, calendars(), holds)
@settings(max_examples=100, deadline=None)
def test_who_asks_later_is_never_due_earlier(
    start: datetime, later: timedelta, promise: timedelta, calendar: Calendar, pauses: list[Pause]
) -> None:
    first = due(start, promise, calendar, pauses).due
    second = due(start + later, promise, calendar, pauses).due
    assert first
    assert second
    assert first <= second


@given(moments, promises, st.floats(0, 1), calendars(), holds)
@settings(max_examples=100, deadline=None)
def test_a_reminder_leaves_what_it_says(
    start: datetime, promise: timedelta, part: float, calendar: Calendar, pauses: list[Pause]
) -> None:
    deadline = due(start, promise, calendar, pauses).due
    assert deadline
    reminder = before(deadline, promise * part, calendar, start, pauses)
    assert start <= reminder <= deadline
    assert left(reminder, deadline, calendar, pauses) == promise * part


@given(moments, calendars())
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), Calendar(WorkingHours.always("Europe/Stockholm")))
@settings(max_examples=100, deadline=None)
def test_open_spans_are_apart_and_in_order(start: datetime, calendar: Calendar) -> None:
    spans = list(calendar.open_spans(start, start + timedelta(days=12)))
    assert all(opens < closes for opens, closes in spans)
    assert all(first[1] < second[0] for first, second in pairwise(spans))
    assert sum((b - a for a, b in spans), timedelta()) == worked_between(
        start, start + timedelta(days=12), calendar
    )


def test_open_time_of_a_day_has_a_lunch_break() -> None:
    spans = OFFICE.open_spans(at("2026-11-24 00:00"), at("2026-11-25 00:00"))
    assert list(spans) == [
        (at("2026-11-24 09:00"), at("2026-11-24 12:00")),
        (at("2026-11-24 13:00"), at("2026-11-24 18:00")),
    ]


def test_open_time_is_cut_to_what_was_asked_for() -> None:
    spans = OFFICE.open_spans(at("2026-11-24 10:00"), at("2026-11-24 11:00"))
    assert list(spans) == [(at("2026-11-24 10:00"), at("2026-11-24 11:00"))]


def test_a_calendar_that_never_opens_has_no_open_time() -> None:
    assert list(NEVER.open_spans(at("2026-01-01"), at("2029-01-01"))) == []
    assert worked_between(at("2026-01-01"), at("2029-01-01"), NEVER) == timedelta()


def test_a_promise_on_a_calendar_that_never_opens_is_refused() -> None:
    with pytest.raises(NeverOpens, match="check the week, exceptions and absences"):
        due(at("2026-11-24 10:00"), QUARTER, NEVER)


def test_a_shop_that_opens_once_a_year_is_only_slow() -> None:
    hours = WorkingHours.read("Europe/Stockholm", {"wed": ["09:00-17:00"]})
    gone = Absence(at("2026-01-01"), at("2026-12-30"), "Sabbatical")
    assert due(at("2026-01-07 10:00"), QUARTER, Calendar(hours, (gone,))).due == at("2026-12-30 09:15")


def test_a_week_of_work_has_forty_hours() -> None:
    assert worked_between(at("2026-11-16"), at("2026-11-23"), OFFICE) == timedelta(hours=40)


def test_a_week_with_a_holiday_has_less() -> None:
    assert worked_between(at("2026-06-15"), at("2026-06-22"), OFFICE) == timedelta(hours=32)


def test_nothing_is_worked_backwards() -> None:
    assert worked_between(at("2026-11-24 11:00"), at("2026-11-24 10:00"), OFFICE) == timedelta()


def test_ten_minutes_are_left_over_the_weekend() -> None:
    assert left(at("2026-11-20 17:55"), at("2026-11-23 09:05"), OFFICE) == timedelta(minutes=10)


def test_what_is_late_is_below_nothing_in_working_time() -> None:
    assert left(at("2026-11-23 09:05"), at("2026-11-20 17:55"), OFFICE) == timedelta(minutes=-10)


def test_nothing_runs_out_while_the_promise_is_held() -> None:
    held = [Pause(at("2026-11-24 10:00"), at("2026-11-24 11:00"))]
    assert left(at("2026-11-24 09:55"), at("2026-11-24 11:10"), OFFICE, held) == QUARTER


def test_nothing_runs_out_while_the_promise_is_still_held() -> None:
    held = [Pause(at("2026-11-24 10:00"))]
    assert left(at("2026-11-24 09:55"), at("2026-11-24 11:10"), OFFICE, held) == timedelta(minutes=5)


def test_a_reminder_goes_back_over_the_weekend() -> None:
    reminder = before(at("2026-11-23 09:05"), timedelta(minutes=10), OFFICE, at("2026-11-20 17:50"))
    assert reminder == at("2026-11-20 17:55")


def test_a_reminder_at_opening_is_not_sent_at_close() -> None:
    reminder = before(at("2026-11-23 09:05"), timedelta(minutes=5), OFFICE, at("2026-11-20 17:50"))
    assert reminder == at("2026-11-23 09:00")


def test_a_reminder_is_never_before_the_request() -> None:
    asked = at("2026-11-24 10:00")
    assert before(at("2026-11-24 10:15"), timedelta(hours=1), OFFICE, asked) == asked


def test_a_reminder_without_lead_is_the_deadline() -> None:
    deadline = at("2026-11-24 10:15")
    assert before(deadline, timedelta(), OFFICE, at("2026-11-24 10:00")) == deadline


def test_a_pause_between_reminder_and_deadline_moves_the_reminder() -> None:
    held = [Pause(at("2026-11-24 10:00"), at("2026-11-24 11:00"))]
    asked, deadline = at("2026-11-24 09:00"), at("2026-11-24 11:05")
    assert before(deadline, QUARTER, OFFICE, asked, held) == at("2026-11-24 09:50")


def test_resuming_goes_on_where_the_pause_began() -> None:
    asked, held, resumed = at("2026-11-24 09:50"), at("2026-11-24 10:00"), at("2026-11-26 16:00")
    assert due(asked, QUARTER, OFFICE, [Pause(held)]).due is None
    assert due(asked, QUARTER, OFFICE, [Pause(held, resumed)]).due == at("2026-11-26 16:05")


def test_moments_are_given_back_in_utc() -> None:
    derivation = due(at("2026-11-24 10:00"), QUARTER, OFFICE)
    assert derivation.start.tzinfo is UTC
    assert derivation.due is not None
    assert derivation.due.tzinfo is UTC


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        due(datetime(2026, 11, 24, 10), QUARTER, OFFICE)  # noqa: DTZ001 - the mistake


@pytest.mark.parametrize("promise", [-QUARTER, LONGEST + QUARTER])
def test_a_promise_that_makes_no_sense_is_refused(promise: timedelta) -> None:
    with pytest.raises(ValueError, match="at most 8784 hours"):
        due(at("2026-11-24 10:00"), promise, OFFICE)


def test_an_absence_without_a_reason_gives_none_away() -> None:
    gone = Absence(at("2026-11-24 09:00"), at("2026-11-24 10:00"))
    first = due(at("2026-11-24 09:00"), QUARTER, Calendar(OFFICE.hours, (gone,))).pieces[0]
    assert (first.kind, first.why) == ("away", "away")
