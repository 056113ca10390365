"""Working days: what "within 2 days" means to people, who count the days on which somebody works and no hours.

A day later is the same hour of the next day on which somebody works. Where nobody works at that hour, it is the end of
the work before it on that day, or, with work only after it, where that begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.worktime import PATIENCE, Calendar, NeverOpens

Open = tuple[datetime, datetime]


def later(at: datetime, days: int, calendar: Calendar) -> datetime:
    """Give the moment so many working days after another; NeverOpens where there are not so many."""
    zone = ZoneInfo(calendar.hours.zone)
    for horizon in (2 * days + 7, 2 * days + PATIENCE):
        found = of_spans(calendar.open_spans(at, at + timedelta(days=horizon)), days, zone)
        if found is not None:
            return found
    raise NeverOpens(at)


def of_spans(spans: Iterable[Open], days: int, zone: ZoneInfo) -> datetime | None:
    """Count in open spans, in order, the first of which begins at the moment; None where they end too soon."""
    count, today, hour, found = -1, date.min, time(), None
    for day, begins, ends in _by_day(spans, zone):
        if day != today:
            if found is not None:
                return found
            count, today = count + 1, day
            hour = hour if count else begins.time()
        if count == days:
            wished = datetime.combine(day, hour, zone)
            if wished <= ends:
                return max(wished, begins).astimezone(UTC)
            found = ends.astimezone(UTC)
    return found


def _by_day(spans: Iterable[Open], zone: ZoneInfo) -> Iterator[tuple[date, datetime, datetime]]:
    """Cut spans at each midnight, by the clock of the place."""
    for begins, ends in spans:
        start, end = begins.astimezone(zone), ends.astimezone(zone)
        while start.date() < end.date():
            midnight = datetime.combine(start.date() + timedelta(days=1), time(), zone)
            yield start.date(), start, midnight
            start = midnight
        if start < end:
            yield start.date(), start, end
