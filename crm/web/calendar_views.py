"""Calendars as their page shows them: whose there are, one in the form, its versions, and a week by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from crm import versions
from crm.calendar_preview import (
    COMPANY,
    DEPARTMENT,
    PERSON,
    Owner,
    own_hours,
    proposed,
    read_version,
    version_kind,
)
from crm.public_holidays import NO_COUNTRY, countries
from crm.setup import Setup, setup
from crm.web import calendar_form
from crm.web.calendar_form import Filled
from crm.web.moves import Shown
from crm.web.sample_week import Week, next_monday, week_of
from crm.web.version_rows import VersionRow, version_rows
from crm.working_hours import WEEKDAYS, WorkingHours
from hub.languages import N_, _, listener, sort_key
from hub.users import User, Viewer, active_users
from hub.web.frame import has_role
from hub.web.moments import written
from hub.web.problems import Problem

SPARE = 1  # empty lines for special days
FIELDS = {"zone": N_("Time zone"), "week": N_("Week"), "country": N_("Holidays"), "subdivision": N_("Region"),
          "exceptions": N_("Special days")}  # fmt: skip


class Listed(msgspec.Struct, frozen=True):
    """A calendar in the list."""

    name: str
    href: str
    current: bool
    words: str


class Option(msgspec.Struct, frozen=True):
    """Something that can be chosen."""

    value: str
    name: str


class DayField(msgspec.Struct, frozen=True):
    """One day of the week in the form."""

    name: str
    label: str
    value: str


class CalendarsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The values of calendars.html."""

    calendars: Sequence[Listed]
    people: Sequence[Option]
    name: str
    here: str
    own: bool
    may_inherit: bool
    may_change: bool
    form: Filled
    days: Sequence[DayField]
    countries: Sequence[Option]
    monday: str
    version: VersionRow | None
    versions: Sequence[VersionRow]
    errors: Mapping[str, str]
    preview: Shown


class Outcome(NamedTuple):
    """What came of a form: what it moves or moved, or what is wrong with it."""

    form: Filled
    errors: Mapping[str, str]
    shown: Shown
    monday: date | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """An owner with its name, and the department whose hours lie above it."""

    owner: Owner
    name: str
    department_id: int | None

    @property
    def href(self) -> str:
        """Give the address of this calendar."""
        return f"/calendars/{self.owner.kind}/{self.owner.id}" if self.owner.id else "/calendars/company"

    def hours(self, state: Setup) -> WorkingHours:
        """Give the hours that count for this owner, joined with those above."""
        return state.working_hours(self.department_id, self.owner.user_id)


def whose(session: Session, viewer: Viewer, kind: str, owner_id: int) -> Whose:
    """Give an owner that this viewer may see; any other is not found."""
    if kind == COMPANY and owner_id == 0:
        return Whose(Owner(COMPANY, 0), setup(session).company.name, None)
    department = setup(session).departments.get(owner_id) if kind == DEPARTMENT else None
    if department and (viewer.sees_all or department.id == viewer.department_id):
        return Whose(Owner(DEPARTMENT, owner_id), department.name, owner_id)
    user = session.get(User, owner_id) if kind == PERSON else None
    if user and user.disabled_at is None and (viewer.sees_all or user.department_id == viewer.department_id):
        return Whose(Owner(PERSON, owner_id), user.name, user.department_id)
    raise Problem(404, _("There is no such calendar, or it is not yours to see."))


def page_of(
    session: Session, viewer: Viewer, who: Whose, asked: Mapping[str, str], found: Outcome | None
) -> CalendarsPage:  # fmt: skip
    """Give the page with one calendar in the form, as it is or was filled."""
    rows = version_rows(session, version_kind(who.owner), who.owner.id, FIELDS,
                        lambda number: f"{who.href}?version={number}")  # fmt: skip
    version = next((each for each in rows if str(each.id) == asked.get("version") and not each.current), None)
    hours = _shown(session, who, version)
    form = found.form if found else calendar_form.filled(hours)
    monday = (found.monday if found else None) or monday_of(asked.get("week", ""), hours)
    may_change = has_role(viewer, "manager")
    return CalendarsPage(
        calendars=_calendars(session, viewer, who), people=_people(session, viewer), name=who.name,
        here=who.href, own=own_hours(session, who.owner) is not None, may_change=may_change,
        may_inherit=who.owner.kind != COMPANY, form=form, days=_days(form), countries=_countries(who.owner),
        monday=monday.isoformat(), version=version, versions=rows, errors=found.errors if found else {},
        preview=found.shown if found else Shown(week=week_of(hours, monday)),
    )  # fmt: skip


def week_with(session: Session, who: Whose, hours: WorkingHours, monday: date) -> Week:
    """Draw a week as it would be with these hours."""
    return week_of(who.hours(proposed(setup(session), who.owner, hours)), monday)


def monday_of(text: str, hours: WorkingHours) -> date:
    """Give the Monday of the week with this date, of the week to come where none is named."""
    try:
        day = date.fromisoformat(text)
        return day - timedelta(days=day.weekday())
    except (ValueError, OverflowError):
        return next_monday(ZoneInfo(hours.zone))


def _shown(session: Session, who: Whose, version: VersionRow | None) -> WorkingHours:
    kept = (
        versions.version_of(session, version_kind(who.owner), who.owner.id, version.id) if version else None
    )
    old = read_version(kept.content) if kept else None
    own = own_hours(session, who.owner)
    return old or own or who.hours(setup(session))


def _calendars(session: Session, viewer: Viewer, who: Whose) -> list[Listed]:
    """List the company, the departments, and the people who have hours of their own."""
    state = setup(session)
    seen = [each for each in state.departments.values() if viewer.sees_all or each.id == viewer.department_id]
    found = [
        whose(session, viewer, COMPANY, 0),
        *(whose(session, viewer, DEPARTMENT, each.id) for each in seen),
    ]
    same = () if viewer.sees_all else (User.department_id == viewer.department_id,)
    found += [
        Whose(Owner(PERSON, user.id), user.name, user.department_id)
        for user in active_users(session, *same)
        if (None, user.id) in state.hours or who.owner == Owner(PERSON, user.id)
    ]
    return [Listed(each.name, each.href, each.owner == who.owner, _words(state, each)) for each in found]


def _words(state: Setup, who: Whose) -> str:
    if who.owner.kind == COMPANY:
        return _("the whole company")
    if who.owner.key in state.hours:
        return _("hours of its own") if who.owner.kind == DEPARTMENT else _("hours of their own")
    return _("as the company") if who.owner.kind == DEPARTMENT else _("as the department")


def _people(session: Session, viewer: Viewer) -> list[Option]:
    same = () if viewer.sees_all else (User.department_id == viewer.department_id,)
    people = [Option(str(each.id), each.name) for each in active_users(session, *same)]
    return sorted(people, key=lambda each: sort_key(each.name, listener().language))


def _days(form: Filled) -> list[DayField]:
    monday = date(2024, 1, 1)
    return [
        DayField(name, written(monday + timedelta(days=number), "EEEE").capitalize(), form.days[number])
        for number, name in enumerate(WEEKDAYS)
    ]


def _countries(owner: Owner) -> list[Option]:
    names, language = listener().locale.territories, listener().language
    known = [Option(each, names.get(each, each)) for each in countries()]
    known.sort(key=lambda each: sort_key(each.name, language))
    above = _("no holidays") if owner.kind == COMPANY else _("as the level above")
    return [Option("", above), Option(NO_COUNTRY, _("none: work goes on")), *known]
