"""Answers in chats while they are written: kept as they are typed, for their author alone; one for each card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import draft_enclosures
from crm.chats import Chat, ChatMessage
from crm.draft_enclosures import Along, drop_all, enclosed
from hub.clock import now
from hub.db import Base
from hub.letters import Enclosure

BODY = 100_000
BUTTONS = 2_000


class ChatDraft(Base):
    """An answer that somebody is writing. `chat_id` is where it goes, None for where the contact wrote last.

    `answers_id` is the message that it answers, `buttons` the words of those below it, one a line. `turn` counts what
    was sent: what is pressed twice at once is sent once.
    """

    __tablename__ = "chat_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id"))
    body: Mapped[str] = mapped_column(default="")
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"))
    buttons: Mapped[str] = mapped_column(default="")
    turn: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (Index("ix_chat_drafts_contact", "contact_id", "user_id"),)


class ChatDraftFile(Along, Base):
    """A file that goes along with an answer; its content lies in the blob folder."""

    __tablename__ = "chat_draft_files"

    draft_id: Mapped[int] = mapped_column(ForeignKey(ChatDraft.id), index=True)


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody changed in an answer; None is as it was, 0 is none."""

    body: str | None = None
    chat_id: int | None = None
    answers_id: int | None = None
    buttons: str | None = None


def draft_of(session: Session, user_id: int | None, contact_id: int) -> ChatDraft | None:
    """Give what somebody is writing to a contact. Cards that became one may have two: the last one counts."""
    mine = select(ChatDraft).where(ChatDraft.contact_id == contact_id, ChatDraft.user_id == (user_id or 0))
    return session.scalar(mine.order_by(ChatDraft.changed_at.desc(), ChatDraft.id.desc()).limit(1))


def locked(session: Session, user_id: int, contact_id: int) -> ChatDraft:
    """Give it locked, begun where there is none."""
    found = draft_of(session, user_id, contact_id)
    if found is None:
        found = ChatDraft(user_id=user_id, contact_id=contact_id)
        session.add(found)
        session.flush()
    session.refresh(found, with_for_update=True)
    return found


def keep(session: Session, draft: ChatDraft, typed: Typed) -> None:
    """Keep what was typed. A chat or a message that is not the contact's is left out.

    What answers a message goes to the chat of that; once it shall go elsewhere, it answers none.
    """
    if typed.body is not None:
        draft.body = typed.body.replace("\r\n", "\n")[:BODY]
    if typed.buttons is not None:
        draft.buttons = typed.buttons.replace("\r\n", "\n")[:BUTTONS]
    if typed.chat_id is not None:
        chat = session.get(Chat, typed.chat_id)
        draft.chat_id = chat.id if chat is not None and chat.contact_id == draft.contact_id else None
    if typed.answers_id is not None:
        draft.answers_id = typed.answers_id if _is_his(session, draft, typed.answers_id) else None
    if draft.answers_id is not None:
        answered = session.get_one(ChatMessage, draft.answers_id).chat_id
        if typed.chat_id is None:
            draft.chat_id = answered
        elif draft.chat_id != answered:
            draft.answers_id = None
    draft.changed_at = now()


def empty(session: Session, draft: ChatDraft) -> None:
    """Begin anew: what was written was sent, or thrown away."""
    drop_all(session, ChatDraftFile, draft.id)
    draft.body, draft.buttons, draft.chat_id, draft.answers_id = "", "", None, None
    draft.turn += 1


def attach(session: Session, draft: ChatDraft, file: Enclosure) -> ChatDraftFile:
    """Have a file go along."""
    return draft_enclosures.attach(session, ChatDraftFile, draft.id, file)


def files_of(session: Session, draft_id: int) -> Sequence[ChatDraftFile]:
    """Give the files of an answer, in the order they were added."""
    return draft_enclosures.files_of(session, ChatDraftFile, draft_id)


def enclosures(session: Session, draft_id: int) -> tuple[Enclosure, ...]:
    """Give its files as they go along."""
    return enclosed(files_of(session, draft_id))


def _is_his(session: Session, draft: ChatDraft, interaction_id: int) -> bool:
    chats = select(Chat.id).where(Chat.contact_id == draft.contact_id)
    message = session.get(ChatMessage, interaction_id)
    return message is not None and message.chat_id in session.scalars(chats).all()
