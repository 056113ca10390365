"""By which keys the messages of a chat are found: their own, those of an album's further parts, and our remote ids.

The parts of an album are one interaction; what each was called and said is kept, so that none comes a second time and
an edit, a reaction or an answer that names it finds the whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.chats import Chat, ChatMessage
from crm.conversations import Interaction
from hub.db import Base
from hub.statements import Statement


class ChatPart(Base):
    """A message that became a part of another's interaction, with the words beside it."""

    __tablename__ = "chat_parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    key: Mapped[str]
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), index=True)
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"))
    text: Mapped[str] = mapped_column(default="")

    __table_args__ = (UniqueConstraint("channel_id", "key"),)


def find(session: Session, channel_id: int, key: str) -> Interaction | None:
    """Find what a message that came became, be it a whole one or a part."""
    found = _FIND.first(session, {"channel": channel_id, "key": key})
    return session.get_one(Interaction, found[0]) if found is not None else None


# Put together once: every message asks it, and most are new.
_TOUCH, _PART = Interaction.__table__.c, ChatPart.__table__.c
_FIND = Statement(
    union_all(
        select(_TOUCH.id).where(_TOUCH.channel_id == bindparam("channel"), _TOUCH.key == bindparam("key")),
        select(_PART.interaction_id).where(
            _PART.channel_id == bindparam("channel"), _PART.key == bindparam("key")
        ),
    )
)


def brought_by(session: Session, known: Interaction, key: str) -> int | None:
    """Give the item of the journal that brought a message, or the part of an album that it was."""
    part = select(ChatPart).where(ChatPart.channel_id == known.channel_id, ChatPart.key == key)
    found = session.scalar(part) if known.key != key else None
    return found.inbound_id if found is not None else known.inbound_id


def named(session: Session, chat: Chat, name: str) -> Interaction | None:
    """Find the message of a chat that somebody names: one that came by its key, or ours by its remote id."""
    if not name:
        return None
    found = find(session, chat.channel_id, name)
    if found is not None:
        message = session.get(ChatMessage, found.id)
        return found if message is not None and message.chat_id == chat.id else None
    ours = (
        select(Interaction)
        .join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
        .where(ChatMessage.chat_id == chat.id, ChatMessage.remote_id == name)
        .order_by(Interaction.id)
    )
    return session.scalar(ours.limit(1))


def parts_of(session: Session, interaction_id: int) -> Sequence[ChatPart]:
    """Give the further parts of an album, in the order they came."""
    return session.scalars(
        select(ChatPart).where(ChatPart.interaction_id == interaction_id).order_by(ChatPart.id)
    ).all()


def reworded(session: Session, touch: Interaction, key: str, text: str) -> str:
    """Give the words of an interaction, if the message or the part with this key said something else."""
    parts = parts_of(session, touch.id)
    others = "\n".join(part.text for part in parts if part.text)
    own = touch.text.removesuffix(others).removesuffix("\n") if others else touch.text
    return joined(
        text if touch.key == key else own, *[text if part.key == key else part.text for part in parts]
    )


def reword(session: Session, touch: Interaction, key: str, text: str) -> None:
    """Have the message or the part with this key say something else from now on."""
    touch.text = reworded(session, touch, key, text)
    for part in parts_of(session, touch.id):
        if part.key == key:
            part.text = text


def joined(*texts: str) -> str:
    """Put the words of an album's parts together."""
    return "\n".join(text for text in texts if text)
