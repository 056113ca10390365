"""When somebody has time for an appointment: what is in the way, and what is free next in his working hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from crm import appointments
from crm.appointments import Appointment
from crm.calendars import away
from crm.setup import calendar_for
from hub.clock import now
from hub.languages import _
from hub.said import Said, said
from hub.users import User

QUARTER = timedelta(minutes=15)
SOUGHT = timedelta(days=60)
OFFERED = 3


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
    times = ", ".join(in_words(each, zone) for each in free)
    raise Unfit(said("%(why)s. Free next: %(times)s.", why=why, times=times), free)


def _against(session: Session, person: User, span: Span, zone: str, but: int | None) -> Said | None:
    since, until = span.busy
    for other in appointments.in_the_way(session, person.id, since, until, but):
        when = between(other.starts_at, other.ends_at, zone)
        with_way = between(other.busy_from, other.busy_until, zone, short=True)
        return said(
            "%(name)s has a visit %(when)s, with the way %(all)s", name=person.name, when=when, all=with_way
        )
    for moment in (span.starts_at, span.starts_at + span.length - timedelta(microseconds=1)):
        gone = away(session, [person.id], moment).get(person.id)
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


def in_words(moment: datetime, zone: str) -> str:
    """Write a moment as clocks at the place show it, in every language alike: 2026-12-01 10:00."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def between(start: datetime, end: datetime, zone: str, *, short: bool = False) -> str:
    """Write from when until when it is: 2026-12-01 10:00-11:30, `short` without the day."""
    first, last = (each.astimezone(ZoneInfo(zone)) for each in (start, end))
    same = first.date() == last.date()
    day = "" if short and same else f"{first:%Y-%m-%d} "
    return f"{day}{first:%H:%M}-{last:%H:%M}" if same else f"{day}{first:%H:%M} - {last:%Y-%m-%d %H:%M}"


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """Read a moment, which without a zone is one there; Unfit where it is none."""
    try:
        read = datetime.fromisoformat(text.strip())
        return read if read.tzinfo else read.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise Unfit(_("This time could not be read: write it as 2026-12-24 10:00.")) from None
