"""Chats: where somebody writes to us by a messenger or a page, and what was said there, beside its interactions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.conversations import Conversation, Interaction, standing
from hub.channels import Channel, connector_kinds
from hub.chats import Rules, Template
from hub.clock import now
from hub.db import Base, Document, some
from hub.outbox import Outgoing
from hub.rows import record
from hub.sentence import Sentence
from hub.shapes import convert
from hub.statements import Statement

KIND = "chat"
"""The kind of their interactions."""
MEDIA = "chat_media"
"""The timer of files that are to be fetched: whoever writes one down announces it as due."""

Texts = list[dict[str, str]]


class Chat(Base):
    """A place where one contact and we write to each other; `key` is what the messenger calls it.

    `handle` is by what it knows the contact. `last_in_at` is when he last wrote, from which a window counts. `starts`
    are what links carried by which he came, `origin` is where he wrote from last, as form answers. `asked` says which
    questions the first answer asked and what was said to them (crm/chat_bot.py), `handed_at` since when a person is to
    answer; `away_at` is when it was last said that nobody is here. Where a messenger tells it so, all of ours that left
    up to `delivered_to` arrived, and up to `read_to` it was read.
    """

    __tablename__ = "chats"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    key: Mapped[str]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    handle: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    username: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    began_at: Mapped[datetime] = mapped_column(default=now)
    last_in_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    starts: Mapped[list[str]] = mapped_column(Document, default=list)
    origin: Mapped[Texts] = mapped_column(Document, default=list)
    asked: Mapped[dict[str, object] | None] = mapped_column(Document)
    handed_at: Mapped[datetime | None]
    away_at: Mapped[datetime | None]
    delivered_to: Mapped[datetime | None]
    read_to: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("channel_id", "key"),)


class ChatMessage(Base):
    """A message of a chat, beside its interaction. What became of ours stands in moments, each kept once it is known.

    `remote_id` is what the messenger calls it: the key of one that came, our own's once it left. `answers_id` is the
    interaction that it answers. `before` are the texts that it had, as {"text", "until"}. `reactions` are
    {"by", "emoji", "at"}, the emoji "" of who took back what he showed. `spot` and `cards` are as in hub/chats.py. Of
    ours `outgoing_id` is the command that sends it, `buttons` stand below it, and `template` names what it was made of.
    """

    __tablename__ = "chat_messages"

    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    remote_id: Mapped[str | None]
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"))
    album: Mapped[str] = mapped_column(default="")
    pressed: Mapped[str] = mapped_column(default="")
    spot: Mapped[dict[str, object] | None] = mapped_column(Document)
    cards: Mapped[Texts] = mapped_column(Document, default=list)
    before: Mapped[Texts] = mapped_column(Document, default=list)
    edited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    reactions: Mapped[Texts] = mapped_column(Document, default=list)
    outgoing_id: Mapped[int | None] = mapped_column(ForeignKey(Outgoing.id), unique=True)
    automatic: Mapped[bool] = mapped_column(default=False)
    buttons: Mapped[Texts] = mapped_column(Document, default=list)
    template: Mapped[str] = mapped_column(default="")
    left_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Sentence)

    __table_args__ = (
        some("ix_chat_messages_remote", "chat_id", "remote_id", where="remote_id IS NOT NULL"),
        some("ix_chat_messages_album", "chat_id", "album", where="album <> ''"),
    )

    @property
    def shown(self) -> Texts:
        """Give what people show that they think of it by now."""
        return [each for each in self.reactions if each["emoji"]]


class ChatMedia(Base):
    """A file of a message that lies with the messenger: due until it is fetched, then it is an attachment.

    `error` says what failed last, or why it cannot be had.
    """

    __tablename__ = "chat_media"

    id: Mapped[int] = mapped_column(primary_key=True)
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), index=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    ref: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int | None]
    seconds: Mapped[float | None]
    asked_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Sentence)
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))

    __table_args__ = (some("ix_chat_media_due", "due_at", where="due_at IS NOT NULL"),)


class ChatManner(Base):
    """How a channel of chats answers by itself, and whom it goes to, as its admin set it.

    `greeting` is said when a chat begins, `away` out of working hours ("": nothing). `questions` are asked one after
    the other, as {"text", "means"}, where `means` is name, phone, email, topic or a field of ours; `handing_over` is
    said when a person takes over, and `asks_person` are the words by which somebody asks for one. `most` is how many
    open chats one of us has at most, 0 for any number.
    """

    __tablename__ = "chat_manners"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    greeting: Mapped[str] = mapped_column(default="")
    away: Mapped[str] = mapped_column(default="")
    questions: Mapped[Texts] = mapped_column(Document, default=list)
    handing_over: Mapped[str] = mapped_column(default="")
    asks_person: Mapped[list[str]] = mapped_column(Document, default=list)
    most: Mapped[int] = mapped_column(default=0)


def rules_of(kind: str) -> Rules | None:
    """Give what the messenger of a channel's kind allows, None for what is no messenger."""
    made = connector_kinds().get(kind)
    return made.rules if made else None


def handle_kind(kind: str) -> str:
    """Give the kind of handles by which channels of a kind know people."""
    rules = rules_of(kind)
    return rules.handle if rules else kind


def templates_of(channel: Channel) -> Sequence[Template]:
    """Give the templates that a channel of chats was set up with; none where its settings are refused."""
    kind = connector_kinds().get(channel.kind)
    with suppress(ValueError):
        if kind is not None:
            settings = convert(channel.settings, kind.settings_type)
            return kind(channel.name, channel.token, settings).approved()
    return ()


def handle_kinds() -> frozenset[str]:
    """Give the kinds of handles by which messengers know people."""
    return frozenset(each.rules.handle for each in connector_kinds().values() if each.rules)


def known_as(session: Session, chat: Chat) -> tuple[str, str]:
    """Give the handle by which the messenger knows a chat's contact."""
    kind = session.scalar(select(Channel.kind).where(Channel.id == chat.channel_id)) or ""
    return handle_kind(kind), chat.handle


def handles_of(session: Session, interaction_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Give by which handles the messenger knows the contacts in whose chats these interactions are."""
    rows = session.execute(
        select(ChatMessage.interaction_id, Channel.kind, Chat.handle)
        .join(Chat, Chat.id == ChatMessage.chat_id)
        .join(Channel, Channel.id == Chat.channel_id)
        .where(ChatMessage.interaction_id.in_(interaction_ids))
    )
    return {number: (handle_kind(kind), handle) for number, kind, handle in rows} if interaction_ids else {}


def chats_of(session: Session, contact_id: int) -> Sequence[Chat]:
    """Give the chats with a contact, the one in which he wrote last first."""
    rows = session.scalars(select(Chat).where(Chat.contact_id == contact_id))
    return sorted(rows, key=lambda each: (each.last_in_at or each.began_at, each.id), reverse=True)


def chat_in(session: Session, conversation_id: int) -> Chat | None:
    """Give the chat in which the newest message of a conversation stands."""
    return session.scalar(_CHAT_IN, {"conversation": conversation_id})


def conversation_of(session: Session, chat: Chat) -> Conversation | None:
    """Give the conversation in which the newest message of a chat stands; None where there is none of this contact."""
    found = record(session, _AROUND, {"chat": chat.id}, Conversation)
    if found is not None and found.merged_into_id is not None:
        found = standing(session, found.merged_into_id)
    return found if found is not None and found.contact_id == chat.contact_id else None


# Put together once: every message asks them.
_AROUND = Statement(
    select(*Conversation.__table__.c).join(Interaction, Interaction.conversation_id == Conversation.id)
    .join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
    .where(ChatMessage.chat_id == bindparam("chat")).order_by(Interaction.id.desc()).limit(1)
)  # fmt: skip
_CHAT_IN = (
    select(Chat).join(ChatMessage, ChatMessage.chat_id == Chat.id)
    .join(Interaction, Interaction.id == ChatMessage.interaction_id)
    .where(Interaction.conversation_id == bindparam("conversation")).order_by(Interaction.id.desc()).limit(1)
)  # fmt: skip


def messages_of(session: Session, interaction_ids: Sequence[int]) -> dict[int, ChatMessage]:
    """Give the messages that these interactions are."""
    rows = select(ChatMessage).where(ChatMessage.interaction_id.in_(interaction_ids))
    return {row.interaction_id: row for row in session.scalars(rows)} if interaction_ids else {}


def media_of(session: Session, interaction_ids: Sequence[int]) -> dict[int, list[ChatMedia]]:
    """Give the files of these interactions that lie with a messenger, fetched or not."""
    found: dict[int, list[ChatMedia]] = {each: [] for each in interaction_ids}
    rows = select(ChatMedia).where(ChatMedia.interaction_id.in_(interaction_ids)).order_by(ChatMedia.id)
    for row in session.scalars(rows) if interaction_ids else ():
        found[row.interaction_id].append(row)
    return found


def answered_until(chat: Chat, rules: Rules | None) -> datetime | None:
    """Give until when somebody may be answered in words of our own, None for ever."""
    if rules is None or rules.window is None:
        return None
    return (chat.last_in_at or chat.began_at) + timedelta(seconds=rules.window)
