"""Saved views of lists, and the columns that somebody wants to see."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from crm import listing, views
from crm.listing import Asked
from crm.views import View
from crm.web.list_pages import LISTS
from crm.web.lists import List, address, asked_in, query_of
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, viewer_of
from hub.web.problems import Problem


async def save(listed: List[Any, Any], request: web.Request) -> web.StreamResponse:
    """Keep a list as it is shown, under a name."""
    said = await form(request)
    asked, shared = asked_in(said.get("query", ""), listed.kind), bool(said.get("shared"))
    view = await request.app[DB].write(_save, viewer_of(request), said.get("name", ""), asked, shared=shared)
    toast = Toast(text=_("Kept as “%(name)s”", name=view.name), undo=f"/views/{view.id}")
    return await changed(request, toast, back=address(asked))


async def choose(listed: List[Any, Any], request: web.Request) -> web.StreamResponse:
    """Keep the columns that somebody ticked, in his order; `up` moves one of them to the left."""
    up = (await form(request)).get("up", "")
    ticked = [str(name) for name in (await request.post()).getall("column", [])]
    await request.app[DB].write(_choose, viewer_of(request), listed, ticked, up)
    return await changed(request, Toast(text=_("These columns are yours now")), back=listed.kind.href)


for _listed in LISTS:
    page("POST", f"{_listed.kind.href}/views")(partial(save, _listed))
    page("POST", f"{_listed.kind.href}/columns")(partial(choose, _listed))


@page("DELETE", "/views/{id}")
async def remove(request: web.Request) -> web.StreamResponse:
    """Take a view away."""
    view = await request.app[DB].write(views.remove, viewer_of(request), path_id(request))
    if view is None:
        raise Problem(404, _("There is no such view."))
    return await changed(request, Toast(text=_("The view “%(name)s” is gone", name=view.name)))


def _save(session: Session, viewer: Viewer, name: str, asked: Asked, *, shared: bool) -> View:
    return views.save(session, viewer, asked.kind.name, name, query_of(asked), shared=shared)


def _choose(session: Session, viewer: Viewer, listed: List[Any, Any], ticked: list[str], up: str) -> None:
    known = {column.name for column in listed.columns(session, viewer)}
    wanted = list(listing.columns_of(name for name in ticked if name in known))
    if up in wanted and wanted.index(up) > 0:
        at = wanted.index(up)
        wanted[at - 1], wanted[at] = wanted[at], wanted[at - 1]
    views.choose_columns(session, viewer, listed.kind.name, wanted)
