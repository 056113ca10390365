"""The golden table of deadlines, and how a derivation is told, drawn and kept."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from crm.derivation import Derivation, Pause
from crm.derivation_words import bar, told
from crm.working_hours import SpecialDay, WorkingHours, combine
from crm.worktime import Absence, Calendar, NeverOpens, due
from hub.languages import Listener, speaking_to

STOCKHOLM = ZoneInfo("Europe/Stockholm")


class Day(msgspec.Struct, frozen=True):
    """An exception in the table."""

    day: date
    name: str
    ranges: list[str] = []


class Hours(msgspec.Struct, frozen=True):
    """A calendar of the table."""

    zone: str
    week: dict[str, list[str]]
    country: str = ""
    subdivision: str = ""
    exceptions: list[Day] = []

    def read(self) -> WorkingHours:
        """Make the working hours, as an application does from its own configuration."""
        days = [SpecialDay.read(each.day, each.name, each.ranges) for each in self.exceptions]
        return WorkingHours.read(
            self.zone, self.week, country=self.country, subdivision=self.subdivision, exceptions=days
        )


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A deadline of the table."""

    case: str
    chain: list[str]
    start: str
    minutes: int
    zone: str = ""
    pauses: list[tuple[str, str, str]] = []
    absences: list[tuple[str, str, str]] = []
    due: str = ""
    words: str = ""
    error: str = ""


class Table(msgspec.Struct, frozen=True):
    """The whole golden table."""

    calendars: dict[str, Hours]
    deadlines: list[Row]


TABLE = msgspec.convert(tomllib.loads(Path(__file__).with_name("deadlines.toml").read_text("utf-8")), Table)
PROMISED = [row for row in TABLE.deadlines if not row.error]
IMPOSSIBLE = [row for row in TABLE.deadlines if row.error]


def local(text: str, zone: ZoneInfo) -> datetime:
    """Read a time of the table: by the clock of the zone unless it says its offset."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def derive(row: Row) -> tuple[Derivation, ZoneInfo]:
    """Work out a row of the table."""
    hours = combine(*(TABLE.calendars[name].read() for name in row.chain))
    zone = ZoneInfo(row.zone or hours.zone)
    pauses = [Pause(local(a, zone), local(b, zone) if b else None, why) for a, b, why in row.pauses]
    absences = tuple(Absence(local(a, zone), local(b, zone), why) for a, b, why in row.absences)
    promise = timedelta(minutes=row.minutes)
    return due(local(row.start, zone), promise, Calendar(hours, absences), pauses), zone


@pytest.mark.parametrize("row", PROMISED, ids=lambda row: row.case)
def test_a_deadline_of_the_golden_table_is_due_when_it_says(row: Row) -> None:
    derivation, zone = derive(row)
    assert derivation.due == (local(row.due, zone) if row.due else None)


@pytest.mark.parametrize("row", PROMISED, ids=lambda row: row.case)
def test_a_deadline_of_the_golden_table_is_explained_in_words(row: Row) -> None:
    derivation, zone = derive(row)
    assert told(derivation, zone.key) == row.words


@pytest.mark.parametrize("row", IMPOSSIBLE, ids=lambda row: row.case)
def test_a_promise_that_cannot_be_kept_is_refused_in_words(row: Row) -> None:
    with pytest.raises(NeverOpens, match=row.error):
        derive(row)


@pytest.mark.parametrize("row", PROMISED, ids=lambda row: row.case)
def test_a_derivation_survives_being_kept_as_json(row: Row) -> None:
    derivation, _ = derive(row)
    kept = msgspec.json.encode(derivation)
    assert msgspec.json.decode(kept, type=Derivation) == derivation


def weekend() -> Derivation:
    """Give the deadline that everybody quotes: asked on Friday, ten minutes before close."""
    return derive(next(row for row in PROMISED if row.case == "Friday ten minutes before close"))[0]


def still_held() -> Derivation:
    """Give one whose clock stands since Wednesday at ten."""
    return derive(next(row for row in PROMISED if row.case == "still held"))[0]


def test_the_table_has_the_deadlines_that_go_wrong_elsewhere() -> None:
    assert len(TABLE.deadlines) >= 40
    assert len({row.case for row in TABLE.deadlines}) == len(TABLE.deadlines)


def test_each_piece_says_what_it_is_and_why() -> None:
    pieces = [(piece.kind, piece.why, piece.length) for piece in weekend().pieces]
    assert pieces == [
        ("worked", "open", timedelta(minutes=10)),
        ("closed", "weekend", timedelta(days=2, hours=15)),
        ("worked", "open", timedelta(minutes=5)),
    ]


def test_a_kept_piece_has_from_and_to() -> None:
    first = msgspec.to_builtins(weekend(), builtin_types=(datetime, timedelta))["pieces"][0]
    assert list(first) == ["kind", "from", "to", "why"]
    assert first["from"] == datetime(2026, 11, 20, 17, 50, tzinfo=STOCKHOLM)


def test_a_derivation_is_told_in_the_language_of_the_reader() -> None:
    with speaking_to(Listener("sv")):
        assert told(weekend(), "Europe/Stockholm").startswith("fre 17:50 ")


def test_the_words_are_by_the_clock_of_the_reader() -> None:
    words = told(weekend(), "Europe/Helsinki")
    assert words == "Fri 18:50 request · 10 min until close · Mon 10:00 opens · due Mon 10:05"


def test_the_bar_shows_real_time() -> None:
    worked, closed, rest = bar(weekend())
    assert (closed[0], closed[2]) == ("closed", "weekend")
    assert worked[1] == pytest.approx(10 / (63 * 60 + 15))
    assert sum((worked[1], closed[1], rest[1])) == pytest.approx(1)


def test_the_bar_of_a_held_promise_grows_until_now() -> None:
    drawn = bar(still_held(), until=datetime(2026, 11, 18, 10, 30, tzinfo=STOCKHOLM))
    assert drawn == [("worked", 0.25, "10 min"), ("held", 0.75, "held: waiting for the customer")]
    assert bar(still_held()) == [("worked", 1, "10 min")]


def test_nothing_promised_has_nothing_to_draw() -> None:
    derivation, _ = derive(next(row for row in PROMISED if row.minutes == 0))
    assert bar(derivation) == []


def test_a_held_promise_knows_what_is_left_of_it() -> None:
    assert still_held().left == timedelta(minutes=5)
    assert weekend().left == timedelta()


def test_a_promise_of_seconds_is_told_as_less_than_a_minute() -> None:
    hours = WorkingHours.read("UTC", {"mon-fri": "09:00-17:00"})
    friday = datetime(2026, 11, 20, 16, 59, 50, tzinfo=ZoneInfo("UTC"))
    words = told(due(friday, timedelta(minutes=1), Calendar(hours)), "UTC")
    assert words == "Fri 16:59 request · less than 1 min until close · Mon 09:00 opens · due Mon 09:00"


def test_holidays_of_one_name_are_told_as_one() -> None:
    party = (SpecialDay.read(f"2026-11-{day}", "Summer house") for day in (24, 25))
    hours = WorkingHours.read("UTC", {"mon-sun": "00:00-24:00"}, exceptions=party)
    asked = datetime(2026, 11, 23, 23, 50, tzinfo=ZoneInfo("UTC"))
    words = told(due(asked, timedelta(minutes=15), Calendar(hours)), "UTC")
    assert "10 min until close · Tue \N{EN DASH} Wed Summer house · Thu 00:00 opens" in words
