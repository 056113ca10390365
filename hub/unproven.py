"""What is not proven to be from whom it says: kept apart for a day, and made nothing of.

Its sender is refused, so he knows; but a secret that was mistyped must not cost an order. Once it is right, what waits
here is proven again; or a person says that something was real. Anybody may send forgeries, so that only the newest are
kept, nothing large, and nothing that would become nothing: a shop tells of its goods far more often than of an order.
Each is apart under a key of no meaning, lest a forgery take the place of the real one; proven, it takes its own, and
what was sent again meanwhile ends as the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session, defer

from hub import journal
from hub.bus import Audience, Notice
from hub.clock import now
from hub.connector import Raw, WebIntake
from hub.db import Database, announce
from hub.journal import Inbound
from hub.rows_unless_there import insert_many_unless_there
from hub.said import said

KEPT = timedelta(days=1)
MOST = 1_000  # items of a channel, the newest
MOST_BYTES = 64 * 1024 * 1024  # of them together
LARGEST = 1024 * 1024  # bytes of a body: an order of a thousand lines is smaller, and forgers send more
SLICE = 500  # rows in one transaction
LOT = 20  # items that are proven again at a time
OVERSEERS = Audience(roles=frozenset({"manager", "admin"}))

# Still apart: neither let go on, nor spam by a person's word, nor forgotten.
APART: ColumnElement[bool] = (
    Inbound.unproven_at.is_not(None)
    & Inbound.set_aside_at.is_not(None)
    & Inbound.spam_at.is_(None)
    & Inbound.forgotten_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Apart:
    """How many of a channel are kept apart, and since when."""

    count: int
    since: datetime


async def keep(db: Database, channel_id: int, raw: Raw, why: str, stream: str | None = None) -> bool:
    """Keep an item apart durably, with the reason; tell whether it was: one that is too large is not kept at all.

    `stream` is that in which it belongs, should it be let go on.
    """
    if len(raw.body) > LARGEST:
        return False
    apart = {"due_at": None, "set_aside_at": raw.received_at, "unproven_at": raw.received_at}
    await db.lots(_insert).write(
        {**journal.values_of(channel_id, raw.key, raw, stream), **apart, "set_aside_why": why}
    )
    return True


def apart(session: Session) -> Mapping[int, Apart]:
    """Give how many are kept apart, by channel."""
    counted = select(Inbound.channel_id, func.count(), func.min(Inbound.received_at))
    found = session.execute(counted.where(APART).group_by(Inbound.channel_id))
    return {channel_id: Apart(count, since) for channel_id, count, since in found}


def latest(session: Session, channel_id: int, limit: int) -> Sequence[Inbound]:
    """Give those of a channel that are kept apart, the newest first."""
    wanted = select(Inbound).where(APART, Inbound.channel_id == channel_id).order_by(Inbound.id.desc())
    return session.scalars(wanted.limit(limit)).all()


async def proven_by_now(db: Database, channel_id: int, reader: WebIntake) -> dict[int, str]:
    """Find what is proven by now, such as by a secret that was corrected; gives each one's own key, the oldest first.

    No transaction is open meanwhile: it may take minutes.
    """
    proven: dict[int, str] = {}
    last = 0
    while lot := await db.read(_lot, channel_id, last):
        proven |= await asyncio.to_thread(_proven, lot, reader)
        last = lot[-1].id
    return proven


def let_go(session: Session, proven: Mapping[int, str]) -> list[int]:
    """Let go on what was found to be proven, and give the ids of what was still apart."""
    wanted = (
        select(Inbound).options(defer(Inbound.body)).where(APART, Inbound.id.in_(proven)).order_by(Inbound.id)
    )
    items = session.scalars(wanted).all()
    for item in items:
        same = _same(session, item, proven[item.id])
        if same is None:
            item.key = proven[item.id]
            journal.release(session, item)
        else:
            _repeat(item, same)
        announce(session, Notice(kind="journal", id=item.id, audience=OVERSEERS))
    return [item.id for item in items]


def forget(session: Session) -> int:
    """Take the bytes from a slice of what has been kept apart for a day; count them."""
    old = select(Inbound.id).where(
        Inbound.unproven_at < now() - KEPT, Inbound.set_aside_at.is_not(None), Inbound.forgotten_at.is_(None)
    )
    ids = session.scalars(old.limit(SLICE)).all()
    session.execute(
        update(Inbound).where(Inbound.id.in_(ids)).values(body=None, headers={}, forgotten_at=now()),
        execution_options={"synchronize_session": False},
    )
    return len(ids)


def _proven(lot: Sequence[Inbound], reader: WebIntake) -> dict[int, str]:
    own_key = cast("Callable[[Raw], str] | None", getattr(reader, "key", None))
    raws = [(item.id, _raw(item)) for item in lot]
    return {number: own_key(raw) if own_key else raw.key for number, raw in raws if reader.doubt(raw) is None}


def _repeat(item: Inbound, same: int) -> None:
    """End one that is the same as another."""
    item.released_at = item.done_at = now()
    item.set_aside_at, item.became, item.duplicate_of = None, said("the same request, sent again"), same


def _same(session: Session, item: Inbound, key: str) -> int | None:
    """Give what came under the key that is an item's own."""
    named = select(Inbound.id).where(Inbound.channel_id == item.channel_id, Inbound.key == key)
    return session.scalar(named.where(Inbound.id != item.id))


def _lot(session: Session, channel_id: int, last: int) -> Sequence[Inbound]:
    wanted = select(Inbound).where(APART, Inbound.channel_id == channel_id, Inbound.id > last)
    return session.scalars(wanted.order_by(Inbound.id).limit(LOT)).all()


def _raw(item: Inbound) -> Raw:
    return Raw(body=item.body or b"", headers=item.headers, received_at=item.received_at, key=item.key)


def _insert(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    insert_many_unless_there(session, Inbound, rows)
    for channel_id in {row["channel_id"] for row in rows}:
        _remove_too_many(session, channel_id)
    announce(session, Notice(kind="journal", id=0, audience=OVERSEERS))


def _remove_too_many(session: Session, channel_id: object) -> None:
    """Remove the oldest beyond the bounds; an index alone tells which."""
    newest_first = Inbound.id.desc()
    ranked = (
        select(
            Inbound.id,
            func.row_number().over(order_by=newest_first).label("place"),
            func.sum(Inbound.size).over(order_by=newest_first).label("bytes"),
        )
        .where(
            Inbound.channel_id == channel_id,
            Inbound.unproven_at.is_not(None),
            Inbound.set_aside_at.is_not(None),
        )
        .subquery()
    )
    beyond = select(ranked.c.id).where((ranked.c.place > MOST) | (ranked.c.bytes > MOST_BYTES))
    session.execute(
        delete(Inbound).where(Inbound.id.in_(beyond)), execution_options={"synchronize_session": False}
    )
