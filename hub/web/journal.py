"""The journal's room: everything that came in, and what became of it. For managers and admins."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import audit
from hub.channels import Channel, connector_kinds
from hub.connector import Raw, Taken
from hub.events import Event
from hub.journal import Inbound
from hub.languages import N_, _
from hub.said import said
from hub.users import Viewer
from hub.web import journal_search
from hub.web.frame import COMPANY, Back, Room, add_room
from hub.web.journal_figures import chips, count, spans, stats
from hub.web.journal_item import Row, row
from hub.web.journal_road import Reading, whole
from hub.web.journal_search import PER_PAGE, SEARCHED, Asked, with_channel
from hub.web.keys import BLOBS, CHANNELS, DB, SETTINGS
from hub.web.moments import midnight
from hub.web.pages import is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.paging import decode_cursor, encode_cursor
from hub.web.problems import Problem
from hub.web.tracing import TRACE

DUPLICATES = 20

add_room(Room(href="/journal", name=N_("Journal"), icon="journal", order=80, role="manager", key="j"))


class Rows(msgspec.Struct, frozen=True):
    """One page of the list."""

    items: list[Row]
    next: str


@page("GET", "/journal", role="manager")
async def journal(request: web.Request) -> web.StreamResponse:
    """Show the list, newest first."""
    asked = _asked(request)
    zone = request.app[COMPANY]().zone
    items = await request.app[DB].read(journal_search.find, asked, zone)
    listed = [row(item, channel, zone) for item, channel in items[:PER_PAGE]]
    older = asked.address(before=encode_cursor(listed[-1].id)) if len(items) > PER_PAGE else ""
    counts = await request.app[DB].read(count, midnight(zone))
    channels = request.app[CHANNELS]
    return await render(
        request,
        "_journal.html" if is_fragment(request) else "journal.html",
        title=_("Journal"),
        sub=_("Everything that came in, and what became of it"),
        here=request.path_qs,
        asked=asked,
        journal=Rows(listed, older),
        failed=counts.failed if asked.filter != "failed" else 0,
        stats=list(stats(counts)),
        filters=list(chips(asked, counts, channels)),
        spans=list(spans(asked)),
        searched=SEARCHED,
        kept_days=request.app[SETTINGS].journal_days,
    )


@page("GET", "/journal/{id}", role="manager")
async def one(request: web.Request) -> web.StreamResponse:
    """Show one item with its whole road."""
    item, channel, duplicates = await request.app[DB].read(_one, path_id(request))
    body = b"" if item.forgotten_at is not None else await _body(request, item)
    reading, events = await _read(request, item, body)
    made = await request.app[DB].read(
        request.app[TRACE], viewer_of(request), item.duplicate_of or item.id, events
    )
    shown = whole(item, channel, request.app[COMPANY]().zone, body, reading, made, duplicates)
    return await render(
        request,
        "_journal_item.html" if is_fragment(request) else "journal_item.html",
        title=shown.sender,
        sub=_("Journal %(id)s", id=item.id),
        item=shown,
        back=Back("/journal", _("Journal")),
    )


@page("GET", "/journal/{id}/raw", role="manager")
async def raw(request: web.Request) -> web.StreamResponse:
    """Give the bytes as they came, as a file: a browser must never run what a stranger sent."""
    item, _channel, _others = await request.app[DB].read(_one, path_id(request))
    body = await _body(request, item)
    await request.app[DB].write(_note_export, viewer_of(request), item.id)
    return web.Response(
        body=body,
        content_type="text/plain",
        headers={
            "Content-Disposition": f'attachment; filename="journal-{item.id}.txt"',
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


@page("GET", "/journal/{id}/fields", role="manager")
async def fields(request: web.Request) -> web.StreamResponse:
    """Lead to where people say what the fields of an item mean."""
    item, channel, _others = await request.app[DB].read(_one, path_id(request))
    kind = connector_kinds().get(channel.kind)
    if kind is None or not kind.learns:
        raise Problem(404, _("Nobody says what its fields mean."))
    return see_other(kind.learns.format(id=channel.id, item=item.id))


def _asked(request: web.Request) -> Asked:
    before = request.query.get("before")
    return journal_search.asked(request.query, decode_cursor(before) if before else None)


async def _body(request: web.Request, item: Inbound) -> bytes:
    if item.blob is None:
        return item.body or b""
    try:
        return await request.app[BLOBS].get(item.blob)
    except FileNotFoundError:
        raise Problem(410, _("Its raw bytes are no longer kept.")) from None


async def _read(request: web.Request, item: Inbound, body: bytes) -> tuple[Reading, Sequence[Event]]:
    """Read an item once more, to explain it: the reader is pure, so nothing comes of it."""
    if item.forgotten_at is not None:
        return Reading(problem=_("Its raw bytes are no longer kept.")), ()
    raw = Raw(body=body, headers=item.headers, received_at=item.received_at, key=item.key)
    try:
        connector = request.app[CHANNELS].get(item.channel_id).connector
        events, taken = await asyncio.to_thread(lambda: (connector.read(raw), connector.explain(raw)))
    except (LookupError, ValueError, NotImplementedError) as error:
        return Reading(problem=str(error) or _("It cannot be read.")), ()
    return Reading(taken=_told(taken), events=len(events)), events


def _told(taken: Sequence[Taken]) -> Sequence[Taken]:
    return [Taken(each.label, each.value, _(each.meaning), _(each.rule)) for each in taken]


def _one(session: Session, inbound_id: int) -> tuple[Inbound, Channel, Sequence[int]]:
    found = session.execute(with_channel().where(Inbound.id == inbound_id)).one_or_none()
    if found is None:
        raise Problem(404, _("There is no such item in the journal."))
    others = select(Inbound.id).where(Inbound.duplicate_of == inbound_id).order_by(Inbound.id)
    return found[0], found[1], session.scalars(others.limit(DUPLICATES)).all()


def _note_export(session: Session, viewer: Viewer, inbound_id: int) -> None:
    audit.record(session, viewer, audit.EXPORTED, "journal", inbound_id, words=said("the raw bytes"))
