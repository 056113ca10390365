"""The room Audit: who changed, read or exported what, and the history of every record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session
from yarl import URL

from hub import audit
from hub.audit_search import Search, search
from hub.languages import N_, _, listener
from hub.users import User, Viewer
from hub.web.audit_kinds import KINDS, LABELS, kind_of
from hub.web.audit_views import Shown, shown
from hub.web.frame import COMPANY, Back, Room, add_room, has_role
from hub.web.keys import DB
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render, viewer_of
from hub.web.paging import decode_cursor, encode_cursor
from hub.web.problems import Problem

PER_PAGE = 50
LONGEST = 100
ID_DIGITS = 18
FIELDS = ("who", "kind", "id", "verb", "field", "q", "since", "until")

add_room(
    Room(href="/audit", name=N_("Audit"), icon="shield", order=90, role="manager", within="/settings",
         about=N_("Who changed, read or exported what, and when"))
)  # fmt: skip


class Option(msgspec.Struct, frozen=True):
    """Something to choose."""

    value: str
    name: str


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One page of entries. `looked`: older ones were not looked through yet."""

    entries: Sequence[Shown]
    next: str
    looked: bool = False


@page("GET", "/audit", role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show what was done, newest first, as far as it was asked for."""
    asked = {name: request.query.get(name, "").replace("\0", "").strip()[:LONGEST] for name in FIELDS}
    zone = listener().zone or request.app[COMPANY]().zone
    wanted = _search(asked, zone, request.query.get("before", ""))
    viewer = viewer_of(request)
    listed, people, reads = await request.app[DB].read(_every, viewer, wanted, asked, zone)
    return await render(
        request, "_audit.html" if is_fragment(request) else "audit.html", title=_("Audit"),
        sub=_("Who did what, and when"), audit=listed, asked=asked, people=people, kinds=_kinds(),
        verbs=[Option(verb, _(verb).capitalize()) for verb in audit.VERBS], fields=_fields(), reads=reads,
        admin=has_role(viewer, "admin"),
    )  # fmt: skip


@page("GET", "/audit/{kind}/{id}")
async def one(request: web.Request) -> web.StreamResponse:
    """Show what was done to one record, to whoever may see it."""
    kind, record_id = request.match_info["kind"], path_id(request)
    zone = listener().zone or request.app[COMPANY]().zone
    before = request.query.get("before", "")
    wanted = Search(kind=kind, record_id=record_id, before=decode_cursor(before) if before else None)
    name, listed = await request.app[DB].read(_one, viewer_of(request), wanted, zone)
    told = kind_of(kind)
    return await render(
        request, "_audit_record.html" if is_fragment(request) else "audit_record.html", title=_("History"), sub=name,
        audit=listed, back=Back(told.href.format(id=record_id), name) if told.href and name else None,
        record=name, kind=_(told.name),
    )  # fmt: skip


@page("POST", "/audit/silence", role="admin")
async def silence(request: web.Request) -> web.StreamResponse:
    """Write down no more who reads what."""
    await request.app[DB].write(audit.switch_reads, viewer_of(request), on=False)
    return await changed(request, Toast(text=_("Reading is no longer written down"), undo="/audit/silence"))


@page("DELETE", "/audit/silence", role="admin")
async def end_silence(request: web.Request) -> web.StreamResponse:
    """Write down again who reads what."""
    await request.app[DB].write(audit.switch_reads, viewer_of(request), on=True)
    return await changed(request, Toast(text=_("Reading is written down")))


def _search(asked: Mapping[str, str], zone: ZoneInfo, before: str) -> Search:
    since, until = _day(asked["since"]), _day(asked["until"])
    return Search(
        user_id=_number(asked["who"]), kind=asked["kind"], record_id=_number(asked["id"]), verb=asked["verb"],
        field=asked["field"], words=asked["q"], since=_midnight(since, zone),
        until=_midnight(until + timedelta(days=1), zone) if until and until < date.max else None,
        before=decode_cursor(before) if before else None,
    )  # fmt: skip


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return None


def _every(
    session: Session, viewer: Viewer, wanted: Search, asked: Mapping[str, str], zone: ZoneInfo
) -> tuple[Listed, list[Option], bool]:
    found = search(session, wanted, PER_PAGE)
    people = session.execute(select(User.id, User.name).order_by(User.name))
    address = ""
    if found.next:
        query = {name: value for name, value in asked.items() if value}
        address = str(URL("/audit").with_query({**query, "before": encode_cursor(found.next)}))
    return (
        Listed(entries=shown(session, viewer, found.entries, zone), next=address, looked=found.looked),
        [Option(str(user_id), name) for user_id, name in people],
        audit.reads_on(session),
    )


def _one(session: Session, viewer: Viewer, wanted: Search, zone: ZoneInfo) -> tuple[str, Listed]:
    kind, record_id = kind_of(wanted.kind), wanted.record_id or 0
    if not (viewer.sees_all or kind.sees(session, viewer, record_id)):
        raise Problem(404, _("There is no such record, or it is not yours to see."))
    found = search(session, wanted, PER_PAGE)
    name = kind.names(session, [record_id]).get(record_id, "")
    # Who looked at a record is for those who answer for it.
    entries = [each for each in found.entries if viewer.sees_all or each.verb != audit.READ]
    path = f"/audit/{wanted.kind}/{record_id}"
    address = f"{path}?before={encode_cursor(found.next)}" if found.next else ""
    return name, Listed(entries=shown(session, viewer, entries, zone), next=address)


def _kinds() -> list[Option]:
    return sorted((Option(kind.key, _(kind.name)) for kind in KINDS.values()), key=lambda each: each.name)


def _fields() -> list[Option]:
    names = {_(label): field for field, label in LABELS.items()}
    return [Option(field, name) for name, field in sorted(names.items())]
