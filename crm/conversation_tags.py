"""Tags on conversations: the same words that we put on contacts. One that was joined into another counts as that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Select, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import tags
from crm.tags import Tag
from hub.clock import now
from hub.db import Base
from hub.rows_unless_there import insert_unless_there


class ConversationTag(Base):
    """A tag on a conversation."""

    __tablename__ = "conversation_tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("conversation_id", "tag_id"),)


def put(session: Session, conversation_id: int, name: str) -> tuple[Tag, bool]:
    """Put a tag on a conversation, made where it is new; tells whether it was not there before."""
    tag = tags.make(session, name)
    session.flush()
    values = {"conversation_id": conversation_id, "tag_id": tag.id, "made_at": now()}
    return tag, insert_unless_there(session, ConversationTag, **values) is not None


def take(session: Session, conversation_id: int, tag_id: int) -> bool:
    """Take a tag off a conversation, also under a name that was joined into it; tells whether it was there."""
    gone = delete(ConversationTag).where(
        ConversationTag.conversation_id == conversation_id, ConversationTag.tag_id.in_(_meaning(tag_id))
    )
    return session.scalar(gone.returning(ConversationTag.id)) is not None


def ids_with(tag_id: int) -> Select[int]:
    """Give the query for the ids of the conversations that have a tag."""
    return select(ConversationTag.conversation_id).where(ConversationTag.tag_id.in_(_meaning(tag_id)))


def tags_of(session: Session, conversation_ids: Sequence[int]) -> dict[int, list[Tag]]:
    """Give the tags of several conversations, in the order of their names."""
    found: dict[int, list[Tag]] = {conversation_id: [] for conversation_id in conversation_ids}
    put_on = (
        select(Tag.joined_into_id, Tag.id).where(Tag.id == ConversationTag.tag_id).correlate(ConversationTag)
    )
    meant = put_on.with_only_columns(func.coalesce(Tag.joined_into_id, Tag.id)).scalar_subquery()
    rows = session.execute(
        select(ConversationTag.conversation_id, meant).where(
            ConversationTag.conversation_id.in_(conversation_ids)
        )
    ).all()
    named = select(Tag).where(
        Tag.id.in_({tag_id for _conversation, tag_id in rows}), Tag.retired_at.is_(None)
    )
    known = {tag.id: tag for tag in session.scalars(named)} if rows else {}
    for conversation_id, tag_id in rows:
        if tag_id in known and known[tag_id] not in found[conversation_id]:
            found[conversation_id].append(known[tag_id])
    return {each: sorted(its, key=lambda tag: tag.folded) for each, its in found.items()}


def _meaning(tag_id: int) -> Select[int]:
    """Give the ids of the tags that mean this one: itself, and those that were joined into it."""
    return select(Tag.id).where((Tag.id == tag_id) | (Tag.joined_into_id == tag_id))
