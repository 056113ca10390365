"""Junk in chats: whoever writes it is blocked by his handle, and what he writes from then on is set aside.

He is not refused and hears nothing of it: what he writes stays in the journal with its reason, until somebody says that
it was real, or that it was no spam that he wrote before. Then all of it goes on its way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm import blocked, chats, inbox, setting_aside
from crm.blocked import HOME, BlockedSender, Mark
from crm.chats import Chat, ChatMessage
from crm.conversations import Conversation, Interaction
from crm.desk import Refusal
from hub import audit, journal
from hub.bus import Notice
from hub.channel_changes import OVERSEERS
from hub.channels import Channel, LiveChannel, connector_kinds
from hub.chats import Chatter
from hub.checks import BLOCKED, Check
from hub.db import announce
from hub.journal import Inbound, Outcome
from hub.languages import N_, _
from hub.said import said
from hub.statements import Statement
from hub.users import Viewer

WHY = N_("Spam")
MOST = 1_000  # items that are let go on at once, the oldest of them

# Put together once: every message asks it.
_BLOCKED = Statement(
    select(BlockedSender.id).where(
        BlockedSender.kind == bindparam("kind"), BlockedSender.value == bindparam("value")
    )
)


def judge(session: Session, item: Inbound, channel: LiveChannel, sender: Chatter) -> Outcome | None:
    """Set aside what somebody writes who is blocked; None where he is not, or a person said that it is real."""
    asked = {"kind": chats.handle_kind(channel.kind), "value": sender.id}
    row = _BLOCKED.first(session, asked)
    if row is None:
        return None
    words = said("“%(what)s” is blocked", what=sender.name or sender.id)
    return setting_aside.set_aside_by(item, [Check(BLOCKED, words, href=_line(row[0]))])


def call_spam(session: Session, viewer: Viewer, conversation: Conversation) -> None:
    """Block whoever wrote in a conversation of a chat, and close it: nothing in it needs to be answered."""
    session.refresh(
        conversation, with_for_update=True
    )  # of two who press at once, the second finds him blocked
    writers = _writers(session, conversation)
    if not writers:
        raise Refusal(_("Only who writes in a chat can be set aside from here."))
    known = {(row.kind, row.value) for row in blocked.rows_of(session, list(writers))}
    for mark, item_id in writers.items():
        if (mark.kind, mark.value) not in known:
            blocked.add(session, viewer, mark, item_id)
    inbox.close(session, viewer, conversation, str(_(WHY)))


def block(session: Session, viewer: Viewer, item: Inbound, sender: Chatter) -> Sequence[BlockedSender]:
    """Block who wrote an item of a chat; gives what is new."""
    mark = Mark(chats.handle_kind(session.get_one(Channel, item.channel_id).kind), sender.id)
    return () if blocked.rows_of(session, [mark]) else [blocked.add(session, viewer, mark, item.id)]


def no_spam(session: Session, viewer: Viewer, conversation: Conversation) -> int:
    """Take that back: it is open again if it was closed for that, and what came meanwhile goes on. Counts that."""
    rows = blocked.rows_of(session, list(_writers(session, conversation)))
    if rows and conversation.closed_at is not None and conversation.closed_at >= min(row.at for row in rows):
        inbox.reopen(session, viewer, conversation)
    return sum(let_in(session, viewer, row) for row in rows)


def let_in(session: Session, viewer: Viewer, row: BlockedSender) -> int:
    """Block one no more who was blocked; what he wrote meanwhile in chats goes on. Counts that."""
    waiting = _set_aside(session, row) if row.kind in chats.handle_kinds() else ()
    for item in waiting:
        journal.release(session, item)
        audit.record(session, viewer, audit.CHANGED, "journal", item.id, words=said("it was real"))
        announce(session, Notice(kind="journal", id=item.id, audience=OVERSEERS))
    blocked.take_off(session, viewer, row)
    return len(waiting)


def since(session: Session, conversation: Conversation) -> datetime | None:
    """Tell since when what is written in a conversation is set aside; None where it is not."""
    rows = blocked.rows_of(session, list(_writers(session, conversation)))
    return min((row.at for row in rows), default=None)


def since_in(session: Session, rows: Sequence[tuple[Chat, str]]) -> Mapping[int, datetime]:
    """Tell of chats, each with the kind of its channel, since when what is written there is set aside."""
    marks = {chat.id: Mark(chats.handle_kind(kind), chat.handle) for chat, kind in rows}
    found = (
        {Mark(row.kind, row.value): row.at for row in blocked.rows_of(session, list(marks.values()))}
        if marks
        else {}
    )
    return {chat_id: found[mark] for chat_id, mark in marks.items() if mark in found}


def called(session: Session, rows: Sequence[BlockedSender]) -> Mapping[int, str]:
    """Say who is blocked, as people know him: by his name in a chat, else by what stands on the list."""
    handles = [row.value for row in rows if row.kind in chats.handle_kinds()]
    wanted = (
        select(Channel.kind, Chat.handle, Chat.name).join(Channel, Channel.id == Chat.channel_id)
        .where(Chat.handle.in_(handles), Chat.name != "").order_by(Chat.id)
    )  # fmt: skip
    found = session.execute(wanted).all() if handles else ()
    names = {Mark(chats.handle_kind(kind), handle): name for kind, handle, name in found}
    return {row.id: names.get(Mark(row.kind, row.value), row.value) for row in rows}


def _writers(session: Session, conversation: Conversation) -> dict[Mark, int | None]:
    """Give by what those are known who write in a conversation's chats, each with the last item that he sent."""
    wanted = (
        select(Channel.kind, Chat.handle, func.max(Interaction.inbound_id))
        .join(ChatMessage, ChatMessage.chat_id == Chat.id)
        .join(Interaction, Interaction.id == ChatMessage.interaction_id)
        .join(Channel, Channel.id == Chat.channel_id)
        .where(Interaction.conversation_id == conversation.id)
        .group_by(Channel.kind, Chat.handle)
    )
    return {
        Mark(chats.handle_kind(kind), handle): item for kind, handle, item in session.execute(wanted).all()
    }


def _set_aside(session: Session, row: BlockedSender) -> Sequence[Inbound]:
    """Give what was set aside because of this line and is not called spam itself."""
    kinds = [kind for kind in connector_kinds() if chats.handle_kind(kind) == row.kind]
    wanted = (
        select(Inbound).join(Channel, Channel.id == Inbound.channel_id)
        .where(Channel.kind.in_(kinds), Inbound.set_aside_at >= row.at, Inbound.spam_at.is_(None))
        .order_by(Inbound.id)
    )  # fmt: skip
    line = _line(row.id)
    return [item for item in session.scalars(wanted) if any(each.href == line for each in item.checks or ())][
        :MOST
    ]


def _line(row_id: int) -> str:
    return f"{HOME}#blocked-{row_id}"
