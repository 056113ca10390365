"""What leads a department's agents through their calls: the script, and what can come of one. Its head changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import call_guides, call_results
from crm.call_guides import Rescuing
from crm.call_results import CallResult, Wanted
from crm.desk import ID_DIGITS, Refusal
from hub.languages import N_, _
from hub.users import Department, Viewer
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.problems import Problem

HERE = "/call-guides"
UNREADABLE = 422

add_room(
    Room(href=HERE, name=N_("Results and scripts"), icon="phone", order=72, role="head", within="/settings",
         about=N_("Each department's script, and what can come of a call"))
)  # fmt: skip


class Row(msgspec.Struct, frozen=True):
    """One result, as its form shows it."""

    id: int
    words: str
    key: str
    follow_in: int
    follow_unit: str
    in_lists: str
    retired_at: datetime | None


class Guide(msgspec.Struct, frozen=True, kw_only=True):
    """The values of call_guide.html. `places` are the departments that this viewer leads, as pairs of id and name."""

    id: int
    name: str
    script: str
    required: bool
    rescue_most: int
    rescue_again: int
    rescue_say: str
    results: Sequence[Row]
    keys: Sequence[str]
    free_key: str
    units: Sequence[tuple[str, str]]
    in_lists: Sequence[tuple[str, str]]
    places: Sequence[tuple[int, str]]


@page("GET", HERE, role="head")
async def first(request: web.Request) -> web.StreamResponse:
    """Lead to one's own department's, else to the first."""
    places = await request.app[DB].read(_places, viewer_of(request))
    if not places:
        raise Problem(404, _("You lead no department."))
    return see_other(f"{HERE}/{places[0][0]}")


@page("GET", "/call-guides/{id}", role="head")
async def guide(request: web.Request) -> web.StreamResponse:
    """Show a department's."""
    shown = await request.app[DB].read(_shown, viewer_of(request), path_id(request))
    return await render(
        request, "_call_guide.html" if is_fragment(request) else "call_guide.html", title=_("Results and scripts"),
        sub=shown.name, back=Back("/settings", _("Settings")), **msgspec.structs.asdict(shown),
    )  # fmt: skip


@page("POST", "/call-guides/{id}", role="head")
async def save(request: web.Request) -> web.StreamResponse:
    """Keep the script, and whether a result is needed."""
    said = await form(request)
    script, required = said.get("script", ""), bool(said.get("required"))
    if words := call_guides.fault(script):
        raise Problem(UNREADABLE, words)

    def write(session: Session, viewer: Viewer, department_id: int) -> None:
        place = _led(session, viewer, department_id)
        call_guides.write(session, viewer, place.id, script, required=required)

    await request.app[DB].write(write, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Saved")), back=f"{HERE}/{path_id(request)}")


@page("POST", "/call-guides/{id}/rescue", role="head")
async def rescue(request: web.Request) -> web.StreamResponse:
    """Keep how call-backs are rescued."""
    said = await form(request)
    wanted = Rescuing(
        most=_number(said.get("most", "")),
        again=_number(said.get("again", "")),
        say=said.get("say", "").strip(),
    )

    def write(session: Session, viewer: Viewer, department_id: int) -> None:
        place = _led(session, viewer, department_id)
        if words := call_guides.rescue_fault(wanted):
            raise Problem(UNREADABLE, words)
        call_guides.write_rescue(session, viewer, place.id, wanted)

    await request.app[DB].write(write, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Saved")), back=f"{HERE}/{path_id(request)}")


@page("POST", "/call-guides/{id}/results", role="head")
async def add(request: web.Request) -> web.StreamResponse:
    """Add a result."""
    wanted = _wanted(await form(request))

    def make(session: Session, viewer: Viewer, department_id: int) -> None:
        place = _led(session, viewer, department_id)
        _check(call_results.faults(session, place.id, wanted, None))
        call_results.make(session, viewer, place.id, wanted)

    await request.app[DB].write(make, viewer_of(request), path_id(request))
    return await changed(
        request, Toast(text=_("New: %(name)s", name=wanted.words)), back=f"{HERE}/{path_id(request)}"
    )


@page("POST", "/call-guides/{id}/offered", role="head")
async def take_offered(request: web.Request) -> web.StreamResponse:
    """Make those that are offered."""

    def make(session: Session, viewer: Viewer, department_id: int) -> int:
        return call_results.make_offered(session, viewer, _led(session, viewer, department_id).id)

    if not await request.app[DB].write(make, viewer_of(request), path_id(request)):
        raise Refusal(_("There are results already"))
    return await changed(
        request, Toast(text=_("Made. Change them as you like")), back=f"{HERE}/{path_id(request)}"
    )


@page("POST", "/call-results/{id}", role="head")
async def change(request: web.Request) -> web.StreamResponse:
    """Have a result be as the form says."""
    wanted = _wanted(await form(request))

    def write(session: Session, viewer: Viewer, result_id: int) -> int:
        result = _result(session, viewer, result_id)
        _check(call_results.faults(session, result.department_id, wanted, result))
        call_results.change(session, viewer, result, wanted)
        return result.department_id

    place = await request.app[DB].write(write, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Saved: %(name)s", name=wanted.words)), back=f"{HERE}/{place}")


@page("DELETE", "/call-results/{id}", role="head")
async def retire(request: web.Request) -> web.StreamResponse:
    """Have it chosen no more."""

    def write(session: Session, viewer: Viewer, result_id: int) -> tuple[int, str]:
        result = _result(session, viewer, result_id)
        call_results.retire(session, viewer, result)
        return result.department_id, result.words

    place, words = await request.app[DB].write(write, viewer_of(request), path_id(request))
    undo = f"/call-results/{path_id(request)}/retirement"
    return await changed(
        request, Toast(text=_("Retired: %(name)s", name=words), undo=undo), back=f"{HERE}/{place}"
    )


@page("DELETE", "/call-results/{id}/retirement", role="head")
async def take_up(request: web.Request) -> web.StreamResponse:
    """Have it chosen again."""

    def write(session: Session, viewer: Viewer, result_id: int) -> tuple[int, str]:
        result = _result(session, viewer, result_id)
        call_results.take_up(session, viewer, result)
        return result.department_id, result.words

    place, words = await request.app[DB].write(write, viewer_of(request), path_id(request))
    return await changed(
        request, Toast(text=_("Can be chosen again: %(name)s", name=words)), back=f"{HERE}/{place}"
    )


def _shown(session: Session, viewer: Viewer, department_id: int) -> Guide:
    place = _led(session, viewer, department_id)
    kept = call_guides.guide_of(session, place.id)
    results = call_results.results_of(session, place.id, retired=True)
    return Guide(
        id=place.id, name=place.name, script=kept.script if kept else "",
        required=kept is not None and kept.result_required,
        rescue_most=kept.rescue_most if kept else 0, rescue_again=kept.rescue_again if kept else Rescuing().again,
        rescue_say=kept.rescue_say if kept else "",
        results=[Row(each.id, each.words, each.key, each.follow_in, each.follow_unit, each.in_lists,
                     each.retired_at)
                 for each in results],
        keys=call_results.keys(), free_key=call_results.free_key(session, place.id),
        units=[(unit, _(words)) for unit, words in call_results.UNITS.items()],
        in_lists=[(each, _(words)) for each, words in call_results.IN_LISTS.items()],
        places=_places(session, viewer),
    )  # fmt: skip


def _places(session: Session, viewer: Viewer) -> list[tuple[int, str]]:
    """Give the departments whose guide this viewer changes, his own first."""
    wanted = select(Department).where(Department.retired_at.is_(None)).order_by(Department.name)
    places = [each for each in session.scalars(wanted) if _leads(viewer, each.id)]
    return [(each.id, each.name) for each in sorted(places, key=lambda each: each.id != viewer.department_id)]


def _leads(viewer: Viewer, department_id: int) -> bool:
    return viewer.sees_all or viewer.department_id == department_id


def _led(session: Session, viewer: Viewer, department_id: int) -> Department:
    place = session.get(Department, department_id)
    if place is None or not _leads(viewer, department_id):
        raise Problem(404, _("There is no such department, or it is not yours to lead."))
    return place


def _result(session: Session, viewer: Viewer, result_id: int) -> CallResult:
    result = session.get(CallResult, result_id)
    if result is None or not _leads(viewer, result.department_id):
        raise Problem(404, _("There is no such result, or it is not yours to change."))
    return result


def _wanted(said: Mapping[str, str]) -> Wanted:
    return Wanted(
        words=" ".join(said.get("words", "").split()), key=said.get("key", ""),
        follow_in=_number(said.get("follow_in", "").strip() or "0"),
        follow_unit=said.get("follow_unit", "minutes"), in_lists=said.get("in_lists", call_results.DONE),
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else -1


def _check(faults: Mapping[str, str]) -> None:
    if faults:
        raise Problem(UNREADABLE, " ".join(faults.values()))
