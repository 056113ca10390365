"""When a company, a department or a person is at work: the week, the public holidays and single dates.

A plain value without arithmetic, kept as JSON and compared by content. It checks itself when it is made, from
configuration as from the database, so that a mistake is told where it was made and not when a promise is due.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise

import msgspec

from crm.public_holidays import NO_COUNTRY, check_country
from hub.languages import _

DAY = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_RANGE = re.compile(r"(\d{1,2})[:.](\d\d)\s*[-–]\s*(\d{1,2})[:.](\d\d)")  # noqa: RUF001 - people type the dash


class Span(msgspec.Struct, frozen=True, order=True):
    """One range of open time, in minutes after local midnight.

    An `end` at or before the `start` is on the next day; 0 to 1440 is a whole day.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse what no clock shows."""
        if not (0 <= self.start < DAY and 0 <= self.end <= DAY):
            msg = _(
                "%(range)s is not a range of one day: it starts between 00:00 and 23:59 and ends by 24:00",
                range=self,
            )
            raise ValueError(msg)

    def __str__(self) -> str:
        """Write it as in the configuration: "08:00-12:00"."""
        return f"{_clock(self.start)}-{_clock(self.end)}"

    @classmethod
    def read(cls, text: str) -> Span:
        """Read "08:00-12:00"; "22:00-06:00" ends on the next day."""
        found = _RANGE.fullmatch(text.strip())
        minutes = [int(number) for number in found.groups()] if found else []
        if not minutes or minutes[1] >= 60 or minutes[3] >= 60:  # noqa: PLR2004 - minutes in an hour
            msg = _(
                '"%(text)s" is not a range of time; write it like "08:00-17:00", over midnight "22:00-06:00"',
                text=text[:40],
            )
            raise ValueError(msg)
        return cls(minutes[0] * 60 + minutes[1], minutes[2] * 60 + minutes[3])

    @property
    def closes(self) -> int:
        """The end in minutes after the midnight before the start: beyond 1440 when it is on the next day."""
        return self.end if self.end > self.start else self.end + DAY


class SpecialDay(msgspec.Struct, frozen=True):
    """An exception: a date on which week and holidays do not count, only these ranges (none: closed)."""

    day: date
    name: str
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        """Refuse ranges that overlap."""
        _check_ranges(f"{self.day} ({self.name})", self.spans)

    @classmethod
    def read(cls, day: date | str, name: str, ranges: Sequence[str] | str = ()) -> SpecialDay:
        """Make one from configuration: a date or "2026-12-18", what is special, and when it is open."""
        try:
            when = day if isinstance(day, date) else date.fromisoformat(day)
        except ValueError:
            msg = _(
                '"%(text)s" is not a date; write year, month and day like "2026-12-18"', text=str(day)[:40]
            )
            raise ValueError(msg) from None
        return cls(when, name, _read_ranges(f"{when} ({name})", ranges))


class WorkingHours(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """When work is done: ranges for each weekday (Monday first) by the wall clock of `zone`.

    `country` and `subdivision` (ISO 3166, "SE", "BY") close the public holidays; "" has none of its own and
    takes those of the level above, "none" works through them. A range belongs to the day on which it starts:
    the night shift that starts on a holiday does not happen, the one from the evening before goes on.
    """

    zone: str
    week: tuple[tuple[Span, ...], ...]
    country: str = ""
    subdivision: str = ""
    exceptions: tuple[SpecialDay, ...] = ()

    def __post_init__(self) -> None:
        """Check everything that can be wrong, and say what to write instead."""
        check_zone(self.zone)
        check_country(self.country, self.subdivision)
        if len(self.week) != len(WEEKDAYS):
            msg = _("a week has 7 days, Monday first; this one has %(n)s", n=len(self.week))
            raise ValueError(msg)
        for name, spans in zip(WEEKDAYS, self.week, strict=True):
            _check_ranges(name, spans)
        for first, second in pairwise(sorted(self.exceptions, key=lambda special: special.day)):
            if first.day == second.day:
                msg = _(
                    "%(day)s is an exception twice: %(first)s and %(second)s",
                    day=first.day,
                    first=first.name,
                    second=second.name,
                )
                raise ValueError(msg)

    @classmethod
    def read(
        cls,
        zone: str,
        week: Mapping[str, Sequence[str] | str],
        *,
        country: str = "",
        subdivision: str = "",
        exceptions: Iterable[SpecialDay] = (),
    ) -> WorkingHours:
        """Make one from configuration: `{"mon-fri": ["08:00-12:00", "13:00-17:00"], "sat": []}`.

        Days are single, listed ("tue, thu") or a range ("sat-mon" too); a day that is not named is closed.
        """
        days: dict[int, tuple[Span, ...]] = {}
        for names, ranges in week.items():
            for day in _read_days(names):
                if day in days:
                    msg = _(
                        '"%(names)s": %(day)s is named twice; name each day once',
                        names=names,
                        day=WEEKDAYS[day],
                    )
                    raise ValueError(msg)
                days[day] = _read_ranges(names, ranges)
        return cls(
            zone=zone,
            week=tuple(days.get(day, ()) for day in range(7)),
            country=country,
            subdivision=subdivision,
            exceptions=tuple(exceptions),
        )

    @classmethod
    def always(cls, zone: str) -> WorkingHours:
        """Open day and night, holidays too."""
        return cls(zone=zone, week=((Span(0, DAY),),) * 7, country=NO_COUNTRY)

    def exception_on(self, day: date) -> SpecialDay | None:
        """Give what is special about this date, or None."""
        return next((special for special in self.exceptions if special.day == day), None)


@lru_cache(maxsize=1024)
def combine(
    company: WorkingHours, department: WorkingHours | None = None, person: WorkingHours | None = None
) -> WorkingHours:
    """Join the chain company → department → person to the hours that count for whoever holds the promise.

    Week and zone are those of the most specific level that has hours. Public holidays and exceptions come
    down from above: a lower level replaces the holidays by naming its own country, and what happens on a date
    by an exception of its own.
    """
    joined = company
    for level in (department, person):
        if level:
            joined = _below(joined, level)
    return joined


def _below(upper: WorkingHours, lower: WorkingHours) -> WorkingHours:
    holidays = lower if lower.country else upper
    dates = {special.day: special for special in (*upper.exceptions, *lower.exceptions)}
    return msgspec.structs.replace(
        lower,
        country=holidays.country,
        subdivision=holidays.subdivision,
        exceptions=tuple(dates[day] for day in sorted(dates)),
    )


def _read_days(names: str) -> list[int]:
    days: list[int] = []
    for part in names.lower().split(","):
        first, _sep, last = part.partition("-")
        start = _read_day(first, names)
        end = _read_day(last, names) if last else start
        days += [(start + step) % 7 for step in range((end - start) % 7 + 1)]
    return days


def _read_day(name: str, names: str) -> int:
    short = name.strip()[:3]
    if short not in WEEKDAYS:
        days = ", ".join(WEEKDAYS)
        msg = _(
            '"%(names)s": "%(name)s" is not a day; days are %(days)s, or a range like "mon-fri"',
            names=names,
            name=name.strip(),
            days=days,
        )
        raise ValueError(msg)
    return WEEKDAYS.index(short)


def _read_ranges(where: str, ranges: Sequence[str] | str) -> tuple[Span, ...]:
    texts = [ranges] if isinstance(ranges, str) else ranges
    try:
        return tuple(sorted(Span.read(text) for text in texts))
    except ValueError as error:
        msg = f"{where}: {error}"
        raise ValueError(msg) from None


def _check_ranges(where: str, spans: tuple[Span, ...]) -> None:
    for first, second in pairwise(sorted(spans)):
        if first.closes > second.start:
            msg = _(
                "%(where)s: %(first)s and %(second)s overlap; end one where the other starts, or write one range",
                where=_(where),
                first=first,
                second=second,
            )
            raise ValueError(msg)


@lru_cache(maxsize=64)
def check_zone(name: str) -> None:
    """Raise ValueError with a suggestion for a time zone that nobody knows."""
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        near = difflib.get_close_matches(name, zoneinfo.available_timezones(), n=1)
        meant = near[0] if near else "Europe/Stockholm"
        msg = _('there is no time zone "%(name)s"; did you mean "%(near)s"?', name=name, near=meant)
        raise ValueError(msg) from None


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
