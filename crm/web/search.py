"""The room Search: everything that somebody may see, by what of it is known, while he types."""

from __future__ import annotations

from aiohttp import web

from crm.search_index import CONTACT, INTERACTION, ORGANISATION, TASK
from crm.web.saved_searches import saved_links
from crm.web.search_asked import Asked, asked
from crm.web.search_views import answer, best
from hub.languages import _
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, render, viewer_of

UNDER_THE_FIELD = {CONTACT: 5, ORGANISATION: 2, TASK: 3, INTERACTION: 3}


@page("GET", "/search")
async def search(request: web.Request) -> web.StreamResponse:
    """Show what was found; to the script that asks while somebody types, the answer alone."""
    wanted, viewer, db = asked(request.query), viewer_of(request), request.app[DB]
    shown = await db.read(answer, viewer, wanted)
    if is_fragment(request):
        return await render(request, "_search_answer.html", asked=wanted, shown=shown)
    saved = await db.read(saved_links, viewer)
    return await render(
        request, "search.html", title=_("Search"), q=wanted.q, asked=wanted, shown=shown, saved=saved
    )


@page("GET", "/search/quick")
async def quick(request: web.Request) -> web.StreamResponse:
    """Show the best of it under the field at the top, as options of its list."""
    wanted = asked(request.query)
    hits = await request.app[DB].read(best, viewer_of(request), wanted.q, UNDER_THE_FIELD) if wanted.q else []
    return await render(request, "_search_quick.html", q=wanted.q, hits=hits, all=Asked(q=wanted.q).href)
