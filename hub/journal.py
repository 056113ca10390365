"""The journal: every raw item that came in, kept before anybody is told that we have it.

An item is known by `(channel, key)`; taking it again does nothing. Items of one stream (a call, a thread) are
processed in the order they came. An item is open while `due_at` is set; it is closed when it became something
(`done_at`), was set aside (`set_aside_at`) or failed five times (`failed_at`). The raw bytes stay either way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import ForeignKey, Index, Integer, Table, UniqueConstraint, bindparam, func, select, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from hub.blobs import Blobs
from hub.checks import Check, Checks
from hub.clock import now
from hub.connector import Raw
from hub.db import Base, Database, Document, announce, some
from hub.networks import network_of
from hub.rows_unless_there import insert_many_unless_there, insert_unless_there
from hub.sentence import Sentence
from hub.statements import Statement
from hub.timers import Due

TIMER = "journal"
IN_ROW = 256 * 1024  # bytes of a body that stay in the row; more goes to the blob folder
PAUSES = (timedelta(seconds=1), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
ATTEMPTS = len(PAUSES) + 1
PAUSED = timedelta(hours=1)  # until an item of a paused channel is looked at again
CLAIM = timedelta(seconds=30)  # how long a node may take for an item before another takes it up


class Inbound(Base):
    """One raw item. `became` says in words what it was turned into, `became_path` opens that.

    `forgotten_at`: its raw bytes were old enough to be forgotten. `spam_at`: a person took it out of what is set
    aside, since it is really spam. `unproven_at`: nobody could prove it genuine when it came, see hub/unproven.py.
    `network` is where a web sender stands (hub/networks.py), `checks` what the rules against spam said of it,
    `likeness` by what its text is found again where it was set aside.
    """

    __tablename__ = "inbound"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    key: Mapped[str]
    stream: Mapped[str | None]
    received_at: Mapped[datetime]
    headers: Mapped[dict[str, str]] = mapped_column(Document)
    body: Mapped[bytes | None]
    blob: Mapped[str | None]
    size: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    set_aside_at: Mapped[datetime | None]
    set_aside_why: Mapped[str | None] = mapped_column(Sentence)
    released_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Sentence)
    became: Mapped[str | None] = mapped_column(Sentence)
    became_path: Mapped[str | None]
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"))
    forgotten_at: Mapped[datetime | None]
    spam_at: Mapped[datetime | None]
    unproven_at: Mapped[datetime | None]
    network: Mapped[str | None]
    checks: Mapped[Sequence[Check] | None] = mapped_column(Checks)
    likeness: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("channel_id", "key"),
        Index("ix_inbound_channel", "channel_id", "received_at"),
        some("ix_inbound_due", "due_at", where="due_at IS NOT NULL"),
        some("ix_inbound_stream", "channel_id", "stream", "id", where="due_at IS NOT NULL"),
        some("ix_inbound_set_aside", "set_aside_at", where="set_aside_at IS NOT NULL"),
        some("ix_inbound_unproven", "channel_id", "id", "size",
             where="unproven_at IS NOT NULL AND set_aside_at IS NOT NULL"),
        some("ix_inbound_failed", "failed_at", where="failed_at IS NOT NULL"),
        some("ix_inbound_duplicate", "duplicate_of", where="duplicate_of IS NOT NULL"),
        some("ix_inbound_network", "channel_id", "network", "received_at", where="network IS NOT NULL"),
        some("ix_inbound_spam", "spam_at", "likeness", where="spam_at IS NOT NULL"),
    )  # fmt: skip


_KEPT = cast("Table", Inbound.__table__)
_ENDS = ("due_at", "error", "became", "became_path", "duplicate_of", "set_aside_why", "checks", "likeness", "done_at",
         "set_aside_at")  # fmt: skip
_CLOSE = Statement(update(_KEPT).where(_KEPT.c.id == bindparam("item"), _KEPT.c.due_at.is_not(None)), _ENDS)

# Put together once: that takes longer than to ask, and it is asked for every item.
_earlier = aliased(Inbound)
_DUE = (
    select(Inbound)
    .where(
        Inbound.due_at <= bindparam("moment"),
        Inbound.stream.is_(None)
        | ~select(_earlier.id)
        .where(
            _earlier.channel_id == Inbound.channel_id,
            _earlier.stream == Inbound.stream,
            _earlier.id < Inbound.id,
            _earlier.due_at.is_not(None),
        )
        .exists(),
    )
    .order_by(Inbound.due_at)
    .limit(bindparam("most", type_=Integer))
)
_DUE_AND_FREE = _DUE.with_for_update(skip_locked=True, of=Inbound)
_WAITS = select(
    select(Inbound.id)
    .where(
        Inbound.channel_id == bindparam("channel"),
        Inbound.stream == bindparam("of"),
        Inbound.id < bindparam("item"),
        Inbound.due_at.is_not(None),
    )
    .exists()
)
_EARLIEST = select(func.min(Inbound.due_at)).where(Inbound.due_at > bindparam("after"))


class AlreadyClosed(Exception):
    """Another worker finished this item first; a normal answer."""


class Outcome(NamedTuple):
    """What an item became, in words, and the address that opens it; or why it was set aside."""

    became: str
    path: str | None = None
    duplicate_of: int | None = None
    set_aside_why: str | None = None
    checks: Sequence[Check] = ()
    likeness: int | None = None


async def accept(
    db: Database, blobs: Blobs, channel_id: int, key: str, raw: Raw, stream: str | None = None
) -> None:
    """Keep a raw item durably; once this returns it cannot be lost. The same key again changes nothing."""
    blob = await blobs.put(raw.body) if len(raw.body) > IN_ROW else None
    await db.lots(insert_items).write(values_of(channel_id, key, raw, stream, blob))


def insert_items(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert raw items as `due_at` now; those whose key is there already are left as they are."""
    insert_many_unless_there(session, Inbound, rows)
    announce(session, Due(TIMER, now()))


def insert_item(session: Session, channel_id: int, key: str, raw: Raw, stream: str | None) -> Inbound | None:
    """Insert one raw item, to be finished in this transaction, and give it as a reader would; None if it is there."""
    values = values_of(channel_id, key, raw, stream)
    item_id = insert_unless_there(session, Inbound, **values)
    return Inbound(id=item_id, **values) if item_id is not None else None


def places(session: Session, channel_id: int, since: datetime) -> frozenset[str]:
    """Give where the other side has the items that were kept since a moment: what their header `place` says."""
    kept = select(Inbound.headers).where(Inbound.channel_id == channel_id, Inbound.received_at >= since)
    return frozenset(headers["place"] for headers in session.scalars(kept) if "place" in headers)


def holds(session: Session, channel_id: int, key: str) -> bool:
    """Tell whether an item of this key was kept."""
    found = select(Inbound.id).where(Inbound.channel_id == channel_id, Inbound.key == key)
    return session.scalar(found) is not None


def is_behind(session: Session, item: Inbound) -> bool:
    """Tell whether something open of its stream came before an item, so that it waits its turn."""
    asked = {"channel": item.channel_id, "of": item.stream, "item": item.id}
    return item.stream is not None and bool(session.connection().scalar(_WAITS, asked))


def is_rushed(db: Database) -> bool:
    """Tell whether so many senders wait for their answer that everything else should."""
    return db.lots(insert_items).crowded


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next waiting item comes due."""
    return session.connection().execute(_EARLIEST, {"after": after}).scalar()


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, Inbound]]:
    """Give items that are due and first in their stream, oldest first.

    With several nodes, what is given is also claimed for a while; the claim only saves work, since
    whoever finishes an item first closes it.
    """
    asked = {"moment": moment, "most": limit}
    if session.get_bind().dialect.name == "sqlite":
        return [(item.id, item) for item in session.scalars(_DUE, asked)]
    items = session.scalars(_DUE_AND_FREE, asked).all()
    if not items:
        return []
    session.execute(
        update(Inbound).where(Inbound.id.in_([item.id for item in items])).values(due_at=now() + CLAIM),
        execution_options={"synchronize_session": False},
    )
    return [(item.id, item) for item in items]


def release_claims(session: Session) -> None:
    """Make due what was in hand when the hub stopped; another node's items are merely done twice."""
    session.execute(
        update(Inbound).where(Inbound.due_at > now(), Inbound.attempts == 0).values(due_at=now()),
        execution_options={"synchronize_session": False},
    )


def close(session: Session, inbound_id: int, outcome: Outcome) -> None:
    """End an open item with what it became; raises AlreadyClosed, and so undoes all, if it was closed."""
    aside = outcome.set_aside_why is not None
    moment = now()
    session.flush()
    ended = _CLOSE.carry_out(session, {
        "item": inbound_id, "due_at": None, "error": None, "became": outcome.became,
        "became_path": outcome.path, "duplicate_of": outcome.duplicate_of,
        "set_aside_why": outcome.set_aside_why, "checks": outcome.checks, "likeness": outcome.likeness,
        "done_at": None if aside else moment, "set_aside_at": moment if aside else None,
    })  # fmt: skip
    if ended == 0:
        raise AlreadyClosed


def fail(session: Session, inbound_id: int, error: str) -> Inbound | None:
    """Count a failed attempt: later again, or closed with its error after the fifth."""
    item = session.get(Inbound, inbound_id, with_for_update=True)
    if item is None or item.due_at is None:
        return None
    item.attempts += 1
    item.error = error
    if item.attempts >= ATTEMPTS:
        item.due_at, item.failed_at = None, now()
    else:
        item.due_at = now() + PAUSES[item.attempts - 1]
        announce(session, Due(TIMER, item.due_at))
    return item


def reopen(session: Session, item: Inbound) -> None:
    """Have an item read and processed again; what it became before is found by its key, not made anew."""
    item.due_at, item.attempts, item.error = now(), 0, None
    item.done_at = item.failed_at = None
    announce(session, Due(TIMER, item.due_at))


def release(session: Session, item: Inbound, after: timedelta = timedelta()) -> None:
    """Let go on what was set aside, after a while in which it can be taken back: a person says that it was real."""
    item.released_at, item.set_aside_at, item.spam_at = now(), None, None
    reopen(session, item)
    item.due_at = now() + after
    announce(session, Due(TIMER, item.due_at))


def hold_back(session: Session, item: Inbound) -> None:
    """Take back a release; AlreadyClosed when the item became something meanwhile."""
    if item.due_at is None or item.released_at is None:
        raise AlreadyClosed
    item.due_at, item.released_at, item.set_aside_at = None, None, now()
    session.flush()


def postpone(session: Session, inbound_id: int) -> None:
    """Leave an open item for later: its channel is paused, and resuming makes it due."""
    session.execute(
        update(Inbound)
        .where(Inbound.id == inbound_id, Inbound.due_at.is_not(None))
        .values(due_at=now() + PAUSED),
        execution_options={"synchronize_session": False},
    )


def make_due(session: Session, channel_id: int) -> None:
    """Take up all that waits of a channel."""
    session.execute(
        update(Inbound).where(Inbound.channel_id == channel_id, Inbound.due_at > now()).values(due_at=now()),
        execution_options={"synchronize_session": False},
    )
    announce(session, Due(TIMER, now()))


def values_of(
    channel_id: int, key: str, raw: Raw, stream: str | None, blob: str | None = None
) -> dict[str, object]:
    """Give the row of an item that came just now; a large body is a `blob`."""
    return {
        "channel_id": channel_id, "key": key, "stream": stream, "received_at": raw.received_at,
        "headers": raw.headers, "body": None if blob else raw.body, "blob": blob, "size": len(raw.body),
        "attempts": 0, "due_at": raw.received_at, "network": network_of(raw.headers.get(":remote", "")),
    }  # fmt: skip
