"""Working days: what people mean by "within 2 days"."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.derivation import Pause, worked
from crm.derivation_words import told
from crm.process_diagrams import read
from crm.process_elements import Wait
from crm.rehearsal_rotas import rota_of
from crm.run_tasks import span_ends
from crm.working_days import before, due, later
from crm.working_hours import SpecialDay, WorkingHours
from crm.worktime import Calendar, NeverOpens, worked_between
from hub.languages import Listener, speaking_to
from tests.crm.drawing import drawn, timer, user
from tests.crm.test_worktime import calendars, holds, moments

OFFICE = Calendar(
    WorkingHours.read(
        "Europe/Stockholm", {"mon-thu": ["09:00-12:00", "13:00-18:00"], "fri": ["09:00-14:00"]}, country="SE"
    )
)
EVENING = Calendar(WorkingHours.read("Europe/Stockholm", {"mon-fri": ["16:00-24:00"]}))
EARLY = Calendar(WorkingHours.read("Europe/Stockholm", {"mon-sun": ["01:00-03:00"]}))
SHORT = Calendar(
    WorkingHours.read(
        "Europe/Stockholm",
        {"mon-fri": ["09:00-18:00"]},
        exceptions=[SpecialDay.read("2026-11-24", "Inventory", ["14:00-16:00"])],
    )
)
SELDOM = Calendar(WorkingHours.read("Europe/Stockholm", {"wed": ["09:00-17:00"], "sat": ["00:01-00:01"]}))
NIGHT = Calendar(WorkingHours.read("Europe/Stockholm", {"mon-sun": ["22:00-06:00"]}))
ALWAYS = Calendar(WorkingHours.read("Europe/Stockholm", {"mon-sun": ["00:00-24:00"]}))
NEVER = Calendar(WorkingHours.read("Europe/Stockholm", {}))


def at(text: str) -> datetime:
    """Read a time by the clock in Stockholm."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Stockholm"))


@pytest.mark.parametrize(
    ("calendar", "start", "days", "ends"),
    [
        (OFFICE, "2026-11-23 10:30", 1, "2026-11-24 10:30"),
        (OFFICE, "2026-11-27 10:30", 1, "2026-11-30 10:30"),  # Friday to Monday
        (OFFICE, "2026-11-26 16:00", 1, "2026-11-27 14:00"),  # on Fridays they go at two
        (OFFICE, "2026-11-28 20:00", 1, "2026-12-01 09:00"),  # asked on Saturday: Monday is the day they have
        (OFFICE, "2026-11-23 12:30", 1, "2026-11-24 13:00"),  # over lunch, which begins at one
        (OFFICE, "2026-12-23 10:00", 1, "2026-12-28 10:00"),  # Christmas
        (OFFICE, "2026-11-23 10:30", 10, "2026-12-07 10:30"),
        (
            SELDOM,
            "2027-03-14 01:00",
            10,
            "2027-04-10 09:00",
        ),  # on a day that is open for longer than we look first
        (NIGHT, "2026-11-23 23:00", 1, "2026-11-24 23:00"),
        (ALWAYS, "2026-11-28 03:15", 2, "2026-11-30 03:15"),
        (ALWAYS, "2026-10-24 12:00", 1, "2026-10-25 12:00"),  # the clocks go back in between
    ],
)
def test_a_day_later_is_the_same_hour_of_the_next_day_with_work(
    calendar: Calendar, start: str, days: int, ends: str
) -> None:
    assert later(at(start), days, calendar) == at(ends)
    begin = at(start)
    rota = rota_of(calendar, begin - timedelta(days=3), begin + timedelta(days=60))
    assert (
        rota.after(begin.timestamp(), 86_400 * days, days) == at(ends).timestamp()
    )  # a rehearsal says the same


def test_where_nobody_ever_works_there_is_no_day_later() -> None:
    with pytest.raises(NeverOpens):
        later(at("2026-11-23 10:30"), 1, NEVER)
    assert span_ends(at("2026-11-23 10:30"), 86_400, NEVER, 1) == at("2026-11-24 10:30")


@pytest.mark.parametrize(
    ("within", "days", "ends"),
    [
        ("1 day", 1, "2026-11-30 10:30"),
        ("2 days", 2, "2026-12-01 10:30"),
        ("24 h", 0, "2026-12-02 14:30"),  # hours stay hours of work: 3.5, then 8, 8 and 4.5
        ("4 h", 0, "2026-11-30 09:30"),
    ],
)
def test_a_step_within_days_is_promised_in_working_days(within: str, days: int, ends: str) -> None:
    work = read(drawn(user("call", "Call", within=within)).encode()).nodes["call"].work
    assert work is not None
    assert (work.days, work.wrong) == (days, ())
    assert span_ends(at("2026-11-27 10:30"), work.within or 0, OFFICE, work.days) == at(ends)


def test_a_part_of_a_day_is_named_as_what_cannot_be() -> None:
    work = read(drawn(user("call", "Call", within="1.5 days")).encode()).nodes["call"].work
    assert work is not None
    assert work.wrong == ("“1.5 days” is a part of a day: write hours, or whole days",)


@pytest.mark.parametrize(
    ("spent", "ends"),
    [("P1D", "2026-11-30 10:30"), ("P1W", "2026-12-04 10:30"), ("P1DT1H", "2026-11-30 11:30")],
)
def test_a_wait_of_working_time_counts_working_days_too(spent: str, ends: str) -> None:
    happening = read(drawn(timer("wait", "Wait", spent, working=True)).encode()).nodes["wait"].happening
    assert happening is not None
    wait = happening.wait or Wait()
    assert span_ends(at("2026-11-27 10:30"), wait.seconds or 0, OFFICE, wait.days) == at(ends)


@pytest.mark.parametrize(
    ("calendar", "start", "days", "words"),
    [
        (OFFICE, "2026-11-27 10:30", 1,
         "to the same hour · 3 h 30 min until close · Mon 09:00 opens · due Mon 10:30"),
        (OFFICE, "2026-11-26 16:00", 1,
         "to the end of that day's work · 2 h until close · Fri 09:00 opens · due Fri 14:00"),
        (SHORT, "2026-11-23 10:00", 1,
         "to the beginning of that day's work · 8 h until close · Tue Inventory · due Tue 14:00"),
        (SHORT, "2026-11-23 17:00", 1,
         "to the end of that day's work · 1 h until close · Tue Inventory · Tue 14:00 opens · due Tue 16:00"),
        (SHORT, "2026-11-28 20:00", 1, "to the same hour · Mon 09:00 opens · 9 h until close · due Tue 09:00"),
        (ALWAYS, "2026-11-28 03:15", 2, "to the same hour · due Mon 03:15"),
    ],
)  # fmt: skip
def test_a_promise_in_days_is_due_then_and_says_why(
    calendar: Calendar, start: str, days: int, words: str
) -> None:
    found = due(at(start), days, calendar)
    assert found.due == later(at(start), days, calendar)
    said = "1 working day" if days == 1 else f"{days} working days"
    assert told(found, "Europe/Stockholm") == f"{at(start):%a %H:%M} request · {said}, {words}"


def test_a_promise_in_days_is_told_in_swedish() -> None:
    with speaking_to(Listener("sv")):
        words = told(due(at("2026-11-27 10:30"), 2, OFFICE), "Europe/Stockholm")
    assert words.startswith("fre 10:30 förfrågan · 2 arbetsdagar, till samma klockslag · ")


@pytest.mark.parametrize(
    ("calendar", "start", "days", "held", "ends"),
    [
        # Half an hour of work that is held is half an hour that comes behind; a night or a weekend is none.
        (OFFICE, "2026-11-23 10:30", 1, ("2026-11-23 14:00", "2026-11-23 14:30"), "2026-11-24 11:00"),
        (OFFICE, "2026-11-23 10:30", 1, ("2026-11-23 20:00", "2026-11-24 07:00"), "2026-11-24 10:30"),
        # Held on Monday with 2.5 and 1.5 hours left, until Thursday.
        (OFFICE, "2026-11-23 10:30", 1, ("2026-11-23 15:30", "2026-11-26 15:30"), "2026-11-27 10:30"),
        # What would begin with a day's work begins with one, after a pause as well.
        (OFFICE, "2026-11-28 20:00", 1, ("2026-11-30 10:00", "2026-12-01 10:00"), "2026-12-02 09:00"),
        (ALWAYS, "2026-11-23 10:30", 2, ("2026-11-24 10:30", "2026-12-24 10:30"), "2026-12-25 10:30"),
    ],
)
def test_after_a_pause_as_much_work_is_left_as_was_left(
    calendar: Calendar, start: str, days: int, held: tuple[str, str], ends: str
) -> None:
    assert due(at(start), days, calendar, [Pause(at(held[0]), at(held[1]))]).due == at(ends)


def test_while_it_is_held_it_says_how_much_work_is_left() -> None:
    found = due(at("2026-11-23 10:30"), 1, OFFICE, [Pause(at("2026-11-23 15:30"), None, "rings back")])
    assert (found.due, found.left) == (None, timedelta(hours=4))
    assert told(found, "Europe/Stockholm") == (
        "Mon 10:30 request · 1 working day, 8 h of work · 1 h 30 min until lunch break · Mon 13:00 opens · "
        "2 h 30 min worked · held since Mon 15:30, rings back · 4 h left"
    )


@pytest.mark.parametrize(
    ("calendar", "start", "ends", "days", "reminds"),
    [
        (OFFICE, "2026-11-23 10:30", "2026-11-26 10:30", 1, "2026-11-25 10:30"),
        (OFFICE, "2026-11-26 10:30", "2026-12-01 10:30", 2, "2026-11-27 10:30"),
        (OFFICE, "2026-11-25 16:00", "2026-11-30 16:00", 1, "2026-11-27 14:00"),  # Friday ends at two
        (OFFICE, "2026-11-25 12:30", "2026-11-27 12:00", 1, "2026-11-26 13:00"),  # over lunch
        (OFFICE, "2026-11-23 10:30", "2026-11-24 10:30", 2, "2026-11-23 10:30"),  # not before the start
        (OFFICE, "2026-11-23 09:00", "2026-11-25 09:00", 1, "2026-11-24 09:00"),  # due when work begins
        (EVENING, "2026-11-23 17:00", "2026-11-27 00:00", 1, "2026-11-26 00:00"),  # due when Thursday ends
    ],
)
def test_a_reminder_comes_days_before(
    calendar: Calendar, start: str, ends: str, days: int, reminds: str
) -> None:
    assert before(at(ends), days, calendar, at(start)) == at(reminds)


@pytest.mark.parametrize(
    ("calendar", "ends", "days", "tells"),
    [
        (OFFICE, "2026-11-27 14:00", 1, "2026-11-30 14:00"),  # from the end of a short Friday
        (OFFICE, "2026-11-23 18:00", 1, "2026-11-24 18:00"),
        (OFFICE, "2026-11-23 12:00", 1, "2026-11-24 12:00"),
        (OFFICE, "2026-11-23 10:30", 2, "2026-11-25 10:30"),
        (EVENING, "2026-11-27 00:00", 1, "2026-11-28 00:00"),
    ],
)
def test_a_step_comes_days_after_the_day_on_which_the_promise_broke(
    calendar: Calendar, ends: str, days: int, tells: str
) -> None:
    assert later(at(ends), days, calendar, after_work=True) == at(tells)


def test_an_hour_that_the_clock_skips_is_not_after_work() -> None:
    assert later(at("2027-03-27 02:30"), 1, EARLY) == at("2027-03-28 03:00")


def slow(start: datetime, days: int, calendar: Calendar) -> datetime:
    """Walk from day to day, and look at each when somebody works on it."""
    zone = ZoneInfo(calendar.hours.zone)

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), zone).astimezone(UTC)

    def work(day: date) -> list[tuple[datetime, datetime]]:
        dawn, dusk = midnight(day), midnight(day + timedelta(days=1))
        return [
            (max(opens, start), closes)
            for opens, closes in (calendar.open_spans(dawn, dusk) if dawn < dusk else ())
            if closes > start
        ]

    day = start.astimezone(zone).date()
    while not work(day):
        day += timedelta(days=1)
    hour = work(day)[0][0].astimezone(zone).time()
    for _ in range(days):
        day += timedelta(days=1)
        while not work(day):
            day += timedelta(days=1)
    wished = datetime.combine(day, hour.replace(fold=0), zone).astimezone(UTC)
    within = [max(wished, opens) for opens, closes in work(day) if wished <= closes]
    return within[0] if within else work(day)[-1][1]


@given(moments, st.integers(1, 12), calendars())
@settings(max_examples=150, deadline=None)
def test_days_are_those_of_somebody_who_walks_from_day_to_day(
    start: datetime, days: int, calendar: Calendar
) -> None:
    found = due(start, days, calendar)
    assert found.due == later(start, days, calendar) == slow(start, days, calendar)
    ends = [piece.to for piece in found.pieces]
    assert [found.start, *ends] == [*(piece.from_ for piece in found.pieces), found.due]
    assert worked(found.pieces) == found.promise


@given(moments, st.integers(1, 5), calendars(), holds)
@settings(max_examples=100, deadline=None)
def test_a_pause_takes_no_work_and_gives_none(
    start: datetime, days: int, calendar: Calendar, pauses: list[Pause]
) -> None:
    whole, held = due(start, days, calendar), due(start, days, calendar, pauses)
    assert whole.due
    assert held.due
    assert held.due >= whole.due
    assert worked_between(start, held.due, calendar, pauses) == worked(whole.pieces)


@given(moments, st.integers(1, 9), st.integers(1, 9), calendars())
@settings(max_examples=100, deadline=None)
def test_more_days_before_are_earlier_and_never_before_the_start(
    start: datetime, days: int, lead: int, calendar: Calendar
) -> None:
    ends = later(start, days, calendar)
    first, second = before(ends, lead + 1, calendar, start), before(ends, lead, calendar, start)
    assert start <= first <= second < ends
