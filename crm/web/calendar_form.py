"""Working hours as a form: ranges for every day of the week, whose holidays, and single dates that are different."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

import msgspec

from crm.public_holidays import check_country
from crm.working_hours import WEEKDAYS, Span, SpecialDay, WorkingHours, check_zone
from hub.languages import _

MOST_DAYS = 100
MOST_RANGES = 12
LONGEST = 80
T = TypeVar("T")

_CLOSED = {"", "-", "–"}  # noqa: RUF001 - people type the dash
_BETWEEN = re.compile(r"\s*[,;]\s*")


class SpecialRow(msgspec.Struct, frozen=True):
    """A date that is different, as typed: no hours mean closed."""

    day: str
    name: str
    hours: str


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form; `days` are the ranges of Monday to Sunday."""

    zone: str
    country: str = ""
    subdivision: str = ""
    days: Sequence[str] = ("",) * len(WEEKDAYS)
    special: Sequence[SpecialRow] = ()


def filled(hours: WorkingHours) -> Filled:
    """Give hours as they stand in the form."""
    return Filled(
        zone=hours.zone, country=hours.country, subdivision=hours.subdivision,
        days=[_ranges(spans) for spans in hours.week],
        special=[SpecialRow(each.day.isoformat(), each.name, _ranges(each.spans)) for each in hours.exceptions],
    )  # fmt: skip


def typed(said: Mapping[str, str], several: Callable[[str], list[str]]) -> Filled:
    """Give what somebody typed, to be shown again beside what is wrong with it."""
    rows = zip(several("special_day"), several("special_name"), several("special_hours"), strict=False)
    return Filled(
        zone=said.get("zone", "").strip(),
        country=said.get("country", ""),
        subdivision=said.get("subdivision", "").strip().upper(),
        days=[said.get(day, "").strip() for day in WEEKDAYS],
        special=[SpecialRow(*(text.strip() for text in row)) for row in rows if row[0] or row[1]][:MOST_DAYS],
    )


def read(form: Filled) -> tuple[WorkingHours | None, Mapping[str, str]]:
    """Read a filled form: the hours, or by field what is wrong."""
    errors: dict[str, str] = {}
    _check(errors, "zone", partial(check_zone, form.zone))
    _check(errors, "country", partial(check_country, form.country, form.subdivision))
    named = zip(WEEKDAYS, form.days, strict=True)
    week = [_check(errors, day, partial(_spans, text)) or () for day, text in named]
    special = [_check(errors, "special", partial(_special, row)) for row in form.special]
    if errors:
        return None, errors
    days = sorted((each for each in special if each is not None), key=lambda each: each.day)
    hours = _check(errors, "week", lambda: WorkingHours(
        zone=form.zone, week=tuple(week), country=form.country, subdivision=form.subdivision, exceptions=tuple(days)
    ))  # fmt: skip
    return hours, errors


def _check(errors: dict[str, str], name: str, read_it: Callable[[], T]) -> T | None:
    """Read a part; None notes the mistake in its own words."""
    try:
        return read_it()
    except ValueError as error:
        words = str(error)
        errors.setdefault(name, words[:1].upper() + words[1:])
        return None


def _special(row: SpecialRow) -> SpecialDay:
    if not row.name:
        raise ValueError(_("Say what is special about %(day)s", day=row.day[:20]))
    try:
        day = date.fromisoformat(row.day)
    except ValueError:
        raise ValueError(_("Choose the date of “%(name)s”", name=row.name[:LONGEST])) from None
    return SpecialDay(day, row.name[:LONGEST], _spans(row.hours))


def _spans(text: str) -> tuple[Span, ...]:
    """Read "08:00-12:00, 13:00-17:00"; nothing is closed."""
    if text in _CLOSED:
        return ()
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) > MOST_RANGES:
        raise ValueError(_("These are more ranges than a day has room for"))
    return tuple(sorted(Span.read(part) for part in parts))


def _ranges(spans: Iterable[Span]) -> str:
    return ", ".join(map(str, spans))
