"""The room Departments: made, renamed, led, how they give work out, and retired once that went elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import departments
from crm.web import department_views as views
from crm.web import left_behind
from crm.web.department_views import DepartmentPage, Filled
from hub.languages import N_, _, listener
from hub.users import Department, Viewer
from hub.web.frame import COMPANY, Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

UNREADABLE = 422
HERE = "/departments"

add_room(
    Room(href=HERE, name=N_("Departments"), icon="building", order=15, role="admin", within="/settings",
         about=N_("Their heads, their people, and how new work finds somebody"))
)  # fmt: skip


@page("GET", "/departments", role="admin")
async def every(request: web.Request) -> web.StreamResponse:
    """Show them all."""
    rows = await request.app[DB].read(views.rows_of)
    return await render(
        request, "departments.html", title=_("Departments"), sub=_("Who leads them, and how new work finds somebody"),
        rows=rows,
    )  # fmt: skip


@page("GET", "/departments/new", role="admin")
async def new(request: web.Request) -> web.StreamResponse:
    """Ask what the new one is called."""
    return await _ask(request, Filled(), {})


@page("POST", "/departments", role="admin")
async def make(request: web.Request) -> web.StreamResponse:
    """Make one."""
    filled = views.typed(await form(request))
    department_id, errors = await request.app[DB].write(_make, viewer_of(request), filled)
    if errors:
        return await _ask(request, filled, errors)
    toast = Toast(text=_("Made: %(name)s", name=filled.name), undo=f"{HERE}/{department_id}")
    return await changed(request, toast, back=f"{HERE}/{department_id}")


@page("GET", "/departments/{id}", role="admin")
async def department(request: web.Request) -> web.StreamResponse:
    """Show one."""
    return await _show(request, None, {})


@page("POST", "/departments/{id}", role="admin")
async def change(request: web.Request) -> web.StreamResponse:
    """Have it be as the form says."""
    filled, department_id = views.typed(await form(request)), path_id(request)
    errors, left = await request.app[DB].write(_change, viewer_of(request), department_id, filled)
    if errors:
        return await _mistaken(request, filled, errors)
    words = _("Saved: %(name)s", name=filled.name) + left
    return await changed(request, Toast(text=words), back=f"{HERE}/{department_id}")


@page("DELETE", "/departments/{id}", role="admin")
async def retire(request: web.Request) -> web.StreamResponse:
    """Retire it; its open work goes where the form says."""
    to, department_id = (await form(request)).get("to", ""), path_id(request)
    name = await request.app[DB].write(_retire, viewer_of(request), department_id, views.number(to))
    toast = Toast(text=_("Retired: %(name)s", name=name), undo=f"{HERE}/{department_id}/retirement")
    return await changed(request, toast, back=f"{HERE}/{department_id}")


@page("DELETE", "/departments/{id}/retirement", role="admin")
async def take_up(request: web.Request) -> web.StreamResponse:
    """Have a retired one work again."""
    name = await request.app[DB].write(_take_up, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("%(name)s works again", name=name)))


async def _ask(request: web.Request, filled: Filled, errors: Mapping[str, str]) -> web.Response:
    people = await request.app[DB].read(views.people_options)
    return await render(
        request, "department_new.html", status=UNREADABLE if errors else 200, title=_("New department"), sub="",
        back=Back(HERE, _("Departments")), form=filled, errors=errors, rules=views.rules(), people=people,
    )  # fmt: skip


async def _show(request: web.Request, filled: Filled | None, errors: Mapping[str, str]) -> web.Response:
    shown = await _read(request, filled)
    return await render(
        request, "_department.html" if is_fragment(request) else "department.html",
        status=UNREADABLE if errors else 200, title=shown.name, sub=_("Department"),
        back=Back(HERE, _("Departments")), errors=errors, **msgspec.structs.asdict(shown),
    )  # fmt: skip


async def _mistaken(request: web.Request, filled: Filled, errors: Mapping[str, str]) -> web.StreamResponse:
    """Show the form again with what is wrong with it: alone to a script, on its page to a browser."""
    if not is_fragment(request):
        return await _show(request, filled, errors)
    values = msgspec.structs.asdict(await _read(request, filled))
    response = await render(request, "_department_form.html", status=UNREADABLE, errors=errors, **values)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#department-form", "outerHTML"
    return response


async def _read(request: web.Request, filled: Filled | None) -> DepartmentPage:
    zone = listener().zone or request.app[COMPANY]().zone
    return await request.app[DB].read(_page, path_id(request), zone, filled)


def _page(session: Session, department_id: int, zone: ZoneInfo, filled: Filled | None) -> DepartmentPage:
    return views.page_of(session, _found(session, department_id), zone, filled)


def _make(session: Session, viewer: Viewer, filled: Filled) -> tuple[int, Mapping[str, str]]:
    wanted = views.wanted(filled)
    if errors := departments.faults(session, wanted, None):
        return 0, errors
    return departments.make(session, viewer, wanted).id, {}


def _change(
    session: Session, viewer: Viewer, department_id: int, filled: Filled
) -> tuple[Mapping[str, str], str]:
    place, wanted = _found(session, department_id), views.wanted(filled)
    if errors := departments.faults(session, wanted, place):
        return errors, ""
    _done, left = left_behind.after(session, lambda: departments.change(session, viewer, place, wanted))
    return {}, left


def _retire(session: Session, viewer: Viewer, department_id: int, to_id: int | None) -> str:
    place, to = _found(session, department_id), session.get(Department, to_id) if to_id else None
    _done, left = left_behind.after(session, lambda: departments.retire(session, viewer, place, to))
    return place.name + left


def _take_up(session: Session, viewer: Viewer, department_id: int) -> str:
    place = _found(session, department_id)
    departments.take_up(session, viewer, place)
    return place.name


def _found(session: Session, department_id: int) -> Department:
    place = session.get(Department, department_id)
    if place is None:
        raise Problem(404, _("There is no such department."))
    return place
