"""A conversation that was put off comes back by itself when its time is there: the timer's part of `snoozed_until`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm import tasks
from crm.conversations import Conversation
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.users import User

TIMER = "snoozed"
_HOLDER = User.id == Conversation.assignee_id


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next conversation comes back."""
    until = Conversation.snoozed_until
    return session.scalar(select(func.min(until)).where(until > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the conversations whose time is there, oldest first."""
    until = Conversation.snoozed_until
    due = select(Conversation.id).where(until <= moment).order_by(until).limit(limit)
    return [(conversation_id, conversation_id) for conversation_id in session.scalars(due)]


def come_back(session: Session, conversation_id: int) -> None:
    """Have a conversation be there again: it is our turn, whoever waited; of somebody who has left it is nobody's.

    One that is put off anew is left.
    """
    due = (
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.snoozed_until <= now())
        .values(
            snoozed_until=None,
            waits_since=func.coalesce(Conversation.waits_since, Conversation.snoozed_until),
            assignee_id=select(User.id).where(_HOLDER, User.disabled_at.is_(None)).scalar_subquery(),
        )
    )
    if session.scalar(due.returning(Conversation.id)) is None:
        return
    row = session.get_one(Conversation, conversation_id, populate_existing=True)
    audience = tasks.audience_of(row.assignee_id, row.department_id)
    announce(session, Notice(kind="conversation", id=row.id, audience=audience, why=row.subject))
