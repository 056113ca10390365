"""A sample week: when work is done on each day, and how promises made at chosen hours run through it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from crm import deadline_ways
from crm.days import moment, pieces_of
from crm.derivation import Piece, worked
from crm.derivation_words import reason, told
from crm.working_hours import DAY, WorkingHours
from crm.worktime import Calendar, NeverOpens
from hub.clock import now
from hub.languages import _
from hub.web.moments import written

LANE, GROUND = 8, 24  # heights, in units of the drawing
EVENING = 17 * 60 + 50
USUAL = ((0, 10 * 60), (4, EVENING), (5, 12 * 60), (6, 23 * 60))
MOST = 6
WEEK = 7
Promise = tuple[int, int]
"""Seconds of working time, and how many working days they are where it was said in days."""


class Asked(msgspec.Struct, frozen=True):
    """A request of the sample: on which day of the week (0 is Monday) and how many minutes after midnight."""

    day: int
    minutes: int

    @property
    def time(self) -> str:
        """Give the time as a field holds it."""
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}"


class Bar(msgspec.Struct, frozen=True):
    """A bar of a day's track: minutes after midnight and how many, and its height from the top."""

    kind: str
    x: int
    width: int
    y: int = 0
    height: int = GROUND


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One day."""

    name: str
    note: str
    hours: str
    spoken: str
    bars: Sequence[Bar]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One request: when, when it is due and why."""

    number: int
    asked: str
    due: str
    words: str


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _week.html."""

    tracks: Sequence[Track]
    height: int
    total: str
    zone: str
    samples: Sequence[Sample] = ()


def next_monday(zone: ZoneInfo) -> date:
    """Give the first day of the week to come."""
    today = now().astimezone(zone).date()
    return today + timedelta(days=WEEK - today.weekday())


def week_of(
    hours: WorkingHours, monday: date, asked: Sequence[Asked] = (), promise: Promise | None = None
) -> Week:
    """Draw a week by these hours, with what is promised to requests at these times."""
    zone = ZoneInfo(hours.zone)
    ways = [_way(hours, zone, monday, each, promise) for each in asked] if promise else []
    height = max(GROUND, LANE * len(ways) + 2)
    # What is asked for on Sunday is mostly due on the Monday after.
    days = [monday + timedelta(days=each) for each in range(WEEK + 1 if ways else WEEK)]
    open_time = sum((_open(hours, day) for day in days[:WEEK]), timedelta())
    return Week(
        tracks=[
            _track(hours, zone, day, ways, height, is_after=number >= WEEK) for number, day in enumerate(days)
        ],
        height=height,
        total=_hours(open_time) if open_time else _("never open"), zone=zone.key.replace("_", " "),
        samples=[_sample(number, way, zone) for number, way in enumerate(ways, 1)],
    )  # fmt: skip


class _Way(msgspec.Struct, frozen=True):
    """A promise on its way; no pieces and no due time where nobody ever works."""

    start: datetime
    due: datetime | None
    pieces: Sequence[Piece]
    words: str


def _way(hours: WorkingHours, zone: ZoneInfo, monday: date, asked: Asked, promise: Promise) -> _Way:
    start = moment(zone, monday + timedelta(days=asked.day), asked.minutes)
    try:
        found = deadline_ways.derive(start, *promise, Calendar(hours))
    except NeverOpens:
        return _Way(start, None, (), _("Nobody ever works in these hours"))
    return _Way(start, found.due, found.pieces, told(found, hours.zone))


def _sample(number: int, way: _Way, zone: ZoneInfo) -> Sample:
    far = way.due is not None and way.due - way.start >= timedelta(days=WEEK)
    due = _stamp(way.due, zone, "EEE d MMM" if far else "EEE") if way.due else ""
    return Sample(number=number, asked=_stamp(way.start, zone), due=due, words=way.words)


def _track(
    hours: WorkingHours, zone: ZoneInfo, day: date, ways: Sequence[_Way], height: int, *, is_after: bool
) -> Track:  # fmt: skip
    pieces = pieces_of(hours, day)
    spans = [_within(piece, zone, day) for piece in pieces if piece.kind == "worked"]
    special = hours.exception_on(day)
    note = (
        special.name if special else next((reason(each.why) for each in pieces if each.kind == "holiday"), "")
    )
    note = note or (_("the week after") if is_after else "")
    bars = [Bar("open", start, end - start, 0, height) for start, end in spans]
    for lane, way in enumerate(ways):
        bars += _promised(way, zone, day, lane * LANE + 2)
    told = ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans)
    open_time = _open(hours, day)
    return Track(
        name=written(day, "EEE d MMM"), note=note, bars=bars, spoken=told or _("closed"),
        hours=_hours(open_time) if open_time else "",
    )  # fmt: skip


def _promised(way: _Way, zone: ZoneInfo, day: date, y: int) -> Iterator[Bar]:
    """Give what of a promise lies on a day, and where it was asked for and is due."""
    for piece in way.pieces:
        start, end = _within(piece, zone, day)
        if end > start:
            yield Bar("worked" if piece.kind == "worked" else "waits", start, end - start, y, LANE - 3)
    for kind, at in (("asked", way.start), ("due", way.due)):
        if at is not None and at.astimezone(zone).date() == day:
            local = at.astimezone(zone)
            yield Bar(kind, max(0, local.hour * 60 + local.minute - 4), 8, y - 1, LANE - 1)


def _within(piece: Piece, zone: ZoneInfo, day: date) -> tuple[int, int]:
    """Give from which to which minute of a day, by the clock on the wall, a piece lasts."""
    return _minute(piece.from_, zone, day), _minute(piece.to, zone, day)


def _minute(at: datetime, zone: ZoneInfo, day: date) -> int:
    local = at.astimezone(zone)
    return min(DAY, max(0, (local.date() - day).days * DAY + local.hour * 60 + local.minute))


def _open(hours: WorkingHours, day: date) -> timedelta:
    return worked(pieces_of(hours, day))


def _hours(whole: timedelta) -> str:
    """Say how long work is done, which is counted in hours and never in days."""
    hours, minutes = divmod(round(whole.total_seconds() / 60), 60)
    return _("%(h)s h %(m)s min", h=hours, m=f"{minutes:02}") if minutes else _("%(h)s h", h=hours)


def _stamp(at: datetime, zone: ZoneInfo, pattern: str = "EEE") -> str:
    local = at.astimezone(zone)
    return f"{written(local, pattern)} {local:%H:%M}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
