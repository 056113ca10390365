"""Whether a text is nearly one that people called spam, by their simhashes (hub/simhash.py)."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.journal import Inbound
from hub.simhash import BITS, apart

NEAR = 12  # bits that may differ: texts that have nothing in common differ in 32 or so
REMEMBERED = 1000  # of the last spam; a mass of one text is compared once


def like_spam(session: Session, sought: int) -> int | None:
    """Give the id of the item, called spam by a person, whose text is nearest to this; None where none is near."""
    near = [(apart(sought, mark), item_id) for mark, item_id in session.connection().execute(_KNOWN)]
    nearest, item_id = min(near, default=(BITS, None))
    return item_id if nearest <= NEAR else None


_last = (
    select(Inbound.id, Inbound.likeness)
    .where(Inbound.spam_at.is_not(None), Inbound.likeness.is_not(None))
    .order_by(Inbound.spam_at.desc())
    .limit(REMEMBERED)
    .subquery()
)
_KNOWN = select(_last.c.likeness, func.max(_last.c.id)).group_by(_last.c.likeness)
