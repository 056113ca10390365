"""Appointments as programs for calendars read them (RFC 5545): a feed of somebody's, and a date for a customer.

Times are UTC, so that nobody's table of summer times is needed to read them. A UID stays for ever, SEQUENCE goes up
with each change: a program that has a date already changes it, and one that was called off goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import icalendar
import msgspec

PROGRAM = "-//Ringback//Ringback//EN"
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
LONGEST = 2_000  # letters of a text
AGAIN = timedelta(minutes=15)  # how often a program asks for a feed


class Party(msgspec.Struct, frozen=True):
    """Who invites, or is invited: a name and a mail address."""

    name: str
    address: str


class Date(msgspec.Struct, frozen=True, kw_only=True):
    """A date as it is written into a file. `stamp` is when it was last changed."""

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""
    cancelled: bool = False
    organizer: Party | None = None
    attendee: Party | None = None


def feed(name: str, dates: Iterable[Date]) -> bytes:
    """Write a feed."""
    made = _calendar(PUBLISH)
    made.add("x-wr-calname", _plain(name))
    made.add("refresh-interval", AGAIN, parameters={"value": "DURATION"})
    made.add("x-published-ttl", "PT15M")
    for date in dates:
        made.add_component(_event(date))
    return bytes(made.to_ical())


def invitation(date: Date) -> tuple[str, str]:
    """Write a date for whom it is with, or that it does not take place; give the method and the file."""
    method = CANCEL if date.cancelled else REQUEST
    made = _calendar(method)
    made.add_component(_event(date))
    return method, bytes(made.to_ical()).decode()


def _calendar(method: str) -> icalendar.Calendar:
    made = icalendar.Calendar()
    made.add("prodid", PROGRAM)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    return made


def _event(date: Date) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{date.uid}@ringback")
    event.add("sequence", date.sequence)
    for name, moment in (("dtstamp", date.stamp), ("dtstart", date.starts_at), ("dtend", date.ends_at)):
        event.add(name, moment.astimezone(UTC).replace(microsecond=0))
    texts = {"summary": date.summary, "location": date.location, "description": date.description}
    for name, text in texts.items():
        if text:
            event.add(name, _plain(text))
    if date.url:
        event.add("url", date.url)
    event.add("status", "CANCELLED" if date.cancelled else "CONFIRMED")
    if date.organizer is not None:
        event.add("organizer", _address(date.organizer))
    if date.attendee is not None:
        who = _address(date.attendee)
        who.params["rsvp"], who.params["partstat"] = "TRUE", "NEEDS-ACTION"
        event.add("attendee", who)
    return event


def _address(party: Party) -> icalendar.vCalAddress:
    address = icalendar.vCalAddress(f"mailto:{_plain(party.address)}")
    if party.name:
        address.params["cn"] = _plain(party.name).replace('"', "'")
    return address


def _plain(text: str) -> str:
    """Leave out what no line may hold."""
    return "".join(each for each in text if each.isprintable() or each == "\n")[:LONGEST]
