"""Segments: made by clicking conditions together, counted meanwhile, changed, retired and brought back.

The form of a rule is sent whole at every press, to be looked at: `do` says what the press changes in it, and what it
comes to is counted anew. Without scripts the same happens page by page.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.orm import Session

from crm import segment_changes, segment_rules
from crm.desk import Refusal
from crm.segments import Segment
from crm.web import segment_drafts
from crm.web.segment_views import Line, Shown, Work, lines, shown
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/segments"

add_room(
    Room(href=HOME, name=N_("Segments"), icon="filter", order=1, role="manager", within="/campaigns",
         about=N_("Rules that say who is meant, counted while you make them"))
)  # fmt: skip
UNREADABLE = 422
LONGEST = 200


@page("GET", HOME, role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show all segments."""
    found, retired = await request.app[DB].read(_lines, viewer_of(request))
    template = "_segments.html" if is_fragment(request) else "segments.html"
    return await render(request, template, title=_("Segments"), lines=found, retired=retired)


@page("GET", "/segments/new", role="manager")
async def new(request: web.Request) -> web.StreamResponse:
    """Show an empty rule."""
    work = Work(name="", draft=segment_drafts.empty())
    return await _show(request, await request.app[DB].read(_shown, viewer_of(request), 0, work))


@page("GET", "/segments/{id}", role="manager")
async def one(request: web.Request) -> web.StreamResponse:
    """Show one, to be changed."""
    return await _show(
        request, await request.app[DB].read(_shown, viewer_of(request), path_id(request), None)
    )


@page("POST", HOME, role="manager")
async def make(request: web.Request) -> web.StreamResponse:
    """Make one."""
    return await _keep(request, 0)


@page("POST", "/segments/preview", role="manager")
async def look(request: web.Request) -> web.StreamResponse:
    """Go on putting a new one together."""
    return await _look(request, 0)


@page("POST", "/segments/{id}", role="manager")
async def change(request: web.Request) -> web.StreamResponse:
    """Change one."""
    return await _keep(request, path_id(request))


@page("POST", "/segments/{id}/preview", role="manager")
async def look_again(request: web.Request) -> web.StreamResponse:
    """Go on changing one."""
    return await _look(request, path_id(request))


@page("POST", "/segments/{id}/retirement", role="manager")
async def retire(request: web.Request) -> web.StreamResponse:
    """Offer it no more."""
    number = path_id(request)
    name = await request.app[DB].write(_retire, viewer_of(request), number, retired=True)
    toast = Toast(text=_("Retired: %(name)s", name=name), undo=f"/segments/{number}/retirement")
    return await changed(request, toast, back=HOME)


@page("DELETE", "/segments/{id}/retirement", role="manager")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Offer it again."""
    name = await request.app[DB].write(_retire, viewer_of(request), path_id(request), retired=False)
    return await changed(request, Toast(text=_("Back: %(name)s", name=name)), back=HOME)


async def _keep(request: web.Request, number: int) -> web.StreamResponse:
    work = _typed(await form(request), tried=True)
    kept = await request.app[DB].write(_save, viewer_of(request), number, work)
    if isinstance(kept, str):
        return await changed(request, Toast(text=_("Saved: %(name)s", name=kept)), back=HOME)
    return await _show(request, kept, UNREADABLE)


async def _look(request: web.Request, number: int) -> web.StreamResponse:
    said = await form(request)
    work = _typed(said)
    segment_drafts.press(work.draft, said.get("do", ""))
    return await _show(request, await request.app[DB].read(_shown, viewer_of(request), number, work))


async def _show(request: web.Request, view: Shown, status: int = 200) -> web.StreamResponse:
    if is_fragment(request):
        return await render(request, "_segment.html", segment=view, status=status)
    title = (view.name if view.id else "") or _("New segment")
    back = Back(HOME, _("Segments"))
    return await render(request, "segment.html", status=status, title=title, back=back, segment=view)


def _typed(said: Mapping[str, str], *, tried: bool = False) -> Work:
    return Work(name=said.get("name", "")[:LONGEST], draft=segment_drafts.read(said), tried=tried)


def _lines(session: Session, viewer: Viewer) -> tuple[list[Line], list[Line]]:
    return lines(session, viewer, retired=False), lines(session, viewer, retired=True)


def _shown(session: Session, viewer: Viewer, number: int, work: Work | None) -> Shown:
    segment = _one(session, number) if number else None
    if work is None and segment is not None:
        rule = segment_rules.parse(segment.rule)
        work = Work(name=segment.name, draft=segment_drafts.drawn(session, rule))
    return shown(session, viewer, segment, work or Work(name="", draft=segment_drafts.empty()))


def _save(session: Session, viewer: Viewer, number: int, work: Work) -> Shown | str:
    """Keep it and give its name; the form again where something is wrong."""
    segment = _one(session, number) if number else None
    rule = segment_drafts.finished(session, work.draft)
    if rule is None:
        work.error = _("Something in it is not complete")
        return shown(session, viewer, segment, work)
    try:
        if segment is None:
            return segment_changes.make(session, viewer, work.name, rule).name
        segment_changes.change(session, viewer, segment, work.name, rule)
    except Refusal as refusal:
        work.error = str(refusal)
        return shown(session, viewer, segment, work)
    return segment.name


def _retire(session: Session, viewer: Viewer, number: int, *, retired: bool) -> str:
    segment = _one(session, number)
    segment_changes.retire(session, viewer, segment, retired=retired)
    return segment.name


def _one(session: Session, number: int) -> Segment:
    found = session.get(Segment, number)
    if found is None:
        raise Problem(404, _("There is no such segment."))
    return found
