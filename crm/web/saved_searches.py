"""Searches that somebody keeps: named, listed beside what is found, removed with a way back."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session
from yarl import URL

from crm.saved_searches import SavedSearch, remove, restore, save, saved
from crm.web.search_asked import asked_again
from hub import audit
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.audit_kinds import Kind, add_kind
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of
from hub.web.problems import Problem

KIND = "saved-search"
UNFIT = 422

add_kind(Kind(KIND, N_("Kept search")))


class SavedLink(msgspec.Struct, frozen=True):
    """A search to open again."""

    id: int
    name: str
    href: str


def saved_links(session: Session, viewer: Viewer) -> list[SavedLink]:
    """Give what this viewer keeps."""
    return [SavedLink(each.id, each.name, asked_again(each.asked).href) for each in saved(session, viewer)]


@page("GET", "/search/saved")
async def listed(request: web.Request) -> web.StreamResponse:
    """Show what somebody keeps."""
    saved = await request.app[DB].read(saved_links, viewer_of(request))
    return await render(request, "_saved_searches.html", saved=saved)


@page("POST", "/search/saved")
async def keep(request: web.Request) -> web.StreamResponse:
    """Keep a search under a name."""
    fields = await form(request)
    wanted = asked_again(fields.get("asked", ""))
    try:
        kept = await request.app[DB].write(
            _keep, viewer_of(request), fields.get("name", ""), URL(wanted.href).query_string
        )
    except ValueError as error:
        return await changed(request, Toast(text=str(error), refused=True), back=wanted.href, status=UNFIT)
    toast = Toast(text=_("Kept: %(name)s", name=kept.name), undo=f"/search/saved/{kept.id}")
    return await changed(request, toast, back=wanted.href)


@page("DELETE", "/search/saved/{id}")
async def take_away(request: web.Request) -> web.StreamResponse:
    """Remove a kept search."""
    gone = await _change(request, remove, audit.REMOVED)
    toast = Toast(text=_("Removed: %(name)s", name=gone.name), undo=f"/search/saved/{gone.id}/removal")
    return await changed(request, toast)


@page("DELETE", "/search/saved/{id}/removal")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Take back that it was removed."""
    back = await _change(request, restore, audit.MADE)
    return await changed(request, Toast(text=_("Kept: %(name)s", name=back.name)))


def _keep(session: Session, viewer: Viewer, name: str, query: str) -> SavedSearch:
    kept = save(session, viewer, name, query)
    audit.record(session, viewer, audit.MADE, KIND, kept.id, changes={"name": (None, kept.name)})
    return kept


async def _change(
    request: web.Request, how: Callable[[Session, Viewer, int], SavedSearch | None], verb: str
) -> SavedSearch:
    """Change one of somebody's own; another's is not there."""
    viewer, number = viewer_of(request), path_id(request)

    def change(session: Session) -> SavedSearch | None:
        found = how(session, viewer, number)
        if found is not None:
            audit.record(session, viewer, verb, KIND, found.id, changes={"name": (found.name, found.name)})
        return found

    found = await request.app[DB].write(change)
    if found is None:
        raise Problem(404, _("There is nothing at this address."))
    return found
