"""The block list: whose requests wait for a person, whatever they say. It grows by a click on what was set aside."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import blocked, chat_junk
from crm.blocked import KIND, KINDS, BlockedSender
from crm.web.chat_kinds import kind_in_words
from hub.connector import Raw
from hub.events import FormSubmitted, MessageReceived
from hub.journal import Inbound
from hub.languages import N_, _
from hub.users import User, Viewer
from hub.web.audit_kinds import Kind, add_kind
from hub.web.frame import Back, Room, add_room
from hub.web.keys import BLOBS, CHANNELS, DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/blocked"

add_room(
    Room(href=HOME, name=N_("Blocked senders"), icon="shield", order=59, role="manager", within="/settings",
         about=N_("Whose requests are set aside: addresses, numbers and words"))
)  # fmt: skip


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One that is blocked; whom a messenger knows stands there by his name.

    `item` is what it was blocked at, None where somebody wrote it here.
    """

    id: int
    kind: str
    value: str
    by: str
    at: datetime
    item: int | None


@page("GET", "/blocked", role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show the list."""
    template = "_blocked.html" if is_fragment(request) else "blocked.html"
    return await render(
        request, template, title=_("Blocked senders"), sub=_("What they send waits for a person; nobody is refused"),
        rows=await request.app[DB].read(_lines), kinds=[(kind, _(words)) for kind, words in KINDS.items()],
        back=Back("/settings", _("Settings")),
    )  # fmt: skip


@page("POST", "/blocked", role="manager")
async def put(request: web.Request) -> web.StreamResponse:
    """Block what somebody wrote."""
    fields = await form(request)
    row = await request.app[DB].write(
        blocked.put, viewer_of(request), fields.get("kind", ""), fields.get("value", "")
    )
    return await changed(
        request, Toast(text=_("Blocked: %(what)s", what=row.value), undo=f"{HOME}/{row.id}"), back=HOME
    )


@page("DELETE", "/blocked/{id}", role="manager")
async def take_off(request: web.Request) -> web.StreamResponse:
    """Block it no more."""
    value = await request.app[DB].write(_take_off, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("No longer blocked: %(what)s", what=value)), back=HOME)


@page("POST", "/journal/{id}/block", role="manager")
async def block(request: web.Request) -> web.StreamResponse:
    """Block who sent an item."""
    item = await request.app[DB].read(_item, path_id(request))
    event = await _event(request, item)
    rows = await request.app[DB].write(_block, viewer_of(request), item.id, event)
    if not rows:
        return await changed(
            request, Toast(text=_("That sender is blocked already"), href=HOME, words=_("Look at it"))
        )
    told = ", ".join(rows)
    return await changed(
        request, Toast(text=_("Blocked: %(what)s", what=told), undo=f"/journal/{item.id}/block")
    )


@page("DELETE", "/journal/{id}/block", role="manager")
async def unblock(request: web.Request) -> web.StreamResponse:
    """Take that back."""
    await request.app[DB].write(_unblock, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Not blocked any more")))


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = session.execute(select(BlockedSender.id, BlockedSender.value).where(BlockedSender.id.in_(ids)))
    return dict(rows.all())


add_kind(Kind(KIND, N_("Blocked sender"), HOME, _names))


def in_words(kind: str) -> str:
    """Say of what kind something is that is blocked."""
    return _(KINDS[kind]) if kind in KINDS else kind_in_words(kind)


def _lines(session: Session) -> list[Line]:
    names, rows = dict(session.execute(select(User.id, User.name)).all()), blocked.every(session)
    called = chat_junk.called(session, rows)
    return [
        Line(id=row.id, kind=in_words(row.kind), value=called[row.id], by=names.get(row.by or 0, ""), at=row.at,
             item=row.inbound_id)
        for row in rows
    ]  # fmt: skip


def _take_off(session: Session, viewer: Viewer, row_id: int) -> str:
    row = session.get(BlockedSender, row_id)
    if row is None:
        raise Problem(404, _("This is not blocked any more."))
    value = chat_junk.called(session, [row])[row.id]
    chat_junk.let_in(session, viewer, row)
    return value


def _block(
    session: Session, viewer: Viewer, item_id: int, event: FormSubmitted | MessageReceived
) -> list[str]:
    item = _item(session, item_id)
    if isinstance(event, MessageReceived):
        rows = chat_junk.block(session, viewer, item, event.sender)
    else:
        rows = blocked.block(session, viewer, item, event)
    return list(chat_junk.called(session, rows).values())


def _unblock(session: Session, viewer: Viewer, item_id: int) -> None:
    blocked.unblock(session, viewer, _item(session, item_id))


def _item(session: Session, item_id: int) -> Inbound:
    item = session.get(Inbound, item_id)
    if item is None:
        raise Problem(404, _("There is no such item in the journal."))
    return item


async def _event(request: web.Request, item: Inbound) -> FormSubmitted | MessageReceived:
    """Read who sent an item; one that cannot be read says nothing of that."""
    body = item.body or (await request.app[BLOBS].get(item.blob) if item.blob else b"")
    raw = Raw(body=body, headers=item.headers, received_at=item.received_at, key=item.key)
    try:
        events = await asyncio.to_thread(request.app[CHANNELS].get(item.channel_id).connector.read, raw)
    except (LookupError, ValueError):
        events = ()
    known = (event for event in events if isinstance(event, FormSubmitted | MessageReceived))
    return next(known, FormSubmitted(key=""))
