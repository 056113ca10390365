"""How fast each mailbox may write to many: what an admin settles, and what holds at the moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import letter_boxes, pace_changes, paces
from crm.desk import Refusal
from crm.letter_boxes import Box
from crm.pace_changes import KIND, Limits
from crm.paces import FIRST_DAY, WARM
from hub.channels import Channel
from hub.clock import now
from hub.languages import N_, _
from hub.users import User, Viewer
from hub.web.audit_kinds import Kind, add_kind, named
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/paces"
DIGITS = 9


class Slowed(msgspec.Struct, frozen=True):
    """A domain that is written to more slowly, since it says "not now", or our own mail server that does."""

    domain: str
    part: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A mailbox in the list of them; `warm` is how many letters an hour its plan allows today, None after it."""

    id: int
    title: str
    address: str
    limits: Limits
    warm: int | None
    domains: int
    slowed: int


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _pace.html."""

    line: Line
    signs: bool
    warms_from: datetime | None
    vouched_at: datetime | None
    vouched_by: str
    domains: Sequence[tuple[str, int]]
    slowed: Sequence[Slowed]


add_room(
    Room(href=HOME, name=N_("Pace of campaigns"), icon="clock", order=67, role="admin", within="/settings",
         about=N_("How many letters a mailbox may send an hour, and to whom more slowly"))
)  # fmt: skip


def _labels(_session: Session, _viewer: Viewer) -> Mapping[str, str]:
    return {"per_hour": _("Letters an hour"), "warms": _("Warmed up"), "vouched": _("Its mail server signs")}


add_kind(Kind(KIND, N_("Pace of a mailbox"), f"{HOME}/{{id}}", named(Channel), labels=_labels))


@page("GET", HOME, role="admin")
async def every(request: web.Request) -> web.StreamResponse:
    """Show the mailboxes."""
    lines = await request.app[DB].read(_lines)
    return await render(request, "paces.html", title=_("Pace of campaigns"), lines=lines,
                        back=Back("/settings", _("Settings")))  # fmt: skip


@page("GET", "/paces/{id}", role="admin")
async def one(request: web.Request) -> web.StreamResponse:
    """Show one."""
    shown = await request.app[DB].read(_shown, path_id(request))
    template = "_pace.html" if is_fragment(request) else "pace.html"
    return await render(request, template, title=shown.line.title, sub=shown.line.address, pace=shown,
                        first_day=FIRST_DAY, days=WARM, back=Back(HOME, _("Pace of campaigns")))  # fmt: skip


@page("POST", "/paces/{id}", role="admin")
async def settle(request: web.Request) -> web.StreamResponse:
    """Have it write so."""
    await request.app[DB].write(_settle, viewer_of(request), path_id(request), await form(request))
    return await changed(request, Toast(text=_("Saved")), back=f"{HOME}/{path_id(request)}")


@page("POST", "/paces/{id}/domains", role="admin")
async def limit(request: web.Request) -> web.StreamResponse:
    """Limit a receiving domain."""
    domain = await request.app[DB].write(_limit, viewer_of(request), path_id(request), await form(request))
    return await changed(
        request, Toast(text=_("Saved: %(name)s", name=domain)), back=f"{HOME}/{path_id(request)}"
    )


@page("DELETE", "/paces/{id}/domains", role="admin")
async def unlimit(request: web.Request) -> web.StreamResponse:
    """Limit it no more."""
    domain = await request.app[DB].write(_unlimit, viewer_of(request), path_id(request), await form(request))
    toast = Toast(text=_("%(domain)s has no limit any more", domain=domain))
    return await changed(request, toast, back=f"{HOME}/{path_id(request)}")


def _lines(session: Session) -> list[Line]:
    return [_line(session, each) for each in letter_boxes.boxes(session)]


def _line(session: Session, box: Box) -> Line:
    moment, row = now(), paces.known(session, box.id)
    return Line(
        id=box.id, title=box.title, address=box.address, limits=pace_changes.limits_of(row, moment),
        warm=row.warm(moment) if row else None, domains=len(pace_changes.limited(session, box.id)),
        slowed=len(pace_changes.slowed(session, box.id, moment)),
    )  # fmt: skip


def _box(session: Session, channel_id: int) -> Box:
    box = letter_boxes.box(session, channel_id)
    if box is None:
        raise Problem(404, _("There is no such mailbox."))
    return box


def _shown(session: Session, channel_id: int) -> Shown:
    box, row, moment = _box(session, channel_id), paces.known(session, channel_id), now()
    who = session.get(User, row.vouched_by) if row and row.vouched_by else None
    signs = bool(session.get_one(Channel, channel_id).settings.get("dkim_selector", ""))
    return Shown(
        line=_line(session, box), signs=signs, warms_from=row.warms_from if row else None,
        vouched_at=row.vouched_at if row else None, vouched_by=who.name if who else "",
        domains=[(each.domain, each.per_hour or 0) for each in pace_changes.limited(session, channel_id)],
        slowed=[Slowed(each.domain or _("Its own mail server"), 1 << each.halved(moment))
                for each in pace_changes.slowed(session, channel_id, moment)],
    )  # fmt: skip


def _settle(session: Session, viewer: Viewer, channel_id: int, fields: Mapping[str, str]) -> None:
    box = _box(session, channel_id)
    wanted = Limits(
        per_hour=_number(fields.get("per_hour", "")), warms="warms" in fields, vouched="vouched" in fields
    )
    pace_changes.settle(session, viewer, box.id, wanted)


def _limit(session: Session, viewer: Viewer, channel_id: int, fields: Mapping[str, str]) -> str:
    number = _number(fields.get("per_hour", ""))
    if number is None:
        raise Refusal(_("Say how many letters an hour."))
    return pace_changes.limit(session, viewer, _box(session, channel_id).id, fields.get("domain", ""), number)


def _unlimit(session: Session, viewer: Viewer, channel_id: int, fields: Mapping[str, str]) -> str:
    return pace_changes.limit(session, viewer, _box(session, channel_id).id, fields.get("domain", ""), None)


def _number(text: str) -> int | None:
    """Read how many an hour; None for none, and what is no number is one that is refused."""
    text = text.strip().replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else 0
