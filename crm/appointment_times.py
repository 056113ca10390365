"""When somebody has time for an appointment: what is in the way, and what is free next in his working hours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from crm import appointments
from crm.appointments import Appointment
from crm.calendars import away_between
from crm.setup import calendar_for
from hub.clock import now
from hub.languages import N_, _
from hub.said import Said, once_text, said
from hub.users import User

QUARTER = timedelta(minutes=15)
SOUGHT = timedelta(days=60)
OFFERED = 3
_KEPT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d(?:-\d\d:\d\d)?)(?: - (\d{4}-\d\d-\d\d) (\d\d:\d\d))?")


class Unfit(Exception):
    """It cannot be then; the words say why, and what is free instead."""

    def __init__(self, words: str, free: Sequence[datetime] = ()) -> None:
        """Keep both."""
        super().__init__(words)
        self.words, self.free = words, free


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """When an appointment is to be, and how long the way there and back take."""

    starts_at: datetime
    length: timedelta
    before: timedelta = timedelta()
    after: timedelta = timedelta()

    @property
    def busy(self) -> tuple[datetime, datetime]:
        """Give from when until when it keeps somebody busy."""
        return self.starts_at - self.before, self.starts_at + self.length + self.after


def require_free(session: Session, person: User, span: Span, zone: str, but: int | None = None) -> None:
    """Refuse a time at which somebody is elsewhere or away. His diary is held: nobody writes into it meanwhile."""
    appointments.hold(session, person.id)
    why = _against(session, person, span, zone, but)
    if why is None:
        return
    free = free_times(session, person, span, but)
    if not free:
        raise Unfit(said("%(why)s. Nothing is free within %(days)s days.", why=why, days=SOUGHT.days))
    times = [in_words(each, zone) for each in free]
    raise Unfit(said("%(why)s. Free next: %(times)s.", why=why, times=times), free)


def _against(session: Session, person: User, span: Span, zone: str, but: int | None) -> Said | None:
    since, until = span.busy
    for other in appointments.in_the_way(session, person.id, since, until, but):
        when = between(other.starts_at, other.ends_at, zone)
        with_way = between(other.busy_from, other.busy_until, zone, short=True)
        return said(
            "%(name)s has a visit %(when)s, with the way %(all)s", name=person.name, when=when, all=with_way
        )
    gone = away_between(session, person.id, span.starts_at, span.starts_at + span.length)
    if gone is not None:
        return said("%(name)s is away until %(when)s", name=person.name, when=in_words(gone.until, zone))
    return None


def free_times(
    session: Session, person: User, span: Span, but: int | None = None, most: int = OFFERED
) -> Sequence[datetime]:
    """Give the next times at which somebody works and is nowhere else, from the wanted one on, or from now."""
    since = max(span.starts_at, now())
    taken = appointments.in_the_way(session, person.id, since - span.before, since + SOUGHT, but)
    return list(islice(_free(session, person, span, taken), most))


def _free(session: Session, person: User, span: Span, taken: Sequence[Appointment]) -> Iterator[datetime]:
    since = max(span.starts_at, now())
    calendar = calendar_for(session, person.department_id, person.id)
    for begins, ends in calendar.open_spans(since, since + SOUGHT):
        at = quarter(max(begins, since))
        while at + span.length <= ends:
            leaves, is_back = at - span.before, at + span.length + span.after
            other = next(
                (each for each in taken if each.busy_from < is_back and each.busy_until > leaves), None
            )
            if other is not None:
                at = quarter(other.busy_until + span.before)
                continue
            yield at
            at = quarter(at + max(span.length, 2 * QUARTER))


def quarter(moment: datetime) -> datetime:
    """Give the next quarter of an hour."""
    over = timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    return moment if not over else moment - over + QUARTER


def in_words(moment: datetime, zone: str) -> Said:
    """Say a moment as clocks at the place show it: 1 December 2026 10:00."""
    there = moment.astimezone(ZoneInfo(zone))
    return said("%(day)s %(time)s", day=there.date(), time=f"{there:%H:%M}")


def between(start: datetime, end: datetime, zone: str, *, short: bool = False) -> str:
    """Say from when until when it is: 1 December 2026 10:00-11:30, `short` without the day."""
    first, last = (each.astimezone(ZoneInfo(zone)) for each in (start, end))
    if first.date() != last.date():
        return said("%(since)s to %(until)s", since=in_words(start, zone), until=in_words(end, zone))
    hours = f"{first:%H:%M}-{last:%H:%M}"
    return hours if short else said("%(day)s %(time)s", day=first.date(), time=hours)


def heard(text: str) -> object:
    """Read when something is as sentences kept it before they kept days: 2026-12-01 10:00-11:30, or several of them."""
    try:
        times = [_heard(each) for each in text.split(", ")]
    except ValueError:  # no day of any year
        return text
    return times if len(times) > 1 else times[0]


def _heard(text: str) -> str:
    found = _KEPT.fullmatch(text)
    if not found:
        return text
    day, hours, last, until = found.groups()
    since = said("%(day)s %(time)s", day=date.fromisoformat(day), time=hours)
    if not last:
        return since
    end = said("%(day)s %(time)s", day=date.fromisoformat(last), time=until)
    return said("%(since)s to %(until)s", since=since, until=end)


once_text(N_("Visit %(when)s"), when=heard)
once_text(N_("Visit %(when)s, %(where)s"), when=heard)
once_text(N_("%(name)s has a visit %(when)s, with the way %(all)s"), when=heard, all=heard)
once_text(N_("%(name)s is away until %(when)s"), when=heard)
once_text(N_("%(why)s. Free next: %(times)s."), times=heard)


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """Read a moment, which without a zone is one there; Unfit where it is none."""
    try:
        read = datetime.fromisoformat(text.strip())
        if read.tzinfo is not None:
            return read
        there = read.replace(tzinfo=zone)
        shown = there.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise Unfit(_("This time could not be read: write it as 2026-12-24 10:00.")) from None
    if shown != read:
        raise Unfit(_("This hour is left out when the clocks go forward: choose another."))
    return there
