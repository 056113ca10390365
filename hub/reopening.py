"""What came is read again, by a better reader: the raw bytes are there, and what they became is found by its key."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.journal import Inbound, reopen


def reopen_last(session: Session, channel_id: int, limit: int) -> int:
    """Have the last items of a channel that became something read again, by a better reader; count them."""
    wanted = (
        select(Inbound)
        .where(
            Inbound.channel_id == channel_id, Inbound.became_path.is_not(None), Inbound.done_at.is_not(None),
            Inbound.duplicate_of.is_(None), Inbound.forgotten_at.is_(None),
        )
        .order_by(Inbound.received_at.desc(), Inbound.id.desc())
        .limit(limit)
    )  # fmt: skip
    items = session.scalars(wanted).all()
    for item in items:
        reopen(session, item)
    return len(items)
