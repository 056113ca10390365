"""A date in working hours: open and closed pieces from local midnight to local midnight, without a gap.

Everything that working-time arithmetic knows of week, holidays, exceptions and daylight saving is decided
here, once per date, and remembered; the arithmetic only adds real time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from crm.derivation import Piece
from crm.public_holidays import public_holidays
from crm.working_hours import DAY, Span, WorkingHours

_ONE_DAY = timedelta(days=1)
_LUNCH_STARTS = range(10, 15)


# Open promises and a year of reports meet some thousand dates; each is about a kilobyte.
@lru_cache(maxsize=4096)
def pieces_of(hours: WorkingHours, day: date) -> tuple[Piece, ...]:
    """Tile a date with pieces of the kinds worked, closed and holiday, in UTC and in order."""
    zone = ZoneInfo(hours.zone)
    dawn, dusk = moment(zone, day, 0), moment(zone, day, DAY)
    pieces: list[Piece] = []
    at = dawn
    for start, end in _opens(hours, zone, day):
        if start > at and at < dusk:
            pieces.append(_closed(hours, day, at, min(start, dusk)))
        if min(end, dusk) > max(start, at):
            pieces.append(Piece("worked", max(start, at), min(end, dusk), "open"))
        at = max(at, end)
    if at < dusk:
        pieces.append(_closed(hours, day, at, dusk))
    return tuple(pieces)


def moment(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """Turn minutes after a date's local midnight, by the clock on the wall, into a moment in UTC.

    A time that the clock shows twice is the first of the two; one that it skips is the moment of the skip.
    """
    wall = datetime.combine(day, time(), zone) + timedelta(minutes=minutes)
    late = wall.astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return late
    early = wall.replace(fold=1).astimezone(UTC)
    before = early.astimezone(zone).utcoffset()

    def is_after(second: int) -> bool:
        return (early + timedelta(seconds=second)).astimezone(zone).utcoffset() != before

    seconds = range(int((late - early).total_seconds()))
    return early + timedelta(seconds=bisect_left(seconds, 1, key=is_after))


def moments(zone: ZoneInfo, day: date, minutes: int) -> tuple[datetime, ...]:
    """Give every moment at which the clock on the wall shows it, in order: two where it is shown twice."""
    first = moment(zone, day, minutes)
    again = first.astimezone(zone).replace(fold=1).astimezone(UTC)
    return (first,) if again == first else (first, again)


def later(zone: ZoneInfo, since: datetime, seconds: int) -> datetime:
    """Give when so much time has passed: whole days by the clock on the wall, the rest as it goes by."""
    whole, rest = divmod(seconds, DAY * 60)
    there = since.astimezone(zone) + timedelta(days=whole)
    return there.astimezone(UTC) + timedelta(seconds=rest) if whole else since + timedelta(seconds=rest)


def _opens(hours: WorkingHours, zone: ZoneInfo, day: date) -> Iterator[tuple[datetime, datetime]]:
    """Give the ranges that start on the day, after what the night shift of the day before holds of it."""
    for owner in (day - _ONE_DAY, day):
        for span in sorted(_planned(hours, owner)):
            if owner == day or span.closes > DAY:
                yield moment(zone, owner, span.start), moment(zone, owner, span.closes)


def _planned(hours: WorkingHours, day: date) -> tuple[Span, ...]:
    special = hours.exception_on(day)
    if special:
        return special.spans
    return () if _holiday(hours, day) else hours.week[day.weekday()]


def _closed(hours: WorkingHours, day: date, start: datetime, end: datetime) -> Piece:
    """Say why nobody works from start to end on that day."""
    special = hours.exception_on(day)
    name = special.name if special else _holiday(hours, day)
    if name and _takes_working_time(hours, day, start, end):
        return Piece("holiday", start, end, name)
    return Piece("closed", start, end, _ordinary_reason(hours, day, start, end))


def _takes_working_time(hours: WorkingHours, day: date, start: datetime, end: datetime) -> bool:
    zone = ZoneInfo(hours.zone)
    return any(
        moment(zone, day, span.start) < end and start < moment(zone, day, span.closes)
        for span in hours.week[day.weekday()]
    )


def _ordinary_reason(hours: WorkingHours, day: date, start: datetime, end: datetime) -> str:
    zone = ZoneInfo(hours.zone)
    if moment(zone, day, 0) < start and end < moment(zone, day, DAY):
        return "lunch break" if start.astimezone(zone).hour in _LUNCH_STARTS else "between shifts"
    if _planned(hours, day):
        return "night"
    return "weekend" if day.isoweekday() > 5 else "day off"  # noqa: PLR2004 - Saturday and Sunday


def _holiday(hours: WorkingHours, day: date) -> str:
    return public_holidays(hours.country, hours.subdivision, day.year).get(day, "")
