"""The room Visits: who is where and when, by day or by week, as columns of a calendar; on a telephone as a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import msgspec
from aiohttp import web
from multidict import MultiMapping
from sqlalchemy.orm import Session
from yarl import URL

from crm.setup import setup
from crm.web.diary_columns import Column, Hour, columns_of, hours_of
from crm.web.visit_words import WishRow, wish_rows
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import N_, _
from hub.users import User, Viewer, active_users
from hub.web.frame import Room, add_room
from hub.web.keyboard import add_key
from hub.web.keys import DB
from hub.web.moments import written
from hub.web.pages import ID_DIGITS, is_fragment, page, render, viewer_of

HERE = "/visits"
MOST_PEOPLE = 12
FIRST, LAST = 1970, 2200

add_room(Room(href=HERE, name=N_("Visits"), icon="calendar", order=5, key="v"))
add_key("Space", N_("Lift a visit in the calendar; arrows move it, Space puts it down"))


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an address asks for: a day, how far to look, and whose: "" (mine), user:3 or department:2."""

    day: date
    view: Literal["day", "week"] = "week"
    who: str = ""

    def href(self, **other: object) -> str:
        """Give the address of this calendar with something else."""
        asked = msgspec.structs.replace(self, **other)
        return str(URL(HERE).with_query({"view": asked.view, "day": asked.day.isoformat(), "who": asked.who}))


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _diary.html."""

    here: str
    view: str
    words: str
    who: str
    whose: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    day: str
    today: str
    before: str
    after: str
    by_day: str
    by_week: str
    columns: Sequence[Column]
    hours: Sequence[Hour]
    grid: bool
    wishes: Sequence[WishRow]
    any: bool
    new: str


@page("GET", HERE)
async def diary(request: web.Request) -> web.StreamResponse:
    """Show the calendar."""
    shown = await request.app[DB].read(_calendar, viewer_of(request), request.query)
    template = "_diary.html" if is_fragment(request) else "diary.html"
    return await render(request, template, title=_("Visits"), sub=shown.words, calendar=shown)


def _asked(session: Session, viewer: Viewer, query: MultiMapping[str]) -> Asked:
    """Read what is wanted; what cannot be read is today, this week, and mine."""
    try:
        day = date.fromisoformat(query.get("day", ""))
    except ValueError:
        day = now().astimezone(zone_of(session)).date()
    if not FIRST < day.year < LAST:
        day = now().astimezone(zone_of(session)).date()
    who = query.get("who", "") or (f"user:{viewer.user_id}" if viewer.user_id else "")
    return Asked(day=day, view="day" if query.get("view") == "day" else "week", who=who[:30])


def _calendar(session: Session, viewer: Viewer, query: MultiMapping[str]) -> Calendar:
    asked, zone = _asked(session, viewer, query), zone_of(session)
    people = _people(session, asked.who) or _people(session, f"user:{viewer.user_id}")
    week = asked.view == "week"
    first = asked.day - timedelta(days=asked.day.weekday()) if week else asked.day
    days = [first + timedelta(days=each) for each in range(7 if week else 1)]
    until = datetime.combine(days[-1] + timedelta(days=1), time(), zone).astimezone(UTC)
    since = datetime.combine(days[0], time(), zone).astimezone(UTC)
    hours = hours_of(session, people, since, until, zone)
    columns = columns_of(session, viewer, people, days, hours, zone)
    step = timedelta(days=7 if week else 1)
    return Calendar(
        here=asked.href(), view=asked.view, words=_span(days), who=asked.who, whose=_whose(session), columns=columns,
        day=asked.day.isoformat(), today=asked.href(day=now().astimezone(zone).date()),
        before=asked.href(day=asked.day - step), after=asked.href(day=asked.day + step),
        by_day=asked.href(view="day"), by_week=asked.href(view="week"), hours=hours,
        grid=not week or len(people) == 1, wishes=wish_rows(session, viewer),
        any=any(column.blocks for column in columns),
        new=str(URL(f"{HERE}/new").with_query({"person": str(people[0].id)} if len(people) == 1 else {})),
    )  # fmt: skip


def _people(session: Session, who: str) -> Sequence[User]:
    """Give whose appointments are asked for: one, or a department's."""
    kind, _colon, number = who.partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) < ID_DIGITS):
        return ()
    if kind == "department":
        found = active_users(session, User.department_id == int(number))
        return list(found)[:MOST_PEOPLE]
    return list(active_users(session, User.id == int(number))) if kind == "user" else ()


def _whose(session: Session) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    departments = [(f"department:{each.id}", each.name) for each in setup(session).departments.values()]
    people = [(f"user:{each.id}", each.name) for each in active_users(session)]
    return [(_("Departments"), departments), (_("Colleagues"), people)]


def _span(days: Sequence[date]) -> str:
    if len(days) == 1:
        return written(days[0], "EEEE d MMMM y")
    number = days[0].isocalendar().week
    first, last = written(days[0], "d MMM"), written(days[-1], "d MMM y")
    return _("Week %(num)s, %(first)s to %(last)s", num=number, first=first, last=last)
