"""Messages of chats over the API: shown as letters are, and said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import chat_junk, chat_writing, chats
from crm.attachments import Attachment, attachments_of
from crm.chat_writing import Wanted
from crm.chats import Chat, ChatMedia, ChatMessage
from crm.conversations import Conversation, Interaction
from crm.desk import Refusal
from crm.rights import contact_for
from crm.web.api_chat_shapes import AwaitedOut, ChatOut, SpokenOut
from crm.web.api_letter_shapes import FateOut, FileOut, MessageIn, MessageOut, State
from crm.web.api_references import refused
from hub.channels import Channel
from hub.chats import Button
from hub.languages import _
from hub.letters import Enclosure
from hub.outbox import Outgoing
from hub.said import again
from hub.shapes import convert
from hub.users import Viewer
from hub.web.api import ROOT

T = TypeVar("T", Chat, Outgoing, Channel)

OF_LETTERS: Mapping[str, object] = {
    "to": (), "cc": (), "bcc": (), "subject": None, "channel": None, "at": None,
}  # fmt: skip


def messages_out(session: Session, rows: Sequence[Interaction]) -> dict[int, MessageOut]:
    """Show those of these interactions that are messages of chats, each kind of what belongs to them in one query."""
    ids = [row.id for row in rows if row.kind == chats.KIND]
    said, files, media = (
        chats.messages_of(session, ids),
        attachments_of(session, ids),
        chats.media_of(session, ids),
    )
    places = _by_id(session, Chat, {each.chat_id for each in said.values()})
    sent = _by_id(session, Outgoing, {each.outgoing_id for each in said.values() if each.outgoing_id})
    channels = _by_id(session, Channel, {row.channel_id for row in rows if row.channel_id})
    return {
        row.id: _message(row, said[row.id], places[said[row.id].chat_id], channels.get(row.channel_id or 0),
                         files[row.id], media[row.id], sent.get(said[row.id].outgoing_id or 0))
        for row in rows if row.id in said
    }  # fmt: skip


def chats_out(session: Session, conversation_ids: Sequence[int]) -> dict[int, ChatOut]:
    """Show the chats in which the newest messages of conversations stand."""
    newest = (
        select(func.max(Interaction.id))
        .where(Interaction.conversation_id.in_(conversation_ids), Interaction.kind == chats.KIND)
        .group_by(Interaction.conversation_id)
    )
    wanted = (
        select(Interaction.conversation_id, Chat, Channel.kind)
        .join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
        .join(Chat, Chat.id == ChatMessage.chat_id)
        .join(Channel, Channel.id == Chat.channel_id)
        .where(Interaction.id.in_(newest))
    )
    rows = session.execute(wanted).all() if conversation_ids else ()
    spam = chat_junk.since_in(session, [(chat, kind) for _around, chat, kind in rows])
    return {around: _chat(chat, kind, spam.get(chat.id)) for around, chat, kind in rows if around is not None}


def chat_for(
    session: Session, viewer: Viewer, body: MessageIn, conversation: Conversation | None
) -> Chat | None:
    """Give the chat in which a message shall be said, None where it is a letter."""
    if body.chat is None:
        return chats.chat_in(session, conversation.id) if conversation else None
    found = session.get(Chat, body.chat)
    if found is None or contact_for(session, viewer, found.contact_id) is None:
        raise refused(_("There is no such chat."), "/chat")
    return found


def say(session: Session, viewer: Viewer, chat: Chat, body: MessageIn, files: tuple[Enclosure, ...]) -> int:
    """Say something in a chat, and give the first interaction that it became."""
    for name, nothing in OF_LETTERS.items():
        if getattr(body, name) != nothing:
            raise refused(_("This belongs to letters, and a chat has none of it."), f"/{name}")
    wanted = Wanted(
        chat_id=chat.id, text=body.text, files=files, answers=body.answers, template=body.template,
        language=body.language, values=body.values, automatic=body.automatic,
        buttons=tuple(Button(text=each.text, payload=each.payload, url=each.url) for each in body.buttons),
    )  # fmt: skip
    try:
        return chat_writing.say(session, viewer, wanted)[0].id
    except Refusal as refusal:
        raise refused(str(refusal), "/template" if body.template else "/text") from None


def _message(
    row: Interaction, said: ChatMessage, chat: Chat, channel: Channel | None, files: Sequence[Attachment],
    media: Sequence[ChatMedia], outgoing: Outgoing | None,
) -> MessageOut:  # fmt: skip
    ours = row.direction == "out"
    news = [row.summary] if row.direction == "internal" else []  # he blocks us, or does no more
    sender = (channel.title if channel else "", "") if ours else (chat.name, chat.handle)
    fields = {
        "id": row.id, "conversation": row.conversation_id, "contact": row.contact_id, "medium": "chat",
        "channel": channel.name if channel else None, "channel_kind": channel.kind if channel else None,
        "direction": row.direction, "kind": "person", "automatic": said.automatic,
        "from": {"name": sender[0], "address": sender[1]}, "to": [], "cc": [], "reply_to": [], "subject": "",
        "text": row.text, "reply": row.text, "html": "", "attachments": list(map(_file, files)),
        "sent_at": said.left_at, "received_at": row.at, "message_id": "", "in_reply_to": "", "list_id": "",
        "bounce": None, "calendar": None, "flags": [str(each) for each in (*news, *row.remarks)],
        "fate": _fate(row, said, outgoing) if ours else None, "spoken": _spoken(said, media),
    }  # fmt: skip
    return convert(fields, MessageOut)


def _spoken(said: ChatMessage, media: Sequence[ChatMedia]) -> SpokenOut:
    fields = {
        "chat": said.chat_id, "answers": said.answers_id, "buttons": said.buttons,
        "reactions": [{"by": each["by"], "emoji": each["emoji"]} for each in said.shown],
        "awaited": [_awaited(each) for each in media if each.attachment_id is None],
    } | {
        name: getattr(said, name) for name in (
            "remote_id", "edited_at", "withdrawn_at", "before", "pressed", "spot", "template", "left_at",
            "delivered_at", "read_at", "failed_at",
        )
    }  # fmt: skip
    return convert(fields, SpokenOut)


def _awaited(row: ChatMedia) -> AwaitedOut:
    return AwaitedOut(kind=row.kind, name=row.name, size=row.size, error=again(row.error) if row.error else None,
                      gone=row.due_at is None)  # fmt: skip


def _fate(touch: Interaction, said: ChatMessage, outgoing: Outgoing | None) -> FateOut:
    """Say how far a message of ours is: what the messenger told last counts before what the postman knows."""
    row = outgoing or Outgoing()
    known: list[tuple[State, datetime | None]] = [
        ("expired", said.failed_at and row.expired_at), ("refused", said.failed_at), ("read", said.read_at),
        ("delivered", said.delivered_at), ("sent", said.left_at), ("unknown", row.unknown_at),
        ("sending", row.begun_at),
    ]  # fmt: skip
    waiting: tuple[State, datetime] = ("waiting", row.due_at or touch.at)
    state, at = next(((state, at) for state, at in known if at is not None), waiting)
    error = said.error or row.error
    return FateOut(state=state, at=at, why=again(error) if error else "")


def _chat(chat: Chat, kind: str, spam_since: datetime | None) -> ChatOut:
    return ChatOut(
        id=chat.id, handle=chat.handle, name=chat.name, username=chat.username, language=chat.language,
        blocked_at=chat.blocked_at, spam_since=spam_since,
        answer_until=chats.answered_until(chat, chats.rules_of(kind)),
    )  # fmt: skip


def _by_id(session: Session, table: type[T], ids: Collection[int]) -> dict[int, T]:
    return {row.id: row for row in session.scalars(select(table).where(table.id.in_(ids)))} if ids else {}


def _file(row: Attachment) -> FileOut:
    content = f"{ROOT}/interactions/{row.interaction_id}/attachments/{row.id}"
    return FileOut(id=row.id, name=row.name, type=row.type, size=row.size, inline=row.inline, content=content)
