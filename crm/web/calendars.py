"""Calendars: when the company, a department or a person is at work, changed with a look at what that moves."""

from __future__ import annotations

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import calendar_preview, versions
from crm.calendar_preview import COMPANY
from crm.web import calendar_form
from crm.web.calendar_form import Filled
from crm.web.calendar_views import Outcome, monday_of, page_of, week_with, whose
from crm.web.moves import Shown, shown_moves
from crm.web.policies import saved
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.problems import Problem

ID_DIGITS = 18
UNREADABLE = 422

add_room(
    Room(href="/calendars", name=N_("Working hours"), icon="calendar", order=71, role="head", within="/settings",
         about=N_("When the company, each department and each person is at work, holidays and special days"))
)  # fmt: skip


@page("GET", "/calendars", role="head")
async def every(request: web.Request) -> web.StreamResponse:
    """Show the company's, or that of the person who was chosen."""
    person = request.query.get("person", "")
    if person.isascii() and person.isdigit() and len(person) <= ID_DIGITS:
        return see_other(f"/calendars/person/{int(person)}")
    return await _show(request, COMPANY, 0, None)


@page("GET", "/calendars/company", role="head")
@page("GET", "/calendars/department/{id}", role="head")
@page("GET", "/calendars/person/{id}", role="head")
async def calendar(request: web.Request) -> web.StreamResponse:
    """Show one."""
    return await _show(request, *_named(request), None)


@page("POST", "/calendars/company/preview", role="manager")
@page("POST", "/calendars/department/{id}/preview", role="manager")
@page("POST", "/calendars/person/{id}/preview", role="manager")
async def preview(request: web.Request) -> web.StreamResponse:
    """Show a week by what is typed, and what it would move."""
    kind, owner_id = _named(request)
    filled, week = await _typed(request)
    found = await request.app[DB].read(_preview, viewer_of(request), kind, owner_id, filled, week)
    if is_fragment(request):
        return await render(request, "_preview.html", preview=found.shown)
    return await _show(request, kind, owner_id, found)


@page("POST", "/calendars/company", role="manager")
@page("POST", "/calendars/department/{id}", role="manager")
@page("POST", "/calendars/person/{id}", role="manager")
async def save(request: web.Request) -> web.StreamResponse:
    """Change it, and count the open deadlines by it."""
    kind, owner_id = _named(request)
    filled, _week = await _typed(request)
    found = await request.app[DB].write(_save, viewer_of(request), kind, owner_id, filled)
    if found.errors and is_fragment(request):
        raise Problem(UNREADABLE, ". ".join(found.errors.values()))
    if found.errors:
        return await _show(request, kind, owner_id, found, status=UNREADABLE)
    return await changed(request, Toast(text=saved(found.shown)), back=_address(request))


@page("DELETE", "/calendars/company", role="manager")
@page("DELETE", "/calendars/department/{id}", role="manager")
@page("DELETE", "/calendars/person/{id}", role="manager")
async def inherit(request: web.Request) -> web.StreamResponse:
    """Have a department work as the company, a person as the department."""
    kind, owner_id = _named(request)
    shown = await request.app[DB].write(_inherit, viewer_of(request), kind, owner_id)
    return await changed(request, Toast(text=saved(shown)), back=_address(request))


@page("POST", "/calendars/company/version", role="manager")
@page("POST", "/calendars/department/{id}/version", role="manager")
@page("POST", "/calendars/person/{id}/version", role="manager")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Bring an old version back, and count the open deadlines by it."""
    kind, owner_id = _named(request)
    number = (await form(request)).get("version", "")
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) <= ID_DIGITS else 0
    shown = await request.app[DB].write(_bring_back, viewer_of(request), kind, owner_id, wanted)
    return await changed(request, Toast(text=saved(shown)), back=_address(request))


def _named(request: web.Request) -> tuple[str, int]:
    """Give whose calendar the address names."""
    kind = request.path.split("/")[2]
    return kind, 0 if kind == COMPANY else path_id(request)


def _address(request: web.Request) -> str:
    kind, owner_id = _named(request)
    return f"/calendars/{kind}/{owner_id}" if owner_id else "/calendars/company"


async def _typed(request: web.Request) -> tuple[Filled, str]:
    said, fields = await form(request), await request.post()

    def several(name: str) -> list[str]:
        return [each for each in fields.getall(name, []) if isinstance(each, str)]

    return calendar_form.typed(said, several), said.get("sample_week", "")


async def _show(
    request: web.Request, kind: str, owner_id: int, found: Outcome | None, status: int = 200
) -> web.Response:
    def read(session: Session, viewer: Viewer) -> dict[str, object]:
        who = whose(session, viewer, kind, owner_id)
        return msgspec.structs.asdict(page_of(session, viewer, who, request.query, found))

    values = await request.app[DB].read(read, viewer_of(request))
    sub = _("When work is done, and so when promises are due")
    return await render(request, "calendars.html", status=status, title=_("Working hours"), sub=sub, **values)


def _preview(
    session: Session, viewer: Viewer, kind: str, owner_id: int, filled: Filled, week: str
) -> Outcome:
    who = whose(session, viewer, kind, owner_id)
    hours, errors = calendar_form.read(filled)
    if hours is None:
        return Outcome(filled, errors, Shown(errors=errors))
    monday = monday_of(week, hours)
    moved = calendar_preview.preview(session, who.owner, hours)
    shown = shown_moves(session, moved, week_with(session, who, hours, monday))
    return Outcome(filled, {}, shown, monday)


def _save(session: Session, viewer: Viewer, kind: str, owner_id: int, filled: Filled) -> Outcome:
    who = whose(session, viewer, kind, owner_id)
    hours, errors = calendar_form.read(filled)
    if hours is None:
        return Outcome(filled, errors, Shown(errors=errors))
    done = calendar_preview.apply(session, viewer, who.owner, hours)
    return Outcome(filled, {}, shown_moves(session, done))


def _inherit(session: Session, viewer: Viewer, kind: str, owner_id: int) -> Shown:
    who = whose(session, viewer, kind, owner_id)
    if kind == COMPANY:
        raise Problem(409, _("Nothing lies above the company's own hours."))
    return shown_moves(session, calendar_preview.apply(session, viewer, who.owner, None))


def _bring_back(session: Session, viewer: Viewer, kind: str, owner_id: int, version_id: int) -> Shown:
    who = whose(session, viewer, kind, owner_id)
    version = versions.version_of(session, calendar_preview.version_kind(who.owner), owner_id, version_id)
    if version is None:
        raise Problem(UNREADABLE, _("There is no such version."))
    old = calendar_preview.read_version(version.content)
    return shown_moves(session, calendar_preview.apply(session, viewer, who.owner, old))
