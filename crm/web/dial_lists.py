"""The room Dialling lists: how far each is; a head or manager makes one from a saved view, pauses it and goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import dial_lists, dial_making, listing, views
from crm.call_guides import LONGEST as LONGEST_SCRIPT
from crm.desk import Refusal
from crm.dial_lists import DialList, Progress
from crm.dial_rights import dial_list_for, leads, sees_dial_list
from crm.setup import setup
from crm.views import View
from crm.web import dial_form
from crm.web.dial_form import Form
from crm.web.lists import asked_in
from hub.languages import N_, _, ngettext
from hub.users import Viewer
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HERE = "/dial-lists"
SHOWN = 100

add_room(Room(href=HERE, name=N_("Dialling lists"), icon="phone-out", order=6))


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One list in the room."""

    id: int
    name: str
    department: str
    paused: bool
    progress: Progress


class Offered(msgspec.Struct, frozen=True):
    """What a new list can be made from: views and departments, as pairs of number and name."""

    views: Sequence[tuple[str, str]]
    departments: Sequence[tuple[str, str]]


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was made, or by field why not."""

    id: int = 0
    name: str = ""
    people: int = 0
    left_out: int = 0
    errors: Mapping[str, str] = {}


@page("GET", HERE)
async def room(request: web.Request) -> web.StreamResponse:
    """Show the lists that one works on, or leads."""
    viewer = viewer_of(request)
    lines = await request.app[DB].read(_lines, viewer)
    return await render(
        request, "_dial_lists.html" if is_fragment(request) else "dial_lists.html", title=_("Dialling lists"),
        lines=lines, makes=viewer.sees_all or viewer.role == "head",
    )  # fmt: skip


@page("GET", f"{HERE}/new", role="head")
async def ask(request: web.Request) -> web.StreamResponse:
    """Ask for a new one."""
    return await _ask(request, Form(), {})


@page("POST", HERE, role="head")
async def make(request: web.Request) -> web.StreamResponse:
    """Make it."""
    typed = dial_form.typed(await form(request))
    made = await request.app[DB].write(_make, viewer_of(request), typed)
    if made.errors:
        return await _ask(request, typed, made.errors)
    return await changed(request, Toast(text=told(made)), back=f"{HERE}/{made.id}")


@page("POST", "/dial-lists/{id}/pause", role="head")
async def pause(request: web.Request) -> web.StreamResponse:
    """Give nobody out any more."""
    name = await request.app[DB].write(_pause, viewer_of(request), path_id(request), on=True)
    toast = Toast(text=_("Paused: %(name)s", name=name), undo=f"{HERE}/{path_id(request)}/pause")
    return await changed(request, toast)


@page("DELETE", "/dial-lists/{id}/pause", role="head")
async def go_on(request: web.Request) -> web.StreamResponse:
    """Go on."""
    name = await request.app[DB].write(_pause, viewer_of(request), path_id(request), on=False)
    return await changed(request, Toast(text=_("Goes on: %(name)s", name=name)))


def told(made: Made) -> str:
    """Say how many are on a new list, and how many are not."""
    words = ngettext(
        "%(name)s: %(num)s person", "%(name)s: %(num)s people", made.people, name=made.name, num=made.people
    )
    if not made.left_out:
        return words
    out = ngettext(
        "%(num)s without a number is left out", "%(num)s without a number are left out", made.left_out,
        num=made.left_out,
    )  # fmt: skip
    return f"{words}. {out}"


def seen(session: Session, viewer: Viewer, list_id: int) -> DialList:
    """Give a list that this viewer sees; any other is not found."""
    found = dial_list_for(session, viewer, list_id)
    if found is None:
        raise Problem(404, _("There is no such list, or another department works on it."))
    return found


async def _ask(request: web.Request, typed: Form, errors: Mapping[str, str]) -> web.StreamResponse:
    offered = await request.app[DB].read(_offered, viewer_of(request))
    return await render(
        request, "dial_list_new.html", status=dial_form.UNREADABLE if errors else 200,
        title=_("New dialling list"), sub="", back=Back(HERE, _("Dialling lists")), form=typed, errors=errors,
        offered=offered, units=dial_form.units(), longest=LONGEST_SCRIPT,
    )  # fmt: skip


def _lines(session: Session, viewer: Viewer) -> list[Line]:
    newest = select(DialList).where(sees_dial_list(viewer)).order_by(DialList.id.desc()).limit(SHOWN)
    lists = session.scalars(newest).all()
    far, places = dial_lists.progress(session, [each.id for each in lists]), setup(session).departments
    return [
        Line(
            id=each.id, name=each.name, paused=each.paused_at is not None, progress=far[each.id],
            department=places[each.department_id].name if each.department_id in places else "",
        )
        for each in lists
    ]  # fmt: skip


def _offered(session: Session, viewer: Viewer) -> Offered:
    places = [each for each in setup(session).departments.values() if leads(viewer, each.id)]
    return Offered(
        [(str(each.id), each.name) for each in views.views_of(session, viewer, listing.CONTACTS.name)],
        [(str(each.id), each.name) for each in places],
    )


def _make(session: Session, viewer: Viewer, typed: Form) -> Made:
    wanted, view = dial_form.wanted(typed), view_of(session, viewer, typed.view)
    errors = dict(dial_making.faults(wanted))
    if view is None:
        errors["view"] = _("Choose one of your views.")
    if wanted.department_id not in setup(session).departments or not leads(viewer, wanted.department_id):
        errors["department"] = _("Choose a department that you lead.")
    if errors or view is None:
        return Made(errors=errors)
    try:
        listed = dial_making.make(session, viewer, wanted, asked_in(view.query, listing.CONTACTS), view.name)
    except Refusal as refusal:
        return Made(errors={"view": str(refusal)})
    people = dial_lists.progress(session, [listed.id])[listed.id].people
    return Made(id=listed.id, name=listed.name, people=people, left_out=listed.left_out)


def view_of(session: Session, viewer: Viewer, chosen: str) -> View | None:
    """Give the viewer's view of contacts that he chose."""
    mine = views.views_of(session, viewer, listing.CONTACTS.name)
    return next((each for each in mine if str(each.id) == chosen), None)


def _pause(session: Session, viewer: Viewer, list_id: int, *, on: bool) -> str:
    listed = seen(session, viewer, list_id)
    dial_making.pause(session, viewer, listed, on=on)
    return listed.name
