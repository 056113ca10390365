"""Invitations (RFC 5545, RFC 5546): the first proposed date of a calendar, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event
from icalendar.error import InvalidCalendar

from connectors.mail.bounds import CALENDAR, NAME, SUBJECT, TEXT
from connectors.mail.charset import clean, decode
from connectors.mail.letter import Invitation
from connectors.mail.parts import Part
from connectors.mail.text import plain_text
from connectors.mail.transfer import content_of

# A zone that changes more often than a year is an attack: its changes are counted up to 2038.
_TOO_OFTEN = re.compile(r"FREQ=(?!YEARLY)", re.IGNORECASE)
_ZONES = re.compile(r"^BEGIN:VTIMEZONE.*^END:VTIMEZONE\s*", re.MULTILINE | re.DOTALL | re.IGNORECASE)


_UNREADABLE = (
    ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, StopIteration, InvalidCalendar,
)  # fmt: skip


def read_invitation(raw: memoryview, part: Part) -> Invitation | None:
    """Read a part that is a calendar; None where it holds no date that can be read."""
    if part.end - part.start > 2 * CALENDAR:
        return None
    data, _whole = content_of(raw[part.start : part.end], part.headers.first("content-transfer-encoding"))
    text = decode(data, part.content.get("charset"))[0]
    zones = _ZONES.search(text)
    if zones and _TOO_OFTEN.search(zones[0]):
        text = text.replace(zones[0], "")
    try:
        calendar = Calendar.from_ical(text, multiple=True)[0]
        event = next(each for each in calendar.walk("VEVENT") if isinstance(each, Event))
        return _invitation(calendar, event, part.content.get("method"))
    except _UNREADABLE:
        return None


def _invitation(calendar: Calendar, event: Event, method: str) -> Invitation:
    start = event.decoded("dtstart")
    starts_at = _moment(start)
    end = event.decoded("dtend", None)
    lasts = event.decoded("duration", None)
    return Invitation(
        method=_text(calendar, "method", 20).upper() or clean(method[:20]).upper(),
        uid=_text(event, "uid", SUBJECT),
        sequence=int(event.get("sequence", 0)),
        summary=_text(event, "summary", SUBJECT),
        starts_at=starts_at,
        ends_at=_moment(end) if end else starts_at + lasts if isinstance(lasts, timedelta) else None,
        all_day=not isinstance(start, datetime),
        floating=isinstance(start, datetime) and start.tzinfo is None,
        location=_text(event, "location", SUBJECT),
        organizer=re.sub("^mailto:", "", _text(event, "organizer", NAME), flags=re.IGNORECASE),
        description=_text(event, "description", TEXT),
    )


def _moment(given: date | datetime) -> datetime:
    """Give the moment in UTC; a time without a zone, or a day, as if it were there."""
    if not isinstance(given, datetime):
        return datetime.combine(given, time(), UTC)
    return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)


def _text(component: Calendar | Event, name: str, length: int) -> str:
    return plain_text(clean(str(component.get(name, ""))))[:length]
