"""What is heard of a message before the message itself: kept until that comes, or until nobody expects it any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy import ForeignKey, Index, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.chats import MessageEdited, MessageReacted
from hub.clock import now
from hub.db import Base, Document
from hub.journal import Inbound
from hub.shapes import convert
from hub.statements import Statement

LASTS = timedelta(days=30)

News = MessageEdited | MessageReacted


class Ahead(Base):
    """News of a message that is not here: `message` is what they call it, in the chat of this key."""

    __tablename__ = "chat_ahead"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    chat: Mapped[str]
    message: Mapped[str]
    event: Mapped[dict[str, object]] = mapped_column(Document)
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"))
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        Index("ix_chat_ahead_message", "channel_id", "message"),
        Index("ix_chat_ahead_at", "at"),
    )


def keep(session: Session, item: Inbound, news: News) -> None:
    """Keep news until their message comes; the same again changes nothing."""
    message = news.key if isinstance(news, MessageEdited) else news.message
    session.execute(delete(Ahead).where(Ahead.at < now() - LASTS))
    event = cast("dict[str, object]", msgspec.to_builtins(news))
    here = select(Ahead).where(Ahead.channel_id == item.channel_id, Ahead.message == message)
    if all(each.event != event for each in session.scalars(here)):
        session.add(Ahead(channel_id=item.channel_id, chat=news.chat, message=message, event=event,
                          inbound_id=item.id))  # fmt: skip
        session.flush()


def taken(session: Session, channel_id: int, chat: str, message: str) -> Sequence[News]:
    """Give what was heard of a message, in the order it came, and keep it no longer."""
    rows = _OF_IT.rows(session, {"channel": channel_id, "chat": chat, "message": message})
    if rows:
        session.execute(delete(Ahead).where(Ahead.id.in_([number for number, _event in rows])))
    return [convert(event, News) for _number, event in rows]


# Put together once: every message asks it.
_OF_IT = Statement(
    select(Ahead.id, Ahead.event)
    .where(Ahead.channel_id == bindparam("channel"), Ahead.chat == bindparam("chat"),
           Ahead.message == bindparam("message"))
    .order_by(Ahead.id)
)  # fmt: skip
