"""The room Contacts: everybody one sees, in columns of choice, sorted, filtered, counted, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aiohttp import web
from sqlalchemy.orm import Session
from yarl import URL

from crm import listing, views, wanted
from crm.listing import Asked
from crm.wanted import Row, Unreadable
from crm.web.contact_filters import Chips, Offered, chips, offered
from crm.web.contact_lines import BY_DEFAULT, Column, Line, chosen, columns_for, lines
from crm.web.similar import Link, similar
from crm.web.totals import keep_total, known_total
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, render, viewer_of
from hub.web.problems import Problem

ROOM = "contacts"
PER_PAGE = 50
COUNTED = 1000  # more than this is counted aside, while the rows are read already

add_room(Room(href="/contacts", name=N_("Contacts"), icon="people", order=3, tab=True, key="c"))


class Found(NamedTuple):
    """One page of the list; `similar` where nothing was found, `total` where it is known already."""

    lines: list[Line]
    columns: list[Column]
    all_columns: list[Column]
    next: str
    total: int | None
    similar: list[Link]
    offered: Offered | None
    chips: Chips | None


@page("GET", "/contacts")
async def contacts(request: web.Request) -> web.StreamResponse:
    """Show whoever is wanted; a script asks for the list alone, or for its next rows."""
    asked, after = listing.read(request.query), request.query.get("after", "")
    found = await _found(request, asked, after)
    template = "contacts.html"
    if is_fragment(request):
        template = "_contact_rows.html" if after else "_contacts.html"
    return await render(
        request, template, title=_("Contacts"), q=asked.q, asked=asked, here=address(asked),
        query=str(URL.build(query=asked.pairs()).query_string), contacts=found.lines, found=found,
        columns=found.columns, sorts=sorts(asked), total=found.total, counting=address(asked, "/contacts/total"),
        similar=found.similar, offered=found.offered, chips=found.chips,
        next=address(asked, after=found.next) if found.next else "",
    )  # fmt: skip


@page("GET", "/contacts/total")
async def total(request: web.Request) -> web.StreamResponse:
    """Count them, however many they are."""
    viewer, asked = viewer_of(request), listing.read(request.query)
    number = await all_of(request, viewer, asked)
    here = address(asked, "/contacts/total")
    template = "_total.html" if is_fragment(request) else "total.html"
    return await render(
        request, template, title=_("Contacts"), total=number, counting=here, back_to=address(asked)
    )


async def all_of(request: web.Request, viewer: Viewer, asked: Asked) -> int:
    """Give how many are wanted; a count is kept for a minute."""
    db = request.app[DB]
    number = known_total(viewer, asked, db)
    if number is None:
        number = await db.read(wanted.count, viewer, asked)
        keep_total(viewer, asked, db, number)
    return number


def address(asked: Asked, path: str = "/contacts", *, after: str = "") -> str:
    """Give the address of a list."""
    return str(URL(path).with_query(({"after": after} if after else {}) | asked.pairs()))


def sorts(asked: Asked) -> dict[str, tuple[str, str]]:
    """Give the address of each order, and how the list is sorted by it now: a press turns it."""
    now_by, down = asked.order
    found = {}
    for name in listing.SORTS:
        first = "-" if name in {listing.LAST, listing.CHANGED, listing.MADE} else ""
        turned = ("" if down else "-") if name == now_by else first
        direction = ("descending" if down else "ascending") if name == now_by else ""
        found[name] = (address(asked.but(sort=f"{turned}{name}")), direction)
    return found


async def _found(request: web.Request, asked: Asked, after: str) -> Found:
    try:
        viewer, whole = viewer_of(request), not is_fragment(request)
        known = known_total(viewer, asked, request.app[DB])
        return await request.app[DB].read(_find, viewer, asked, after, known, whole=whole)
    except Unreadable:
        raise Problem(
            400, _("This address is not complete. Go back to the list and open it again.")
        ) from None


def _find(
    session: Session, viewer: Viewer, asked: Asked, after: str, known: int | None, *, whole: bool
) -> Found:  # fmt: skip
    rows = wanted.rows(session, viewer, asked, after, PER_PAGE + 1)
    every = columns_for(session, viewer)
    shown = lines(session, viewer, rows[:PER_PAGE])
    return Found(
        lines=shown, columns=chosen(every, column_names(session, viewer, asked)), all_columns=every,
        next=str(rows[PER_PAGE - 1].place) if len(rows) > PER_PAGE else "",
        total=None if after else _total(session, viewer, asked, rows, known),
        similar=similar(session, viewer, asked.q) if asked.q and not rows and not after else [],
        offered=offered(session, viewer) if whole else None,
        chips=chips(session, viewer, asked) if whole or not after else None,
    )  # fmt: skip


def column_names(session: Session, viewer: Viewer, asked: Asked) -> Sequence[str]:
    """Give the columns that are shown: the view's, else the viewer's own, else those that most want."""
    if asked.columns is not None:
        return asked.columns
    own = views.columns_of(session, viewer, ROOM)
    return BY_DEFAULT if own is None else listing.columns_of(own.split(","))


def _total(
    session: Session, viewer: Viewer, asked: Asked, rows: Sequence[Row], known: int | None
) -> int | None:  # fmt: skip
    """Give how many there are, where that is known soon: all of them are here, or few are to be counted."""
    if len(rows) <= PER_PAGE:
        return len(rows)
    if known is not None or asked.q or asked.fields or asked.has or asked.open:
        return known
    number = wanted.count(session, viewer, asked, COUNTED + 1)
    return number if number <= COUNTED else None
