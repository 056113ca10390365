"""The room Absence: who is away when; oneself, or those whom one leads, sent away and had back."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import absences
from crm.calendars import Absence
from crm.rights import person_for
from crm.web.absence_views import AbsencePage, EffectsView, Filled, leave_of, page_of, shown_effects
from hub.languages import N_, _, listener
from hub.users import User, Viewer
from hub.web.frame import COMPANY, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

UNREADABLE = 422
HERE = "/absences"

add_room(
    Room(href=HERE, name=N_("Absence"), icon="calendar", order=20, within="/settings",
         about=N_("Who is away when, and who stands in"))
)  # fmt: skip


@page("GET", "/absences")
async def every(request: web.Request) -> web.StreamResponse:
    """Show who is away, now and in the year to come."""
    who = request.query.get("who", "")
    shown = await _read(request, None)
    if who in {each.value for each in shown.whom}:
        shown = msgspec.structs.replace(shown, form=msgspec.structs.replace(shown.form, user=who))
    if is_fragment(request):
        return await render(request, "_absences.html", status=200, here=HERE, **_values(shown))
    return await _page(request, shown, None, {})


@page("POST", "/absences/preview")
async def preview(request: web.Request) -> web.StreamResponse:
    """Say what would follow, before anything is saved."""
    filled, zone = await _typed(request), _zone(request)
    effects, errors = await request.app[DB].read(_effects, viewer_of(request), filled, zone)
    if is_fragment(request):
        return await render(request, "_absence_effects.html", effects=effects, errors=errors)
    return await _page(request, await _read(request, filled), effects, errors)


@page("POST", "/absences")
async def add(request: web.Request) -> web.StreamResponse:
    """Send somebody away."""
    filled, zone = await _typed(request), _zone(request)
    row_id, name, errors = await request.app[DB].write(_add, viewer_of(request), filled, zone)
    if errors and is_fragment(request):
        raise Problem(UNREADABLE, " ".join(errors.values()))
    if errors:
        return await _page(request, await _read(request, filled), None, errors)
    words = _("Noted: %(name)s is away", name=name)
    return await changed(request, Toast(text=words, undo=f"/absences/{row_id}"), back=HERE)


@page("DELETE", "/absences/{id}")
async def withdraw(request: web.Request) -> web.StreamResponse:
    """End an absence now; one that has not begun does not take place."""
    absence_id = path_id(request)
    name = await request.app[DB].write(_end, viewer_of(request), absence_id)
    words = _("%(name)s is not away any more", name=name)
    return await changed(request, Toast(text=words, undo=f"/absences/{absence_id}/end"))


@page("DELETE", "/absences/{id}/end")
async def take_back(request: web.Request) -> web.StreamResponse:
    """Have an absence last as long as it was planned."""
    name = await request.app[DB].write(_take_back, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("%(name)s is away as planned", name=name)))


async def _typed(request: web.Request) -> Filled:
    fields = await form(request)
    names = ("user", "since", "until", "why", "substitute")
    filled = {name: fields.get(name, "").strip() for name in names}
    for day, hour in (("since", "since_time"), ("until", "until_time")):
        if fields.get(hour, "").strip() and filled[day]:
            filled[day] = f"{filled[day]}T{fields[hour].strip()}"
    return Filled(**filled)


async def _read(request: web.Request, filled: Filled | None) -> AbsencePage:
    return await request.app[DB].read(page_of, viewer_of(request), _zone(request), filled)


async def _page(
    request: web.Request, shown: AbsencePage, effects: EffectsView | None, errors: Mapping[str, str]
) -> web.Response:
    return await render(
        request, "absences.html", status=UNREADABLE if errors else 200, title=_("Absence"),
        sub=_("Who is away when, and who stands in"), here=HERE, effects=effects, errors=errors, **_values(shown),
    )  # fmt: skip


def _values(shown: AbsencePage) -> dict[str, object]:
    return msgspec.structs.asdict(shown)


def _zone(request: web.Request) -> ZoneInfo:
    return listener().zone or request.app[COMPANY]().zone


def _effects(
    session: Session, viewer: Viewer, filled: Filled, zone: ZoneInfo
) -> tuple[EffectsView | None, Mapping[str, str]]:
    leave, errors = leave_of(filled, zone)
    if leave is None:
        return None, errors
    if person_for(session, viewer, leave.user_id) is None:
        return None, {"user": _("Choose yourself, or somebody of your department.")}
    return shown_effects(session, leave, absences.effects(session, leave)), {}


def _add(
    session: Session, viewer: Viewer, filled: Filled, zone: ZoneInfo
) -> tuple[int, str, Mapping[str, str]]:
    leave, errors = leave_of(filled, zone)
    if leave is None:
        return 0, "", errors
    row = absences.send_away(session, viewer, leave)
    return row.id, session.get_one(User, row.user_id).name, {}


def _end(session: Session, viewer: Viewer, absence_id: int) -> str:
    row = _visible(session, viewer, absence_id)
    absences.end(session, viewer, row)
    return session.get_one(User, row.user_id).name


def _take_back(session: Session, viewer: Viewer, absence_id: int) -> str:
    row = _visible(session, viewer, absence_id)
    absences.take_back_end(session, viewer, row)
    return session.get_one(User, row.user_id).name


def _visible(session: Session, viewer: Viewer, absence_id: int) -> Absence:
    row = absences.absence_for(session, viewer, absence_id)
    if row is None:
        raise Problem(404, _("There is no such absence, or it is not yours to change."))
    return row
