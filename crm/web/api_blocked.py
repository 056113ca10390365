"""The block list over the API: whose requests and chats are set aside, until they are taken off it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_junk
from crm.blocked import BlockedSender
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem


class BlockedOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something by which a sender is known, and since when what comes from there is set aside."""

    id: int
    kind: Annotated[
        str, Meta(description="mail, domain, phone, address, word, or the messenger that knows him by it")
    ]
    value: str
    at: datetime
    item: Annotated[int | None, Meta(description="The journal's item because of which he was blocked")]


@endpoint("GET", "/blocked-senders", scope="journal:read", role="manager", query=Paging, returns=Page[BlockedOut],
          summary="List whose requests and chats are set aside, newest first")  # fmt: skip
async def listed(request: web.Request, query: Paging) -> Page[BlockedOut]:
    """List them."""
    return await request.app[DB].read(_listed, query)


@endpoint("DELETE", "/blocked-senders/{id}", scope="journal:write", role="manager",
          summary="Block one no more; what he wrote in chats meanwhile goes on")  # fmt: skip
async def take_off(request: web.Request) -> None:
    """Take one off the list."""
    await write(request, _take_off, viewer_of(request), path_id(request))


def _listed(session: Session, query: Paging) -> Page[BlockedOut]:
    rows = session.scalars(newest_first(select(BlockedSender), BlockedSender.id, query)).all()
    return page_of(rows, query.limit, _shown)


def _take_off(session: Session, viewer: Viewer, row_id: int) -> None:
    row = session.get(BlockedSender, row_id, with_for_update=True)
    if row is None:
        raise Problem(404, _("This is not blocked any more."))
    chat_junk.let_in(session, viewer, row)


def _shown(row: BlockedSender) -> BlockedOut:
    return BlockedOut(id=row.id, kind=row.kind, value=row.value, at=row.at, item=row.inbound_id)
