"""Messages of ours on their way: what each answered, and what was told of it before anybody knew that it left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.answers import Answer
from hub.clock import now
from hub.db import Base
from hub.sentence import Sentence

SLICE = 500
KEPT = timedelta(days=3)  # longer than a message is tried


class ChatSending(Answer, Base):
    """A message of ours that a person wrote, and what it answered."""

    __tablename__ = "chat_sendings"


class ChatFate(Base):
    """What a messenger told of a message while nobody knew yet that it was one of ours: kept until that is known.

    `chat` is the messenger's name of it, "" where it says none.
    """

    __tablename__ = "chat_fates"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    chat: Mapped[str]
    remote_id: Mapped[str]
    fate: Mapped[str]
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(Sentence)
    cause: Mapped[str] = mapped_column(default="")
    told_at: Mapped[datetime] = mapped_column(default=now, index=True)

    __table_args__ = (Index("ix_chat_fates_remote", "channel_id", "remote_id"),)


def taken(session: Session, channel_id: int, chat: str, remote_id: str) -> Sequence[ChatFate]:
    """Give what was told of a message before, which is not kept any more then."""
    rows = session.scalars(
        select(ChatFate).where(
            ChatFate.channel_id == channel_id, ChatFate.remote_id == remote_id, ChatFate.chat.in_(("", chat))
        ).order_by(ChatFate.id)
    ).all()  # fmt: skip
    for row in rows:
        session.delete(row)
    return rows


def forget(session: Session) -> int:
    """Forget a slice of what was of no message of ours, and count it."""
    old = select(ChatFate.id).where(ChatFate.told_at < now() - KEPT).limit(SLICE)
    ids = session.scalars(old).all()
    session.execute(delete(ChatFate).where(ChatFate.id.in_(ids)))
    return len(ids)
