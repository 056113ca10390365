"""The room Black and VIP list: numbers that are refused, and those that come first in every queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session
from yarl import URL

from crm import caller_lists, numbers
from crm.caller_lists import LISTS, VIP, ListedCaller
from crm.setup import setup
from hub.languages import N_, _, ngettext
from hub.users import User, Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/callers"
USUAL = "10"

add_room(
    Room(href=HOME, name=N_("Black and VIP list"), icon="phone", order=58, role="head", within="/settings",
         about=N_("Numbers whose calls are refused, and those that come first in every queue"))
)  # fmt: skip


class CallerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One number. `href` searches for whose it is."""

    id: int
    number: str
    list: str
    words: str
    priority: int
    why: str
    by: str
    at: datetime
    href: str


@page("GET", "/callers", role="head")
async def every(request: web.Request) -> web.StreamResponse:
    """Show the lists."""
    rows = await request.app[DB].read(_rows)
    template = "_caller_lists.html" if is_fragment(request) else "caller_lists.html"
    return await render(
        request, template, title=_("Black and VIP list"), rows=rows,
        sub=_("They hold on the PBX also while this hub is away"),
        lists=[(key, _(words)) for key, words in LISTS.items()],
        written=request.query.get("number", ""), usual=USUAL,
    )  # fmt: skip


@page("POST", "/callers", role="head")
async def put(request: web.Request) -> web.StreamResponse:
    """Put a number on a list."""
    fields = await form(request)
    priority = fields.get("priority", USUAL).strip() or USUAL
    if not (priority.isascii() and priority.isdigit() and 1 <= int(priority[:4]) <= caller_lists.MOST_URGENT):
        raise Problem(422, _("A priority is a number from 1 to %(most)s.", most=caller_lists.MOST_URGENT))
    row_id, words = await request.app[DB].write(
        _put, viewer_of(request), fields.get("number", ""), fields.get("list", ""), int(priority),
        fields.get("why", ""),
    )  # fmt: skip
    return await changed(request, Toast(text=words, undo=f"{HOME}/{row_id}"), back=HOME)


@page("DELETE", "/callers/{id}", role="head")
async def take_off(request: web.Request) -> web.StreamResponse:
    """Take a number off its list."""
    number = await request.app[DB].write(_take_off, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Taken off: %(number)s", number=number)), back=HOME)


@page("POST", "/callers/pbx", role="head")
async def tell_again(request: web.Request) -> web.StreamResponse:
    """Write all of it to every PBX again."""
    count = await request.app[DB].write(caller_lists.tell_again)
    words = ngettext("%(num)s number is written", "%(num)s numbers are written", count)
    return await changed(request, Toast(text=words), back=HOME)


def _rows(session: Session) -> Sequence[CallerRow]:
    names = dict(session.execute(select(User.id, User.name)).all())
    return [_row(session, row, names.get(row.by or 0, "")) for row in caller_lists.every(session)]


def _row(session: Session, row: ListedCaller, by: str) -> CallerRow:
    return CallerRow(
        id=row.id, number=_shown(session, row.number), list=row.list, words=_(LISTS[row.list]),
        priority=row.priority, why=row.why, by=by, at=row.at, href=str(URL("/search").with_query(q=row.number)),
    )  # fmt: skip


def _put(
    session: Session, viewer: Viewer, number: str, which: str, priority: int, why: str
) -> tuple[int, str]:
    row = caller_lists.put(session, viewer, number, which, priority, why)
    shown = _shown(session, row.number)
    words = (
        _("%(number)s is a VIP", number=shown) if which == VIP else _("%(number)s is blocked", number=shown)
    )
    return row.id, words


def _take_off(session: Session, viewer: Viewer, row_id: int) -> str:
    row = session.get(ListedCaller, row_id)
    if row is None:
        raise Problem(404, _("This number is on no list any more."))
    shown = _shown(session, row.number)
    caller_lists.take_off(session, viewer, row)
    return shown


def _shown(session: Session, number: str) -> str:
    return numbers.display(number, setup(session).company.country)
