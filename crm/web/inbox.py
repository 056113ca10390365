"""The inbox: conversations of all channels, the list of them, the one that is read, and the card beside it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import listing
from crm.listing import INBOX, Asked
from crm.web.inbox_menu import menu_of
from crm.web.inbox_reading import Reading, reading_of
from crm.web.inbox_views import PAGES, InboxList, Offers, Shown, list_of, offers
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keyboard import add_key
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, path_id, render, viewer_of

SECTIONS = {"assign", "snooze", "close", "merge"}

add_room(Room(href="/inbox", name=N_("Inbox"), icon="inbox", order=2, tab=True, key="i"))
add_key("a", N_("Assign a conversation"))
add_key("s", N_("Snooze it"))
add_key("r", N_("Reply"))


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """The values of inbox.html; `reading` is None where no conversation is open."""

    list: InboxList
    offers: Offers
    reading: Reading | None


@page("GET", "/inbox")
async def room(request: web.Request) -> web.StreamResponse:
    """Show the list; on a wide screen with room for a conversation beside it."""
    return await _show(request, 0)


@page("GET", "/inbox/list")
async def listed(request: web.Request) -> web.StreamResponse:
    """Show the list alone; to a browser without scripts the room."""
    shown = _shown(request.query)
    if not is_fragment(request):
        return await _show(request, shown.current)
    found = await request.app[DB].read(list_of, viewer_of(request), shown)
    return await render(request, "_inbox_list.html", list=found)


@page("GET", "/inbox/{id}")
async def conversation(request: web.Request) -> web.StreamResponse:
    """Show a conversation beside the list; on a phone alone."""
    return await _show(request, path_id(request))


@page("GET", "/inbox/{id}/reading")
async def reading(request: web.Request) -> web.StreamResponse:
    """Show the conversation alone."""
    return await _part(request, "_inbox_reading.html")


@page("GET", "/inbox/{id}/writing")
async def writing(request: web.Request) -> web.StreamResponse:
    """Show where it is answered alone."""
    return await _part(request, "_inbox_writing.html")


@page("GET", "/inbox/{id}/beside")
async def beside(request: web.Request) -> web.StreamResponse:
    """Show the card beside it alone."""
    return await _part(request, "_inbox_beside.html")


@page("GET", "/inbox/{id}/deeds")
async def deeds(request: web.Request) -> web.StreamResponse:
    """Show what can be done with a conversation; to a browser without scripts as a page."""
    section = request.query.get("open", "")
    found = await request.app[DB].read(menu_of, viewer_of(request), path_id(request))
    template = "_inbox_menu.html" if is_fragment(request) else "inbox_menu.html"
    return await render(
        request,
        template,
        title=found.subject,
        sub="",
        open=section if section in SECTIONS else "",
        menu=found,
    )


async def _part(request: web.Request, template: str) -> web.StreamResponse:
    asked = listing.read(request.query, INBOX)
    most = _most(request)
    found = await request.app[DB].read(reading_of, viewer_of(request), path_id(request), asked, most)
    return await render(request, template, reading=found, writing=found.writing)


async def _show(request: web.Request, current: int) -> web.StreamResponse:
    shown = _shown(request.query)._replace(current=current)
    whole = await request.app[DB].read(_whole, viewer_of(request), shown, _most(request))
    title = _("Inbox")
    return await render(
        request, "inbox.html", title=title, sub="", list=whole.list, offers=whole.offers, back=None,
        reading=whole.reading, shares=viewer_of(request).sees_all,
    )  # fmt: skip


def _whole(session: Session, viewer: Viewer, shown: Shown, most: int | None) -> Whole:
    read = reading_of(session, viewer, shown.current, shown.asked, most) if shown.current else None
    if read is not None:
        shown = shown._replace(current=read.id)
    return Whole(
        list=list_of(session, viewer, shown), offers=offers(session, viewer, shown.asked), reading=read
    )


def _most(request: web.Request) -> int | None:
    return listing.number(request.query.get("most"))


def _shown(query: Mapping[str, str]) -> Shown:
    asked: Asked = listing.read(query, INBOX)
    pages = min(listing.number(query.get("pages")) or 1, PAGES)
    return Shown(asked, pages, listing.number(query.get("current")) or 0)
