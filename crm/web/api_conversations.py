"""Conversations over the API: the threads with contacts, on whichever channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from msgspec import Meta
from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from crm import chat_junk
from crm.contacts import Contact
from crm.conversations import Conversation, Interaction
from crm.rights import conversation_for, sees_contact, sees_conversation
from crm.setup import setup
from crm.web.api_chats import chats_out
from crm.web.api_letter_shapes import ConversationOut
from crm.web.api_shapes import Id
from hub.channels import Channel
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
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


@endpoint("POST", "/conversations/{id}/spam", scope="messages:write", returns=ConversationOut, errors=(409,),
          summary="Close a chat's conversation as spam, and set aside what follows from its writer")  # fmt: skip
async def call_spam(request: web.Request) -> ConversationOut:
    """Call it spam."""
    return await write(request, _call_spam, viewer_of(request), path_id(request))


@endpoint("DELETE", "/conversations/{id}/spam", scope="messages:write", returns=ConversationOut,
          summary="Take back that it is spam: it is open again, and what was set aside meanwhile goes on")  # fmt: skip
async def no_spam(request: web.Request) -> ConversationOut:
    """Call it none."""
    return await write(request, _no_spam, viewer_of(request), path_id(request))


def _conversations(session: Session, viewer: Viewer, query: ConversationQuery) -> Page[ConversationOut]:
    wanted = select(Conversation).where(Conversation.merged_into_id.is_(None), _sees(viewer))
    if query.contact is not None:
        wanted = wanted.where(Conversation.contact_id == query.contact)
    if query.open is not None:
        closed = Conversation.closed_at
        wanted = wanted.where(closed.is_(None) if query.open else closed.is_not(None))
    rows = session.scalars(newest_first(wanted, Conversation.id, query)).all()
    found = _show(session, rows)
    return page_of(rows, query.limit, lambda row: found[row.id])


def _conversation(session: Session, viewer: Viewer, conversation_id: int) -> ConversationOut:
    found = _seen(session, viewer, conversation_id)
    return _show(session, [found])[found.id]


def _call_spam(session: Session, viewer: Viewer, conversation_id: int) -> ConversationOut:
    found = _seen(session, viewer, conversation_id)
    chat_junk.call_spam(session, viewer, found)
    return _show(session, [found])[found.id]


def _no_spam(session: Session, viewer: Viewer, conversation_id: int) -> ConversationOut:
    found = _seen(session, viewer, conversation_id)
    chat_junk.no_spam(session, viewer, found)
    return _show(session, [found])[found.id]


def _seen(session: Session, viewer: Viewer, conversation_id: int) -> Conversation:
    found = conversation_for(session, viewer, conversation_id)
    if found is None:
        raise Problem(404, _("There is no such conversation."))
    return found


def _show(session: Session, rows: Sequence[Conversation]) -> dict[int, ConversationOut]:
    ids = [row.id for row in rows]
    channels = {row.id: row for row in session.scalars(select(Channel))}
    spoken = chats_out(session, ids)
    departments = setup(session).departments
    of_each = select(Interaction.conversation_id, func.count()).where(Interaction.conversation_id.in_(ids))
    counts = dict(session.execute(of_each.group_by(Interaction.conversation_id)).all()) if ids else {}
    return {
        row.id: ConversationOut(
            id=row.id, contact=row.contact_id, channel=channels[row.channel_id].name, subject=row.subject,
            opened_at=row.opened_at, closed_at=row.closed_at, last_at=row.last_at, messages=counts.get(row.id, 0),
            waits=row.waits_since is not None, waits_since=row.waits_since, snoozed_until=row.snoozed_until,
            assignee=row.assignee_id,
            channel_kind=channels[row.channel_id].kind, chat=spoken.get(row.id),
            department=departments[place].name if (place := row.department_id or 0) in departments else None,
        )
        for row in rows
    }  # fmt: skip


def _sees(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which this viewer sees: those of his inbox, and those with contacts he sees."""
    if viewer.sees_all:
        return true()
    theirs = select(Contact.id).where(Contact.id == Conversation.contact_id, sees_contact(viewer))
    return or_(sees_conversation(viewer), theirs.correlate(Conversation).exists())
