"""Working hours: read from configuration, refused in words, and combined down the chain."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from crm.working_hours import DAY, Span, SpecialDay, WorkingHours, combine

STOCKHOLM = "Europe/Stockholm"
COMPANY = WorkingHours.read(
    STOCKHOLM,
    {"mon-fri": ["09:00-12:00", "13:00-18:00"]},
    country="SE",
    exceptions=[SpecialDay.read("2026-12-18", "Christmas party")],
)


def test_a_week_is_read_from_day_names_and_ranges() -> None:
    morning, afternoon = Span(540, 720), Span(780, 1080)
    assert COMPANY.week == ((morning, afternoon),) * 5 + ((), ())


@pytest.mark.parametrize(
    ("names", "open_days"),
    [
        ("mon", [0]),
        ("Monday", [0]),
        ("tue, thu", [1, 3]),
        ("sat-mon", [0, 5, 6]),
        ("mon-wed,fri", [0, 1, 2, 4]),
        ("mon-sun", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_days_can_be_named_as_people_do(names: str, open_days: list[int]) -> None:
    hours = WorkingHours.read(STOCKHOLM, {names: "08:00-17:00"})
    assert [day for day, spans in enumerate(hours.week) if spans] == open_days


@pytest.mark.parametrize("text", ["08:00-17:00", "8:00-17:00", "8.00 - 17.00", "08:00–17:00"])  # noqa: RUF001
def test_a_range_can_be_typed_as_people_do(text: str) -> None:
    assert Span.read(text) == Span(480, 1020)


def test_a_range_over_midnight_closes_on_the_next_day() -> None:
    assert Span.read("22:00-06:00").closes == DAY + 360
    assert Span.read("00:00-24:00").closes == DAY
    assert Span.read("08:00-08:00").closes == DAY + 480


def test_ranges_are_put_in_order() -> None:
    hours = WorkingHours.read(STOCKHOLM, {"mon": ["13:00-18:00", "09:00-12:00"]})
    assert [str(span) for span in hours.week[0]] == ["09:00-12:00", "13:00-18:00"]


@pytest.mark.parametrize(
    ("week", "message"),
    [
        ({"mon-fry": ["08:00-17:00"]}, '"mon-fry": "fry" is not a day; days are mon, tue'),
        ({"mon": ["8-17"]}, 'mon: "8-17" is not a range of time; write it like "08:00-17:00"'),
        ({"mon": ["08:00-17:60"]}, '"08:00-17:60" is not a range of time'),
        ({"mon": ["08:00-25:00"]}, "mon: 08:00-25:00 is not a range of one day"),
        ({"mon": ["08:00-12:00", "11:00-17:00"]}, "08:00-12:00 and 11:00-17:00 overlap; end one where"),
        ({"mon-fri": ["08:00-17:00"], "wed": []}, '"wed": wed is named twice'),
    ],
)
def test_a_mistake_in_the_week_is_told_with_its_cure(week: dict[str, list[str]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WorkingHours.read(STOCKHOLM, week)


def test_a_mistyped_zone_is_told_with_the_right_one() -> None:
    with pytest.raises(ValueError, match='no time zone "Europe/Stokholm"; did you mean "Europe/Stockholm"'):
        WorkingHours.always("Europe/Stokholm")


@pytest.mark.parametrize("zone", ["", "../etc/passwd", "Nowhere"])
def test_what_is_no_zone_at_all_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="there is no time zone"):
        WorkingHours.always(zone)


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match='"18/12" is not a date; write year, month and day'):
        SpecialDay.read("18/12", "Christmas party")


def test_a_date_cannot_be_an_exception_twice() -> None:
    twice = [SpecialDay.read("2026-12-18", "Christmas party"), SpecialDay.read("2026-12-18", "Inventory")]
    with pytest.raises(ValueError, match="2026-12-18 is an exception twice: Christmas party and Inventory"):
        WorkingHours.read(STOCKHOLM, {}, exceptions=twice)


def test_an_exception_with_overlapping_ranges_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Open Saturday.*overlap"):
        SpecialDay.read("2026-11-28", "Open Saturday", ["10:00-14:00", "13:00-16:00"])


def test_hours_survive_being_kept_as_json() -> None:
    kept = msgspec.json.encode(COMPANY)
    assert msgspec.json.decode(kept, type=WorkingHours) == COMPANY


def test_kept_hours_are_checked_when_they_are_read() -> None:
    kept = msgspec.json.encode(COMPANY).replace(b"Stockholm", b"Atlantis")
    with pytest.raises(msgspec.ValidationError, match="there is no time zone"):
        msgspec.json.decode(kept, type=WorkingHours)


def test_kept_hours_have_seven_days() -> None:
    with pytest.raises(ValueError, match="a week has 7 days, Monday first; this one has 0"):
        WorkingHours(zone=STOCKHOLM, week=())


def test_a_company_alone_has_its_own_hours() -> None:
    assert combine(COMPANY) == COMPANY


def test_the_most_specific_week_and_zone_count() -> None:
    department = WorkingHours.read(STOCKHOLM, {"mon-fri": "07:00-16:00"})
    eva = WorkingHours.read("Europe/London", {"mon": "10:00-15:00"})
    assert combine(COMPANY, department).week == department.week
    assert combine(COMPANY, None, eva).week == combine(COMPANY, department, eva).week == eva.week
    assert combine(COMPANY, department, eva).zone == "Europe/London"


def test_holidays_and_exceptions_come_down_from_the_company() -> None:
    joined = combine(COMPANY, None, WorkingHours.read(STOCKHOLM, {"mon": "10:00-15:00"}))
    assert joined.country == "SE"
    assert joined.exception_on(date(2026, 12, 18)) == COMPANY.exceptions[0]


def test_a_level_that_names_a_country_has_its_holidays_instead() -> None:
    munich = WorkingHours.read("Europe/Berlin", {"mon": "10:00-15:00"}, country="DE", subdivision="BY")
    joined = combine(COMPANY, munich, WorkingHours.read("Europe/Berlin", {"tue": "10:00-15:00"}))
    assert (joined.country, joined.subdivision) == ("DE", "BY")


def test_a_lower_level_decides_over_a_date_that_it_names() -> None:
    duty = SpecialDay.read("2026-12-18", "Duty", ["10:00-12:00"])
    joined = combine(COMPANY, WorkingHours.read(STOCKHOLM, {}, exceptions=[duty]))
    assert joined.exceptions == (duty,)


def test_day_and_night_means_holidays_too() -> None:
    assert combine(COMPANY, WorkingHours.always(STOCKHOLM)).country == "none"
