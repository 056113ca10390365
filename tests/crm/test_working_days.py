"""Working days: what people mean by "within 2 days"."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.process_diagrams import read
from crm.process_elements import Wait
from crm.rehearsal_rotas import rota_of
from crm.run_tasks import span_ends
from crm.working_days import later
from crm.working_hours import WorkingHours
from crm.worktime import Calendar, NeverOpens
from tests.crm.drawing import drawn, timer, user

OFFICE = Calendar(
    WorkingHours.read(
        "Europe/Stockholm", {"mon-thu": ["09:00-12:00", "13:00-18:00"], "fri": ["09:00-14:00"]}, country="SE"
    )
)
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
