"""Absences as their room shows them: rows, a calendar of four weeks, the form, and what would follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import absences
from crm.absences import Effects, Leave
from crm.calendars import Absence
from crm.departments import RULE_WORDS
from crm.rights import sees_person
from crm.web.people import Person, people_of
from hub.clock import now
from hub.languages import _, listener, sort_key
from hub.users import User, Viewer
from hub.web import moments

WEEKS = 4
DAYS = 7 * WEEKS
AHEAD = timedelta(days=366)
SATURDAY = 6
ID_DIGITS = 18


class AbsenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One absence. `since` and `until` are words; `now` says that he is away at this moment."""

    id: int
    person: Person
    since: str
    until: str
    why: str
    substitute: str
    now: bool
    may_end: bool


class Span(msgspec.Struct, frozen=True):
    """A stretch of the calendar, in days from its beginning."""

    x: float
    width: float


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One person's line in the calendar."""

    person: Person
    spans: Sequence[Span]
    spoken: str


class Day(msgspec.Struct, frozen=True):
    """A Monday at the head of the calendar."""

    x: int
    words: str


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Four weeks, one lane for each who is away in them."""

    days: int
    mondays: Sequence[Day]
    weekends: Sequence[Span]
    lanes: Sequence[Lane]


class Option(msgspec.Struct, frozen=True):
    """Somebody to choose."""

    value: str
    name: str


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form; days and times as inputs write them."""

    user: str = ""
    since: str = ""
    until: str = ""
    why: str = ""
    substitute: str = ""


class TaskLink(msgspec.Struct, frozen=True):
    """A task that wants something meanwhile."""

    title: str
    href: str


class EffectsView(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _absence_effects.html."""

    name: str
    due: Sequence[TaskLink]
    due_count: int
    contacts: int
    leads: Sequence[str]
    receivers: Sequence[str]
    rule: str
    substitute: str
    substitute_away: bool
    handover: str


class AbsencePage(msgspec.Struct, frozen=True, kw_only=True):
    """The values of absences.html."""

    rows: Sequence[AbsenceRow]
    calendar: Calendar
    form: Filled
    whom: Sequence[Option]
    substitutes: Sequence[Option]


def page_of(session: Session, viewer: Viewer, zone: ZoneInfo, form: Filled | None) -> AbsencePage:
    """Show who is away and will be, and the form."""
    found = absences.coming(session, now() + AHEAD)
    rows = _rows(session, viewer, found, zone)
    users = session.scalars(select(User).where(User.disabled_at.is_(None))).all()
    may = set(session.scalars(select(User.id).where(sees_person(viewer), User.disabled_at.is_(None))))
    by_name = sorted(users, key=lambda user: sort_key(user.name, listener().language))
    return AbsencePage(
        rows=rows, calendar=_calendar(found, {row.person.id: row.person for row in rows}, zone),
        form=form or _empty(viewer, zone),
        whom=[Option(str(user.id), user.name) for user in by_name if user.id in may],
        substitutes=[Option(str(user.id), user.name) for user in by_name],
    )  # fmt: skip


def absences_of(session: Session, viewer: Viewer, user_id: int, zone: ZoneInfo) -> Sequence[AbsenceRow]:
    """Show when one person is away, now and to come."""
    found = [each for each in absences.coming(session, now() + AHEAD) if each.user_id == user_id]
    return _rows(session, viewer, found, zone)


def leave_of(form: Filled, zone: ZoneInfo) -> tuple[Leave | None, Mapping[str, str]]:
    """Read a filled form: the absence, or by field what is wrong. A last day without a time is away whole."""
    errors = {}
    since, until = _moment(form.since, zone), _moment(form.until, zone, end=True)
    if since is None:
        errors["since"] = _("Choose the first day.")
    if until is None:
        errors["until"] = _("Choose the last day.")
    elif since is not None and until <= since:
        errors["until"] = _("The end is before the beginning.")
    user_id = _number(form.user)
    if user_id is None:
        errors["user"] = _("Choose who is away.")
    if errors or since is None or until is None or user_id is None:
        return None, errors
    return Leave(
        user_id=user_id, since=since, until=until, why=form.why, substitute_id=_number(form.substitute)
    ), {}


def shown_effects(session: Session, leave: Leave, found: Effects) -> EffectsView:
    """Say what follows from an absence."""
    user = session.get_one(User, leave.user_id)
    substitute = session.get(User, leave.substitute_id) if leave.substitute_id else None
    return EffectsView(
        name=user.name, due=[TaskLink(task.title, f"/tasks/{task.id}") for task in found.due],
        due_count=found.due_count, contacts=found.contacts, leads=[place.name for place in found.leads],
        receivers=[each.name for each in found.receivers], rule=_(RULE_WORDS[found.rule]),
        substitute=substitute.name if substitute else "", substitute_away=found.substitute_away,
        handover=f"/people/{user.id}/handover",
    )  # fmt: skip


def _rows(session: Session, viewer: Viewer, found: Sequence[Absence], zone: ZoneInfo) -> list[AbsenceRow]:
    people = people_of(session, [who for each in found for who in (each.user_id, each.substitute_id)], zone)
    may = set(session.scalars(select(User.id).where(sees_person(viewer))))
    moment = now()
    return [
        AbsenceRow(
            id=each.id, person=people[each.user_id], since=_in_words(each.since, zone),
            until=_in_words(each.until, zone, end=True), why=each.why,
            substitute=people[each.substitute_id].name if each.substitute_id else "",
            now=each.since <= moment, may_end=each.user_id in may,
        )
        for each in found
    ]  # fmt: skip


def _calendar(found: Sequence[Absence], people: Mapping[int, Person], zone: ZoneInfo) -> Calendar:
    today = now().astimezone(zone).date()
    first = today - timedelta(days=today.weekday())
    start = _midnight(first, zone)
    spans: dict[int, list[Span]] = {}
    spoken: dict[int, list[str]] = {}
    for each in found:
        begin, end = (min(max((at - start) / timedelta(days=1), 0), DAYS) for at in (each.since, each.until))
        if end > begin:
            spans.setdefault(each.user_id, []).append(Span(round(begin, 2), round(max(end - begin, 0.3), 2)))
            words = _("from %(since)s until %(until)s", since=_in_words(each.since, zone),
                      until=_in_words(each.until, zone, end=True))  # fmt: skip
            spoken.setdefault(each.user_id, []).append(words)
    return Calendar(
        days=DAYS,
        mondays=[Day(7 * week, moments.written(first + timedelta(weeks=week), "d MMM")) for week in range(WEEKS)],
        weekends=[Span(7 * week + SATURDAY - 1, 2) for week in range(WEEKS)],
        lanes=[
            Lane(person=people[user_id], spans=each, spoken=", ".join(spoken[user_id]))
            for user_id, each in spans.items()
        ],
    )  # fmt: skip


def _empty(viewer: Viewer, zone: ZoneInfo) -> Filled:
    today = now().astimezone(zone).date()
    return Filled(user=str(viewer.user_id or ""), since=today.isoformat(), until=today.isoformat())


def _moment(text: str, zone: ZoneInfo, *, end: bool = False) -> datetime | None:
    """Read a day, whole, or a moment by the company's clock."""
    try:
        if len(text) == len("2026-11-23"):
            return _midnight(date.fromisoformat(text) + timedelta(days=1 if end else 0), zone)
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock_time(), zone).astimezone(UTC)


def _in_words(moment: datetime, zone: ZoneInfo, *, end: bool = False) -> str:
    """Say a day when it is whole, else the day and the time; a whole day's end is that day."""
    local = moment.astimezone(zone)
    if local.time() == clock_time():
        return moments.written((local - timedelta(days=1) if end else local).date(), "EEE d MMM")
    return f"{moments.written(local, 'EEE d MMM')} {local:%H:%M}"


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None
