"""What waits in masses: set aside for the same reasons, from one network. It is dealt with as one.

Whatever a machine posts ten thousand times is a line or two of the list, so that a real request beside it is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, String, and_, func, not_, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from hub.clock import now
from hub.db import announce
from hub.journal import TIMER, Inbound
from hub.timers import Due

MANY = 6
MOST = 200

# As it is kept: a sentence is said anew to each reader, and what was said is the same.
_WHY = type_coerce(Inbound.set_aside_why, String)
_IS_THERE = Inbound.body.is_not(None) | Inbound.blob.is_not(None)


class Flood(NamedTuple):
    """So many (`size`) that wait for the same reasons, the first since a moment, and the latest of them."""

    size: int
    since: datetime
    why: str
    latest: Inbound


def waiting(session: Session, channel_id: int) -> Sequence[Flood]:
    """Give the masses that wait, the largest first."""
    count = func.count()
    found = session.execute(
        select(func.max(Inbound.id), count, func.min(Inbound.received_at), _WHY)
        .where(_waits(channel_id), _WHY.is_not(None))
        .group_by(_WHY, Inbound.network)
        .having(count >= MANY)
        .order_by(count.desc())
        .limit(MOST)
    ).all()
    items = {
        item.id: item
        for item in session.scalars(select(Inbound).where(Inbound.id.in_([row[0] for row in found])))
    }
    return [Flood(number, since, why, items[item_id]) for item_id, number, since, why in found]


def single(session: Session, channel_id: int, floods: Sequence[Flood], limit: int) -> Sequence[Inbound]:
    """Give the last that wait beside these masses."""
    of_them = [
        and_(_kept_as(each.why), Inbound.network.is_not_distinct_from(each.latest.network)) for each in floods
    ]
    beside = not_(or_(*of_them)) if of_them else Inbound.id.is_not(None)
    wanted = select(Inbound).where(_waits(channel_id), _IS_THERE, or_(_WHY.is_(None), beside))
    return session.scalars(wanted.order_by(Inbound.received_at.desc(), Inbound.id.desc()).limit(limit)).all()


def take_away(session: Session, item: Inbound) -> int:
    """Take away as spam all that waits for the same reasons, and of the same network, as an item; count it."""
    return _set(session, [_waits(item.channel_id), *_kind(session, item)], spam_at=now())


def put_back(session: Session, item: Inbound) -> int:
    """Put back what was taken away together with an item; count it."""
    together = [Inbound.channel_id == item.channel_id, Inbound.spam_at == item.spam_at]
    return _set(session, [*together, *_kind(session, item)], spam_at=None)


def let_go(session: Session, item: Inbound, after: timedelta) -> int:
    """Let go on, after a while, all that waits for the same reasons, and of the same network, as an item; count it."""
    moment = now()
    announce(session, Due(TIMER, moment + after))
    return _set(
        session, [_waits(item.channel_id), _IS_THERE, *_kind(session, item)],
        released_at=moment, set_aside_at=None, due_at=moment + after, attempts=0, error=None, done_at=None,
    )  # fmt: skip


def hold_back(session: Session, item: Inbound) -> int:
    """Set aside again what was let go together with an item, as far as nothing was made of it; count it."""
    together = [Inbound.channel_id == item.channel_id, Inbound.released_at == item.released_at,
                Inbound.due_at.is_not(None)]  # fmt: skip
    which = [*together, *_kind(session, item)]
    return _set(session, which, due_at=None, released_at=None, set_aside_at=now())


def _set(session: Session, which: Sequence[ColumnElement[bool]], **values: object) -> int:
    done = session.execute(
        update(Inbound).where(*which).values(values), execution_options={"synchronize_session": False}
    )
    return cast("CursorResult[object]", done).rowcount


def _kind(session: Session, item: Inbound) -> list[ColumnElement[bool]]:
    why = session.scalar(select(_WHY).where(Inbound.id == item.id))
    return [_kept_as(why), Inbound.network.is_not_distinct_from(item.network)]


def _kept_as(why: str | None) -> ColumnElement[bool]:
    return _WHY.is_not_distinct_from(why)


def _waits(channel_id: int) -> ColumnElement[bool]:
    return and_(
        Inbound.channel_id == channel_id, Inbound.set_aside_at.is_not(None), Inbound.spam_at.is_(None),
        Inbound.unproven_at.is_(None),
    )  # fmt: skip
