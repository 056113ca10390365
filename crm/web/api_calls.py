"""Calls over the API: who called whom, for whom it rang, who talked, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta
from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session

from crm import wanted_calls
from crm.call_rights import call_for
from crm.calls import Call
from crm.web.api_shapes import CallOut, Id, Outcome
from hub.channels import Channel
from hub.languages import _
from hub.shapes import convert
from hub.users import Viewer
from hub.web.api import endpoint
from hub.web.etags import tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

OF_THE_PBX = tuple(
    field for field in CallOut.__struct_fields__ if field not in {"channel", "contact", "task"}
)
FIRST_YEAR = 1

Moment = Annotated[datetime, Meta(tz=True)]


class CallQuery(Paging, frozen=True, kw_only=True):
    """Which calls."""

    contact: Annotated[Id | None, Meta(description="Only those with the contact of this id")] = None
    since: Annotated[
        Moment | None, Meta(description="Only those that began at this moment or later (RFC 3339)")
    ] = None
    outcome: Annotated[Outcome | None, Meta(description="Only those that ended so")] = None


@endpoint("GET", "/calls", scope="calls:read", query=CallQuery, returns=Page[CallOut],
          summary="List calls, newest first")  # fmt: skip
async def listed(request: web.Request, query: CallQuery) -> Page[CallOut]:
    """List calls."""
    return await request.app[DB].read(_listed, viewer_of(request), query)


@endpoint("GET", "/calls/{id}", scope="calls:read", returns=CallOut, etag=tag_of, summary="Get one call")
async def call(request: web.Request) -> CallOut:
    """Give one call."""
    return await request.app[DB].read(_call, viewer_of(request), path_id(request))


def _listed(session: Session, viewer: Viewer, query: CallQuery) -> Page[CallOut]:
    wanted = select(Call).where(wanted_calls.seen(session, viewer))
    if query.contact is not None:
        wanted = wanted.where(Call.contact_id == query.contact)
    if query.since is not None:
        wanted = wanted.where(_since(query.since))
    if query.outcome is not None:
        wanted = wanted.where(Call.outcome == query.outcome)
    rows = session.scalars(newest_first(wanted, Call.id, query)).all()
    found = show_calls(session, rows)
    return page_of(rows, query.limit, lambda row: found[row.id])


def _call(session: Session, viewer: Viewer, call_id: int) -> CallOut:
    found = call_for(session, viewer, call_id)
    if found is None:
        raise Problem(404, _("There is no such call."))
    return show_calls(session, [found])[found.id]


def show_calls(session: Session, rows: Sequence[Call]) -> dict[int, CallOut]:
    """Show several calls."""
    named = select(Channel.id, Channel.name).where(Channel.id.in_({row.channel_id for row in rows}))
    names = dict(session.execute(named).all())
    return {
        row.id: convert(
            {field: getattr(row, field) for field in OF_THE_PBX}
            | {"channel": names[row.channel_id], "contact": row.contact_id, "task": row.task_id},
            CallOut,
        )
        for row in rows
    }


def _since(moment: datetime) -> ColumnElement[bool]:
    """Tell which began then or later; at the ends of time no zone can be taken off any more."""
    try:
        return Call.started_at >= moment.astimezone(UTC)
    except OverflowError:
        return true() if moment.year == FIRST_YEAR else false()
