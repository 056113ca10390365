"""The journal over the API: what came in, what became of it, and the second try."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from hub import audit
from hub.channels import Channel
from hub.journal import Inbound
from hub.languages import _
from hub.said import said
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.etags import tag_of
from hub.web.journal_deeds import let_go, try_again
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, page_of
from hub.web.problems import Problem

State = Literal["waiting", "done", "set-aside", "failed"]

STATES = {
    "waiting": Inbound.due_at,
    "done": Inbound.done_at,
    "set-aside": Inbound.set_aside_at,
    "failed": Inbound.failed_at,
}


class JournalQuery(Paging, frozen=True, kw_only=True):
    """Which items."""

    state: Annotated[State | None, msgspec.Meta(description="Only items in this state")] = None
    channel: Annotated[str | None, msgspec.Meta(description="Only items of the channel of this name")] = None


class JournalItem(msgspec.Struct, frozen=True, kw_only=True):
    """One raw item. `became` says in words what it was turned into, `became_path` opens that."""

    id: int
    channel: str
    key: str
    stream: str | None
    received_at: datetime
    size: int
    state: State
    attempts: int
    due_at: datetime | None
    done_at: datetime | None
    set_aside_at: datetime | None
    set_aside_why: str | None
    released_at: datetime | None
    failed_at: datetime | None
    error: str | None
    became: str | None
    became_path: str | None
    duplicate_of: int | None


@endpoint(
    "GET",
    "/journal",
    scope="journal:read",
    role="manager",
    query=JournalQuery,
    returns=Page[JournalItem],
    summary="List what came in, newest first",
)
async def items(request: web.Request, query: JournalQuery) -> Page[JournalItem]:
    """List items."""
    return await request.app[DB].read(_items, query)


@endpoint(
    "GET",
    "/journal/{id}",
    scope="journal:read",
    role="manager",
    returns=JournalItem,
    etag=tag_of,
    summary="Get one item",
)
async def item(request: web.Request) -> JournalItem:
    """Give one item."""
    return await request.app[DB].read(_item, path_id(request))


@endpoint(
    "POST",
    "/journal/{id}/retry",
    scope="journal:write",
    role="manager",
    returns=JournalItem,
    summary="Read and process a failed item again",
)
async def retry(request: web.Request) -> JournalItem:
    """Try again."""
    return await write(request, _retry, viewer_of(request), path_id(request))


@endpoint(
    "POST",
    "/journal/{id}/release",
    scope="journal:write",
    role="manager",
    returns=JournalItem,
    summary="Let go on what was set aside",
)
async def release(request: web.Request) -> JournalItem:
    """Let it go on."""
    return await write(request, _release, viewer_of(request), path_id(request))


def _items(session: Session, query: JournalQuery) -> Page[JournalItem]:
    wanted = _with_channel().order_by(Inbound.id.desc()).limit(query.limit + 1)
    if query.after is not None:
        wanted = wanted.where(Inbound.id < query.after)
    if query.state is not None:
        wanted = wanted.where(STATES[query.state].is_not(None))
    if query.channel is not None:
        wanted = wanted.where(Channel.name == query.channel)
    rows = session.execute(wanted).all()
    names = {inbound.id: name for inbound, name in rows}
    return page_of(
        [inbound for inbound, _ in rows], query.limit, lambda inbound: _shown(inbound, names[inbound.id])
    )


def _item(session: Session, inbound_id: int) -> JournalItem:
    row = session.execute(_with_channel().where(Inbound.id == inbound_id)).one_or_none()
    if row is None:
        raise Problem(404, _("There is no such item in the journal."))
    return _shown(*row)


def _retry(session: Session, viewer: Viewer, inbound_id: int) -> JournalItem:
    try_again(session, inbound_id)
    audit.record(session, viewer, audit.CHANGED, "journal", inbound_id, words=said("tried again"))
    return _item(session, inbound_id)


def _release(session: Session, viewer: Viewer, inbound_id: int) -> JournalItem:
    let_go(session, inbound_id)
    audit.record(session, viewer, audit.CHANGED, "journal", inbound_id, words=said("let go on"))
    return _item(session, inbound_id)


def _with_channel() -> Select[Inbound, str]:
    return (
        select(Inbound, Channel.name)
        .join(Channel, Channel.id == Inbound.channel_id)
        .options(defer(Inbound.body), defer(Inbound.headers))
    )


def _shown(inbound: Inbound, channel: str) -> JournalItem:
    state: State = "waiting"
    if inbound.due_at is None:
        state = "failed" if inbound.failed_at else "set-aside" if inbound.set_aside_at else "done"
    return JournalItem(
        id=inbound.id,
        channel=channel,
        key=inbound.key,
        stream=inbound.stream,
        received_at=inbound.received_at,
        size=inbound.size,
        state=state,
        attempts=inbound.attempts,
        due_at=inbound.due_at,
        done_at=inbound.done_at,
        set_aside_at=inbound.set_aside_at,
        set_aside_why=inbound.set_aside_why,
        released_at=inbound.released_at,
        failed_at=inbound.failed_at,
        error=inbound.error,
        became=inbound.became,
        became_path=inbound.became_path,
        duplicate_of=inbound.duplicate_of,
    )
