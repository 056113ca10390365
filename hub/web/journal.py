"""The journal's room: everything that came in, and what became of it. For managers and admins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from hub.channels import Channel, LiveChannel
from hub.clock import now
from hub.journal import Inbound
from hub.web.frame import COMPANY, Room, add_room
from hub.web.journal_item import ICONS, Row, let_go, row, try_again, whole
from hub.web.keys import BLOBS, CHANNELS, DB, SETTINGS
from hub.web.moments import midnight
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render
from hub.web.paging import decode_cursor, encode_cursor
from hub.web.problems import Problem

PER_PAGE = 50
FILTERS = {
    "failed": ("Failed", Inbound.failed_at), "waiting": ("Waiting", Inbound.due_at),
    "set-aside": ("Set aside", Inbound.set_aside_at),
}  # fmt: skip

add_room(Room(href="/journal", name="Journal", icon="journal", order=80, role="manager"))


@dataclass(frozen=True, slots=True)
class Asked:
    """Which items somebody asks for."""

    filter: str
    channel: str
    before: int | None

    def address(self, **other: str) -> str:
        """Give the address of this list, or of one that differs in `filter`, `channel` or `before`."""
        wanted = {"filter": self.filter, "channel": self.channel, **other}
        query = urlencode({name: value for name, value in wanted.items() if value})
        return f"/journal?{query}" if query else "/journal"


class Back(msgspec.Struct, frozen=True):
    """A step back."""

    href: str
    words: str


class Rows(msgspec.Struct, frozen=True):
    """One page of the list."""

    items: list[Row]
    next: str


class Stat(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that opens its rows."""

    name: str
    value: int
    href: str
    note: str = ""
    state: str = ""


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A filter to choose."""

    words: str
    href: str
    current: bool
    count: int = 0
    icon: str = ""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What came today and became of it, and what is open from any day."""

    received: int
    last_at: datetime | None
    became: int
    set_aside: int
    waiting: int
    failed: int


@page("GET", "/journal", role="manager")
async def journal(request: web.Request) -> web.StreamResponse:
    """Show the list, newest first."""
    asked = _asked(request)
    company = request.app[COMPANY]()
    items = await request.app[DB].read(_find, asked)
    listed = [row(item, channel.name, channel.kind, company.zone) for item, channel in items[:PER_PAGE]]
    older = asked.address(before=encode_cursor(listed[-1].id)) if len(items) > PER_PAGE else ""
    here, shown = request.path_qs, Rows(listed, older)
    if is_fragment(request):
        return await render(request, "_journal_rows.html", here=here, journal=shown)
    counts = await request.app[DB].read(_count, midnight(company.zone))
    channels = request.app[CHANNELS]
    return await render(
        request, "journal.html", title="Journal", sub="Everything that came in, and what became of it", here=here,
        journal=shown, failed=counts.failed if asked.filter != "failed" else 0, stats=list(_stats(counts)),
        filters=list(_chips(asked, counts, channels)), kept_days=request.app[SETTINGS].journal_days,
    )  # fmt: skip


@page("GET", "/journal/{id}", role="manager")
async def one(request: web.Request) -> web.StreamResponse:
    """Show one item with everything about it."""
    item, channel = await request.app[DB].read(_one, path_id(request))
    shown = whole(item, channel.name, channel.kind, request.app[COMPANY]().zone, await _body(request, item))
    return await render(request, "journal_item.html", title=shown.sender, sub=f"Journal {item.id}", item=shown,
                        back=Back("/journal", "Journal"))  # fmt: skip


@page("GET", "/journal/{id}/raw", role="manager")
async def raw(request: web.Request) -> web.StreamResponse:
    """Give the bytes as they came, as a file: a browser must never run what a stranger sent."""
    item, _channel = await request.app[DB].read(_one, path_id(request))
    return web.Response(
        body=await _body(request, item), content_type="text/plain",
        headers={"Content-Disposition": f'attachment; filename="journal-{item.id}.txt"', "Cache-Control": "no-store",
                 "Content-Security-Policy": "default-src 'none'; sandbox"},
    )  # fmt: skip


@page("POST", "/journal/{id}/retry", role="manager")
async def retry(request: web.Request) -> web.StreamResponse:
    """Try a failed item again."""
    item = await request.app[DB].write(try_again, path_id(request))
    return await changed(request, Toast(text="It is being tried again", href=f"/journal/{item.id}", words="Open it"))


@page("POST", "/journal/{id}/release", role="manager")
async def release(request: web.Request) -> web.StreamResponse:
    """It was real: let go on what was set aside."""
    item = await request.app[DB].write(let_go, path_id(request))
    return await changed(request, Toast(text="It goes on its way", href=f"/journal/{item.id}", words="Open it"))


def _asked(request: web.Request) -> Asked:
    before = request.query.get("before")
    chosen = request.query.get("filter", "")
    return Asked(chosen if chosen in FILTERS else "", request.query.get("channel", "").replace("\0", ""),
                 decode_cursor(before) if before else None)  # fmt: skip


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


def _count(session: Session, since: datetime) -> Counts:
    """Count what came since a moment. Ids grow with time, so walking back over them touches no older item."""
    before = session.scalar(select(Inbound.id).where(Inbound.received_at < since).order_by(Inbound.id.desc()).limit(1))
    received, became, set_aside, last_at = session.execute(
        select(func.count(), func.count(Inbound.done_at), func.count(Inbound.set_aside_at), func.max(Inbound.received_at))
        .where(Inbound.id > (before or 0))
    ).one()  # fmt: skip

    def still_open(column: InstrumentedAttribute[datetime | None]) -> int:
        return session.scalar(select(func.count()).where(column.is_not(None))) or 0

    return Counts(received=received, last_at=last_at, became=became, set_aside=set_aside,
                  waiting=still_open(Inbound.due_at), failed=still_open(Inbound.failed_at))  # fmt: skip


def _stats(counts: Counts) -> Iterable[Stat]:
    yield Stat(name="Received today", value=counts.received, note=_ago(counts.last_at), href="/journal")
    yield Stat(name="Became something", value=counts.became, note="today", href="/journal")
    yield Stat(name="Set aside", value=counts.set_aside, note="today", href="/journal?filter=set-aside")
    yield Stat(name="Waiting", value=counts.waiting, href="/journal?filter=waiting",
               note="being read" if counts.waiting else "nothing waits", state="soon" if counts.waiting else "ok")  # fmt: skip
    yield Stat(name="Failed", value=counts.failed, note="nothing is lost", href="/journal?filter=failed",
               state="late" if counts.failed else "ok")  # fmt: skip


def _ago(moment: datetime | None) -> str:
    if moment is None:
        return "nothing yet"
    seconds = int((now() - moment).total_seconds())
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"last {seconds // size} {unit} ago"
    return f"last {max(0, seconds)} s ago"


def _chips(asked: Asked, counts: Counts, channels: Iterable[LiveChannel]) -> Iterable[Chip]:
    known = {"failed": counts.failed, "waiting": counts.waiting}
    yield Chip(words="Everything", href=asked.address(filter="", channel=""), current=not (asked.filter or asked.channel))
    for name, (words, _column) in FILTERS.items():
        yield Chip(words=words, count=known.get(name, 0), href=asked.address(filter=name), current=asked.filter == name)
    for channel in channels:
        yield Chip(words=channel.title, icon=ICONS.get(channel.kind, "journal"),
                   href=asked.address(channel=channel.name), current=asked.channel == channel.name)  # fmt: skip
