"""The page of each list: all that one sees, in columns of choice, sorted, filtered, counted, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from aiohttp import web
from sqlalchemy.orm import Session

from crm import listing
from crm.legs import Unreadable
from crm.listing import NEWEST_FIRST, Asked
from crm.web import filters
from crm.web.calls import CALLS
from crm.web.chips import Chips, chips
from crm.web.columns import Column
from crm.web.contacts import CONTACTS
from crm.web.filters import Filter, Pairs
from crm.web.lists import List, address, query_of, shown_columns
from crm.web.organisations import ORGANISATIONS
from crm.web.similar import Link
from crm.web.totals import figure, keep_total, known_total
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, render, viewer_of
from hub.web.problems import Problem

PER_PAGE = 30
COUNTED = 1000  # more than this is counted aside, while the rows are read already

LISTS: tuple[List[Any, Any], ...] = (CONTACTS, ORGANISATIONS, CALLS)


class Offered(NamedTuple):
    """What stands in the menus of a whole page: filters, whom many can be given to, and what can be filled in."""

    filters: Sequence[Filter]
    givable: Pairs
    fillable: object


class Found(NamedTuple):
    """One page of a list; `similar` where nothing was found, `total` where it is known already, else `least`."""

    lines: Sequence[object]
    columns: list[Column]
    all_columns: list[Column]
    next: str
    total: int | None
    least: int
    similar: list[Link]
    offered: Offered | None
    chips: Chips | None


async def show(listed: List[Any, Any], request: web.Request) -> web.StreamResponse:
    """Show whatever is wanted; a script asks for the list alone, or for its next rows."""
    asked, after = listing.read(request.query, listed.kind), request.query.get("after", "")
    found = await _found(request, listed, asked, after)
    name = listed.kind.name
    template = f"{name}.html"
    if is_fragment(request):
        template = "_list_rows.html" if after else f"_{name}.html"
    return await render(
        request, template, title=_(listed.title), listed=listed, asked=asked, here=address(asked),
        query=query_of(asked), shares=viewer_of(request).sees_all,
        lines=found.lines, columns=found.columns, all_columns=found.all_columns,
        sorts=sorts(asked), chips=found.chips, offered=found.offered, similar=found.similar,
        total=found.total, told=_told(listed, found.total, found.least), counting=address(asked, "/total"),
        next=address(asked, after=found.next) if found.next else "",
    )  # fmt: skip


async def total(listed: List[Any, Any], request: web.Request) -> web.StreamResponse:
    """Count them, however many they are."""
    viewer, asked = viewer_of(request), listing.read(request.query, listed.kind)
    number = await _all_of(request, listed, viewer, asked)
    template = "_total.html" if is_fragment(request) else "total.html"
    return await render(
        request, template, title=_(listed.title), total=number, told=listed.counted(number),
        counting=address(asked, "/total"), back_to=address(asked),
    )  # fmt: skip


for _listed in LISTS:
    page("GET", _listed.kind.href)(partial(show, _listed))
    page("GET", f"{_listed.kind.href}/total")(partial(total, _listed))


def sorts(asked: Asked) -> dict[str, tuple[str, str]]:
    """Give the address of each order, and how the list is sorted by it now: a press turns it."""
    now_by, down = asked.order
    found = {}
    for name in asked.kind.sorts:
        turned = not down if name == now_by else name in NEWEST_FIRST
        direction = ("descending" if down else "ascending") if name == now_by else ""
        found[name] = (address(asked.sorted_by(name, down=turned)), direction)
    return found


async def _all_of(request: web.Request, listed: List[Any, Any], viewer: Viewer, asked: Asked) -> int:
    """Give how many are wanted; a count is kept for a minute."""
    db = request.app[DB]
    number = known_total(viewer, asked, db)
    if number is None:
        number = await db.read(listed.count, viewer, asked, listing.MOST)
        keep_total(viewer, asked, db, number)
    return number


async def _found(request: web.Request, listed: List[Any, Any], asked: Asked, after: str) -> Found:
    try:
        viewer, whole = viewer_of(request), not is_fragment(request)
        known = known_total(viewer, asked, request.app[DB])
        return await request.app[DB].read(_find, viewer, listed, asked, after, known, whole=whole)
    except Unreadable:
        raise Problem(
            400, _("This address is not complete. Go back to the list and open it again.")
        ) from None


def _find(
    session: Session, viewer: Viewer, listed: List[Any, Any], asked: Asked, after: str, known: int | None, *,
    whole: bool,
) -> Found:  # fmt: skip
    rows = listed.rows(session, viewer, asked, after, PER_PAGE + 1)
    number, least = (None, 0) if after else _total(session, viewer, listed, asked, len(rows), known)
    nothing = bool(asked.q) and not rows and not after
    return Found(
        lines=listed.lines(session, viewer, rows[:PER_PAGE]),
        columns=shown_columns(session, viewer, listed, asked), all_columns=listed.columns(session, viewer),
        next=str(rows[PER_PAGE - 1].place) if len(rows) > PER_PAGE else "", total=number, least=least,
        similar=listed.similar(session, viewer, asked.q) if nothing else [],
        offered=_offered(session, viewer, listed, asked) if whole else None,
        chips=chips(session, viewer, listed, asked) if whole or not after else None,
    )  # fmt: skip


def _offered(session: Session, viewer: Viewer, listed: List[Any, Any], asked: Asked) -> Offered:
    return Offered(
        listed.filters(session, viewer, asked), filters.givable(session), listed.fillable(session, viewer)
    )


def _total(
    session: Session, viewer: Viewer, listed: List[Any, Any], asked: Asked, found: int, known: int | None
) -> tuple[int | None, int]:
    """Give how many there are, where that is known soon, else how many at least: all are here, or few are counted."""
    if found <= PER_PAGE:
        return found, found
    if known is not None or not listed.counts_soon(viewer, asked):
        return known, PER_PAGE
    number = listed.count(session, viewer, asked, COUNTED + 1)
    return (number if number <= COUNTED else None), COUNTED


def _told(listed: List[Any, Any], number: int | None, least: int) -> str:
    return listed.counted(number) if number is not None else _(listed.more, many=figure(least))
