"""The journal's room: everything that came in, and what became of it. For managers and admins."""

from __future__ import annotations

import msgspec
from aiohttp import web
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from hub.channels import Channel
from hub.journal import Inbound
from hub.languages import N_
from hub.web.frame import COMPANY, Room, add_room
from hub.web.journal_figures import FILTERS, Asked, chips, count, stats
from hub.web.journal_item import Row, let_go, row, try_again, whole
from hub.web.keys import BLOBS, CHANNELS, DB, SETTINGS
from hub.web.moments import midnight
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render
from hub.web.paging import decode_cursor, encode_cursor
from hub.web.problems import Problem

PER_PAGE = 50

add_room(Room(href="/journal", name=N_("Journal"), icon="journal", order=80, role="manager", key="j"))


class Back(msgspec.Struct, frozen=True):
    """A step back."""

    href: str
    words: str


class Rows(msgspec.Struct, frozen=True):
    """One page of the list."""

    items: list[Row]
    next: str


@page("GET", "/journal", role="manager")
async def journal(request: web.Request) -> web.StreamResponse:
    """Show the list, newest first."""
    asked = _asked(request)
    company = request.app[COMPANY]()
    items = await request.app[DB].read(_find, asked)
    listed = [row(item, channel.name, channel.kind, company.zone) for item, channel in items[:PER_PAGE]]
    older = asked.address(before=encode_cursor(listed[-1].id)) if len(items) > PER_PAGE else ""
    counts = await request.app[DB].read(count, midnight(company.zone))
    channels = request.app[CHANNELS]
    return await render(
        request,
        "_journal.html" if is_fragment(request) else "journal.html",
        title="Journal",
        sub="Everything that came in, and what became of it",
        here=request.path_qs,
        journal=Rows(listed, older),
        failed=counts.failed if asked.filter != "failed" else 0,
        stats=list(stats(counts)),
        filters=list(chips(asked, counts, channels)),
        kept_days=request.app[SETTINGS].journal_days,
    )


@page("GET", "/journal/{id}", role="manager")
async def one(request: web.Request) -> web.StreamResponse:
    """Show one item with everything about it."""
    item, channel = await request.app[DB].read(_one, path_id(request))
    shown = whole(item, channel.name, channel.kind, request.app[COMPANY]().zone, await _body(request, item))
    return await render(
        request,
        "journal_item.html",
        title=shown.sender,
        sub=f"Journal {item.id}",
        item=shown,
        back=Back("/journal", "Journal"),
    )


@page("GET", "/journal/{id}/raw", role="manager")
async def raw(request: web.Request) -> web.StreamResponse:
    """Give the bytes as they came, as a file: a browser must never run what a stranger sent."""
    item, _channel = await request.app[DB].read(_one, path_id(request))
    return web.Response(
        body=await _body(request, item),
        content_type="text/plain",
        headers={
            "Content-Disposition": f'attachment; filename="journal-{item.id}.txt"',
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


@page("POST", "/journal/{id}/retry", role="manager")
async def retry(request: web.Request) -> web.StreamResponse:
    """Try a failed item again."""
    item = await request.app[DB].write(try_again, path_id(request))
    return await changed(
        request, Toast(text="It is being tried again", href=f"/journal/{item.id}", words="Open it")
    )


@page("POST", "/journal/{id}/release", role="manager")
async def release(request: web.Request) -> web.StreamResponse:
    """Let go on what was set aside: it was real."""
    item = await request.app[DB].write(let_go, path_id(request))
    return await changed(
        request, Toast(text="It goes on its way", href=f"/journal/{item.id}", words="Open it")
    )


def _asked(request: web.Request) -> Asked:
    before = request.query.get("before")
    chosen = request.query.get("filter", "")
    return Asked(
        chosen if chosen in FILTERS else "",
        request.query.get("channel", "").replace("\0", ""),
        decode_cursor(before) if before else None,
    )


async def _body(request: web.Request, item: Inbound) -> bytes:
    if item.blob is None:
        return item.body or b""
    try:
        return await request.app[BLOBS].get(item.blob)
    except FileNotFoundError:
        raise Problem(410, "Its raw bytes are no longer kept.") from None


def _find(session: Session, asked: Asked) -> list[tuple[Inbound, Channel]]:
    wanted = _with_channel().options(defer(Inbound.body)).order_by(Inbound.id.desc()).limit(PER_PAGE + 1)
    if asked.before is not None:
        wanted = wanted.where(Inbound.id < asked.before)
    if asked.filter:
        wanted = wanted.where(FILTERS[asked.filter][1].is_not(None))
    if asked.channel:
        wanted = wanted.where(Channel.name == asked.channel)
    return [(item, channel) for item, channel in session.execute(wanted)]


def _one(session: Session, inbound_id: int) -> tuple[Inbound, Channel]:
    found = session.execute(_with_channel().where(Inbound.id == inbound_id)).one_or_none()
    if found is None:
        raise Problem(404, "There is no such item in the journal.")
    return found[0], found[1]


def _with_channel() -> Select[Inbound, Channel]:
    return select(Inbound, Channel).join(Channel, Channel.id == Inbound.channel_id)
