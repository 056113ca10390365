"""Letters and messages of chats over the API: those that came, and those of ours with what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta
from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session, undefer

from crm import letter_fates, letter_reports, sendings
from crm.attachments import Attachment, attachments_of
from crm.chats import ChatMessage
from crm.conversations import Interaction
from crm.letter_reports import LetterReport
from crm.letters import Letter
from crm.rights import sees_interaction
from crm.sendings import Sent
from crm.web.api_calls import FIRST_YEAR, Moment
from crm.web.api_chats import messages_out
from crm.web.api_letter_shapes import BounceOut, CalendarOut, FateOut, FileOut, MessageOut, State
from crm.web.api_shapes import Id
from hub.channels import Channel
from hub.languages import _
from hub.said import again
from hub.shapes import convert
from hub.users import Viewer
from hub.web.api import ROOT, endpoint
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

REPORTED: Mapping[str, State] = {"bounce": "bounced", "delay": "delayed", "delivered": "delivered"}


class MessageQuery(Paging, frozen=True, kw_only=True):
    """Which letters and messages."""

    contact: Annotated[Id | None, Meta(description="Only those with the contact of this id")] = None
    conversation: Annotated[Id | None, Meta(description="Only those of this conversation")] = None
    since: Annotated[
        Moment | None,
        Meta(description="Only those that came or were written then or later (RFC 3339)"),
    ] = None


@endpoint("GET", "/messages", scope="messages:read", query=MessageQuery, returns=Page[MessageOut],
          summary="List letters and messages of chats, newest first")  # fmt: skip
async def messages(request: web.Request, query: MessageQuery) -> Page[MessageOut]:
    """List letters and messages of chats."""
    return await request.app[DB].read(_messages, viewer_of(request), query)


@endpoint(
    "GET", "/messages/{id}", scope="messages:read", returns=MessageOut, summary="Get one letter or message"
)
async def message(request: web.Request) -> MessageOut:
    """Give one letter or message."""
    return await request.app[DB].read(shown, viewer_of(request), path_id(request))


def shown(session: Session, viewer: Viewer, touch_id: int) -> MessageOut:
    """Give one letter or message that this viewer sees, or a problem."""
    wanted = select(Interaction).where(Interaction.id == touch_id, _WRITTEN, sees_interaction(viewer))
    found = session.scalar(wanted)
    if found is None:
        raise Problem(404, _("There is no such message."))
    return _show(session, [found])[found.id]


def _messages(session: Session, viewer: Viewer, query: MessageQuery) -> Page[MessageOut]:
    wanted = select(Interaction).where(_WRITTEN, sees_interaction(viewer))
    if query.contact is not None:
        wanted = wanted.where(Interaction.contact_id == query.contact)
    if query.conversation is not None:
        wanted = wanted.where(Interaction.conversation_id == query.conversation)
    if query.since is not None:
        wanted = wanted.where(_since(query.since))
    rows = session.scalars(newest_first(wanted, Interaction.id, query)).all()
    found = _show(session, rows)
    return page_of(rows, query.limit, lambda row: found[row.id])


_WRITTEN = (
    select(Letter.interaction_id).where(Letter.interaction_id == Interaction.id).exists()
    | select(ChatMessage.interaction_id).where(ChatMessage.interaction_id == Interaction.id).exists()
)


def _since(moment: datetime) -> ColumnElement[bool]:
    """Tell which came then or later; at the ends of time no zone can be taken off any more."""
    try:
        return Interaction.at >= moment.astimezone(UTC)
    except OverflowError:
        return true() if moment.year == FIRST_YEAR else false()


def _show(session: Session, rows: Sequence[Interaction]) -> dict[int, MessageOut]:
    spoken = messages_out(session, rows)
    return spoken | _letters(session, [row for row in rows if row.id not in spoken])


def _letters(session: Session, rows: Sequence[Interaction]) -> dict[int, MessageOut]:
    ids = [row.id for row in rows]
    with_html = select(Letter).options(undefer(Letter.html)).where(Letter.interaction_id.in_(ids))
    letters = {letter.interaction_id: letter for letter in session.scalars(with_html)} if ids else {}
    files, sent = attachments_of(session, ids), sendings.sent(session, ids)
    reports = letter_reports.reports_of(session, list(sent))
    named = select(Channel).where(Channel.id.in_({row.channel_id for row in rows}))
    channels = {channel.id: channel for channel in session.scalars(named)}
    return {
        row.id: _message(row, letters[row.id], channels.get(row.channel_id or 0), files[row.id],
                         _fate(sent[row.id], reports[row.id]) if row.id in sent else None)
        for row in rows
    }  # fmt: skip


def _message(
    row: Interaction,
    letter: Letter,
    channel: Channel | None,
    files: Sequence[Attachment],
    fate: FateOut | None,
) -> MessageOut:
    fields = {
        "id": row.id, "conversation": row.conversation_id, "contact": row.contact_id,
        "channel": channel.name if channel else None, "channel_kind": channel.kind if channel else None,
        "direction": row.direction, "kind": letter.kind, "automatic": letter.automatic,
        "from": {"name": letter.sender_name, "address": letter.sender}, "to": letter.to, "cc": letter.cc,
        "reply_to": letter.reply_to, "subject": letter.subject, "text": letter.text, "reply": row.text,
        "html": letter.html, "attachments": list(map(_file, files)), "sent_at": letter.sent_at, "received_at": row.at,
        "message_id": letter.message_id, "in_reply_to": letter.in_reply_to, "list_id": letter.list_id,
        "bounce": next(map(_bounce, letter.bounces), None),
        "calendar": convert(letter.invitation, CalendarOut | None), "flags": list(map(str, row.remarks)), "fate": fate,
    }  # fmt: skip
    return convert(fields, MessageOut)


def _file(row: Attachment) -> FileOut:
    content = f"{ROOT}/interactions/{row.interaction_id}/attachments/{row.id}"
    return FileOut(id=row.id, name=row.name, type=row.type, size=row.size, inline=row.inline, content=content)


def _bounce(row: Mapping[str, object]) -> BounceOut:
    return BounceOut(
        recipient=str(row["recipient"]), action=str(row["action"]), status=str(row.get("status", "")),
        hard=bool(row.get("hard")),
    )  # fmt: skip


def _fate(sent: Sent, reports: Sequence[LetterReport]) -> FateOut:
    row = sent.outgoing
    told = next(
        (each for each in reports if each.kind == letter_reports.BOUNCE), reports[-1] if reports else None
    )
    if row.done_at is not None:
        if told is not None and told.kind in REPORTED:
            return FateOut(state=REPORTED[told.kind], at=told.at, why=told.words)
        why = " ".join(again(letter_fates.missing(each)) for each in sent.missing)
        return FateOut(state="sent", at=row.done_at, why=why)
    if ended := row.unknown_at or row.failed_at or row.expired_at:
        state: State = "unknown" if row.unknown_at else "refused" if row.failed_at else "expired"
        return FateOut(state=state, at=ended, why=again(letter_fates.trouble(row)))
    if row.begun_at is not None:
        return FateOut(state="sending", at=row.begun_at, why="")
    return FateOut(state="waiting", at=row.due_at or row.made_at, why=row.error or "")
