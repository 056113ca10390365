"""What a document of a deal would be, over the API."""

from __future__ import annotations

from aiohttp import web

from crm.web.api_deal_lines import seen
from crm.web.document_looks import Asked, shown
from hub.web.api import endpoint
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of


@endpoint("GET", "/deals/{id}/document-preview", scope="deals:read", query=Asked, returns=bytes, errors=(409,),
          summary="Look at what a document of a deal would be; nothing is kept, and no number is taken")  # fmt: skip
async def look(request: web.Request, query: Asked) -> web.StreamResponse:
    """Give its bytes."""
    await request.app[DB].read(seen, viewer_of(request), path_id(request))
    return await shown(request, query)
