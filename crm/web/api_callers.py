"""Callers over the API: the dial plan asks who should get one, before any telephone rings."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from crm import caller_ways
from crm.caller_ways import Way
from hub.web.api import endpoint
from hub.web.decoding import Query
from hub.web.keys import DB

LONGEST = 100


class CallerQuery(Query, frozen=True, kw_only=True):
    """Whose call it is."""

    number: Annotated[str, Meta(max_length=LONGEST, description="The caller's number as the PBX has it")]


class WayOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who should get a caller; `extension` is "" where nobody in particular should."""

    treat: Annotated[str, Meta(description="normal, blocked or vip")]
    priority: Annotated[int, Meta(description="A VIP's priority in queues, else 0")]
    contact: Annotated[int | None, Meta(description="Who it is, where one contact alone has the number")]
    name: str
    extension: Annotated[str, Meta(description="Whose telephone should ring first, or empty")]
    why: str


@endpoint("GET", "/callers", scope="calls:read", query=CallerQuery, returns=WayOut,
          summary="Ask who should get a caller")  # fmt: skip
async def caller(request: web.Request, query: CallerQuery) -> WayOut:
    """Say who should get a caller."""
    return _shown(await request.app[DB].read(caller_ways.way_for, query.number))


def _shown(way: Way) -> WayOut:
    return WayOut(treat=way.treat, priority=way.priority, contact=way.contact_id, name=way.name,
                  extension=way.extension, why=way.why)  # fmt: skip
