"""What a document of a deal would be, before it is made: to be looked at, without a number."""

from __future__ import annotations

from aiohttp import web

from crm.document_drafts import Unwanted, Wanted
from crm.web.deal_moves import seen
from crm.web.document_files import preview
from crm.web.document_making import MAKER
from hub.languages import _
from hub.papers import UnmadeError
from hub.web.decoding import Query
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import page, path_id, viewer_of
from hub.web.problems import Problem

CONFLICT = 409


class Asked(Query, frozen=True, kw_only=True):
    """Of which template, and in which language."""

    template: str = "quote"
    language: str = "en"


@page("GET", "/deals/{id}/document-preview")
async def look(request: web.Request) -> web.StreamResponse:
    """Show it; what keeps it from being made is said."""
    asked = Asked(template=request.query.get("template", ""), language=request.query.get("language", "en"))
    await request.app[DB].read(seen, viewer_of(request), path_id(request))
    return await shown(request, asked)


async def shown(request: web.Request, asked: Asked) -> web.Response:
    """Give what it would be."""
    wanted = Wanted(
        deal_id=path_id(request), template=asked.template, language=asked.language, home=base_url(request)
    )
    try:
        made = await request.app[MAKER].look(wanted)
    except (UnmadeError, Unwanted) as error:
        raise Problem(CONFLICT, str(error), title=_("This document cannot be made yet")) from None
    return preview(made.content, made.format)
