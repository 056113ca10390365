"""Working days: what "within 2 days" means to people, who count the days on which somebody works and no hours.

A day later is the same hour of the next day on which somebody works. Where nobody works at that hour, it is the end of
the work before it on that day, or, with work only after it, where that begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from zoneinfo import ZoneInfo

from msgspec import structs

from crm import worktime
from crm.derivation import Derivation, Pause
from crm.worktime import PATIENCE, Calendar, NeverOpens

Open = tuple[datetime, datetime]
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
SELDOM = 10  # so many days on the calendar for one on which somebody works


def later(at: datetime, days: int, calendar: Calendar, *, after_work: bool = False) -> datetime:
    """Give the moment so many working days after another; NeverOpens where there are not so many.

    `after_work`: where work ends at the moment itself, it is counted from that day and not from the next.
    """
    zone = ZoneInfo(calendar.hours.zone)
    is_end = after_work and any(calendar.open_spans(at - MOMENT, at))
    for horizon in (2 * days + 7, SELDOM * days + PATIENCE):
        # Whole days: of the last one all of its work must be seen.
        until = _at(at.astimezone(zone).date() + horizon * DAY, timedelta(), zone)
        found = of_spans(calendar.open_spans(at, until), days, zone, at if is_end else None)
        if found is not None:
            return found
    raise NeverOpens(at)


def due(start: datetime, days: int, calendar: Calendar, pauses: Sequence[Pause] = ()) -> Derivation:
    """Work out when so many working days from start (aware) have passed, and why.

    What is held counts by the hour: the days hold as much work as they have without a pause, and after one as much is
    left as was left when it began. NeverOpens where there are not so many days.
    """
    end = later(start, days, calendar)
    work = worktime.counted(start, end, calendar)
    promise = sum((piece.length for piece in work), timedelta())
    found = worktime.due(start, promise, calendar, pauses, to_opening=work[-1].to < end)
    return structs.replace(found, days=days)


def before(
    due_at: datetime, days: int, calendar: Calendar, start: datetime, pauses: Sequence[Pause] = ()
) -> datetime:
    """Give the moment so many working days before a deadline, but none before start; what was held counts no day.

    It is the same hour of that day, or, where nobody works at that hour, when work begins next on it, or when it ended.
    """
    zone = ZoneInfo(calendar.hours.zone)
    work = [(piece.from_, piece.to) for piece in worktime.counted(start, due_at, calendar, pauses)]
    today = _day_of(due_at, zone, after_work=bool(work) and work[-1][1] == due_at)
    hour = _wall(due_at, zone) - datetime.combine(today, time())
    by_day = [(day, [*spans]) for day, spans in groupby(_by_day(work, zone), itemgetter(0)) if day < today]
    if len(by_day) < days:
        return start.astimezone(UTC)
    day, spans = by_day[-days]
    wished = _at(day, hour, zone)
    return next((max(wished, begins) for _day, begins, ends in spans if wished < ends), spans[-1][2])


def of_spans(
    spans: Iterable[Open], days: int, zone: ZoneInfo, since: datetime | None = None
) -> datetime | None:
    """Count in open spans, in order, the first of which begins at the moment; None where they end too soon.

    `since`: it is counted from this end of work, on the day on which that was done.
    """
    count, today, hour, found = -1, date.min, timedelta(), None
    if since is not None:
        count, today = 0, _day_of(since, zone, after_work=True)
        hour = _wall(since, zone) - datetime.combine(today, time())
    for day, begins, ends in _by_day(spans, zone):
        if day != today:
            if found is not None:
                return found
            count, today = count + 1, day
            hour = hour if count else _wall(begins, zone) - datetime.combine(day, time())
        if count == days:
            wished = _at(day, hour, zone)
            if wished <= ends:
                return max(wished, begins)
            found = ends
    return found


def _by_day(spans: Iterable[Open], zone: ZoneInfo) -> Iterator[tuple[date, datetime, datetime]]:
    """Cut spans at each midnight, by the clock of the place; a date that it leaves out is none."""
    for begins, ends in spans:
        start, end, day = begins.astimezone(UTC), ends.astimezone(UTC), begins.astimezone(zone).date()
        while start < end:
            day += DAY
            midnight = min(end, _at(day, timedelta(), zone))
            if start < midnight:
                yield day - DAY, start, midnight
            start = midnight


def _day_of(moment: datetime, zone: ZoneInfo, *, after_work: bool) -> date:
    """Give the day of a moment; work that ends at midnight is of the day before."""
    return (moment - MOMENT if after_work else moment).astimezone(zone).date()


def _at(day: date, hour: timedelta, zone: ZoneInfo) -> datetime:
    """Give when the clock on the wall shows so many hours of a day; of two such moments the first."""
    return (datetime.combine(day, time()) + hour).replace(tzinfo=zone).astimezone(UTC)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give what the clock on the wall shows."""
    return moment.astimezone(zone).replace(tzinfo=None)
