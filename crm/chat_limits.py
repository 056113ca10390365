"""How many chats one of us has at a time: who has as many as he may is passed over when a new one is given out.

A chat counts for whoever has its conversation while its customer waits, and for a while after the last word in it.
What was closed or put off counts no longer.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.conversations import Conversation
from hub.channels import Channel, connector_kinds
from hub.clock import now

STILL_TALKED = timedelta(minutes=30)


def full(session: Session, most: int, but: int | None = None) -> frozenset[int]:
    """Give who has as many open chats as he may, 0 for any number; `but` one conversation."""
    if not most:
        return frozenset()
    kinds = [name for name, kind in connector_kinds().items() if kind.rules is not None]
    talked = Conversation.waits_since.is_not(None) | (Conversation.last_at > now() - STILL_TALKED)
    counted = (
        select(Conversation.assignee_id)
        .where(
            Conversation.assignee_id.is_not(None), Conversation.closed_at.is_(None),
            Conversation.snoozed_until.is_(None), Conversation.id != (but or 0), talked,
            Conversation.channel_id.in_(select(Channel.id).where(Channel.kind.in_(kinds))),
        )
        .group_by(Conversation.assignee_id)
        .having(func.count() >= most)
    )  # fmt: skip
    return frozenset(each for each in session.scalars(counted) if each is not None)
