"""Conversations over the API: the threads with contacts, on whichever channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from msgspec import Meta
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from crm.contacts import Contact
from crm.conversations import Conversation, Interaction
from crm.rights import sees_contact
from crm.web.api_letter_shapes import ConversationOut
from crm.web.api_shapes import Id
from hub.channels import Channel
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem


class ConversationQuery(Paging, frozen=True, kw_only=True):
    """Which conversations."""

    contact: Annotated[Id | None, Meta(description="Only those with the contact of this id")] = None
    open: Annotated[bool | None, Meta(description="Only those that are open, or that are closed")] = None


@endpoint("GET", "/conversations", scope="messages:read", query=ConversationQuery, returns=Page[ConversationOut],
          summary="List conversations, newest first")  # fmt: skip
async def conversations(request: web.Request, query: ConversationQuery) -> Page[ConversationOut]:
    """List conversations."""
    return await request.app[DB].read(_conversations, viewer_of(request), query)


@endpoint("GET", "/conversations/{id}", scope="messages:read", returns=ConversationOut,
          summary="Get one conversation")  # fmt: skip
async def conversation(request: web.Request) -> ConversationOut:
    """Give one conversation."""
    return await request.app[DB].read(_conversation, viewer_of(request), path_id(request))


def conversation_for(session: Session, viewer: Viewer, conversation_id: int) -> Conversation | None:
    """Give a conversation if this viewer may see its contact."""
    return session.scalar(select(Conversation).where(Conversation.id == conversation_id, _sees(viewer)))


def _conversations(session: Session, viewer: Viewer, query: ConversationQuery) -> Page[ConversationOut]:
    wanted = select(Conversation).where(_sees(viewer))
    if query.contact is not None:
        wanted = wanted.where(Conversation.contact_id == query.contact)
    if query.open is not None:
        closed = Conversation.closed_at
        wanted = wanted.where(closed.is_(None) if query.open else closed.is_not(None))
    rows = session.scalars(newest_first(wanted, Conversation.id, query)).all()
    found = _show(session, rows)
    return page_of(rows, query.limit, lambda row: found[row.id])


def _conversation(session: Session, viewer: Viewer, conversation_id: int) -> ConversationOut:
    found = conversation_for(session, viewer, conversation_id)
    if found is None:
        raise Problem(404, _("There is no such conversation."))
    return _show(session, [found])[found.id]


def _show(session: Session, rows: Sequence[Conversation]) -> dict[int, ConversationOut]:
    ids = [row.id for row in rows]
    names = dict(session.execute(select(Channel.id, Channel.name)).all())
    counted = (
        select(Interaction.conversation_id, func.count(), func.max(Interaction.id))
        .where(Interaction.conversation_id.in_(ids)).group_by(Interaction.conversation_id)
    )  # fmt: skip
    counts = {row[0]: (row[1], row[2]) for row in session.execute(counted)} if ids else {}
    newest = select(Interaction).where(Interaction.id.in_([last for _number, last in counts.values()]))
    last = {touch.conversation_id: touch for touch in session.scalars(newest)} if counts else {}
    return {
        row.id: ConversationOut(
            id=row.id, contact=row.contact_id, channel=names[row.channel_id], subject=row.subject,
            opened_at=row.opened_at, closed_at=row.closed_at, last_at=last[row.id].at if row.id in last else None,
            messages=counts[row.id][0] if row.id in counts else 0,
            waits=row.closed_at is None and row.id in last and last[row.id].direction == "in",
        )
        for row in rows
    }  # fmt: skip


def _sees(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.sees_all:
        return true()
    theirs = select(Contact.id).where(Contact.id == Conversation.contact_id, sees_contact(viewer))
    return theirs.correlate(Conversation).exists()
