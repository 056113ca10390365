"""Saved views of the list of contacts, and the columns that somebody wants to see."""

from __future__ import annotations

from urllib.parse import parse_qsl

from aiohttp import web
from sqlalchemy.orm import Session

from crm import listing, views
from crm.listing import Asked
from crm.views import View
from crm.web.contact_lines import columns_for
from crm.web.contacts import ROOM, address
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, viewer_of
from hub.web.problems import Problem


@page("POST", "/contacts/views")
async def save(request: web.Request) -> web.StreamResponse:
    """Keep the list as it is shown, under a name."""
    said = await form(request)
    asked, shared = asked_in(said.get("query", "")), bool(said.get("shared"))
    view = await request.app[DB].write(_save, viewer_of(request), said.get("name", ""), asked, shared=shared)
    toast = Toast(text=_("Kept as “%(name)s”", name=view.name), undo=f"/views/{view.id}")
    return await changed(request, toast, back=address(asked))


@page("DELETE", "/views/{id}")
async def remove(request: web.Request) -> web.StreamResponse:
    """Take a view away."""
    view = await request.app[DB].write(views.remove, viewer_of(request), path_id(request))
    if view is None:
        raise Problem(404, _("There is no such view."))
    return await changed(request, Toast(text=_("The view “%(name)s” is gone", name=view.name)))


@page("POST", "/contacts/columns")
async def columns(request: web.Request) -> web.StreamResponse:
    """Keep the columns that somebody ticked, in his order; `up` moves one of them to the left."""
    up = (await form(request)).get("up", "")
    ticked = [str(name) for name in (await request.post()).getall("column", [])]
    await request.app[DB].write(_columns, viewer_of(request), ticked, up)
    return await changed(request, Toast(text=_("These columns are yours now")), back="/contacts")


def asked_in(query: str) -> Asked:
    """Read a list out of the text that an address carries."""
    return listing.read(dict(parse_qsl(query[: views.LONGEST_QUERY], max_num_fields=100)))


def _save(session: Session, viewer: Viewer, name: str, asked: Asked, *, shared: bool) -> View:
    return views.save(session, viewer, ROOM, name, address(asked).partition("?")[2], shared=shared)


def _columns(session: Session, viewer: Viewer, ticked: list[str], up: str) -> None:
    known = {column.name for column in columns_for(session, viewer)}
    wanted = list(listing.columns_of(name for name in ticked if name in known))
    if up in wanted and wanted.index(up) > 0:
        at = wanted.index(up)
        wanted[at - 1], wanted[at] = wanted[at], wanted[at - 1]
    views.choose_columns(session, viewer, ROOM, wanted)
