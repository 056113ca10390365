"""An item that holds several things, such as a file of orders: each becomes an item of its own.

The item itself stays as it came. Its parts and its end are one transaction, and a part is known by its bytes, or by the
key that its headers name: parted again, it makes what it did not make before and has the rest read again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from msgspec import structs
from sqlalchemy import update
from sqlalchemy.orm import Session

from hub import journal
from hub.blobs import Blobs
from hub.clock import now
from hub.connector import Raw
from hub.journal import Inbound, Outcome
from hub.said import nsaid

WHOLE = ":whole"  # the header of a part that names what it is of
STREAM = ":stream"  # the header of a part that names its stream, in which parts stay in order
KEY = ":key"  # the header of a part that names its key, by which it is the same as one that came alone
_DIGITS = 24  # of a part's digest that stand in its key

Rows = Sequence[Mapping[str, object]]


def is_part(raw: Raw) -> bool:
    """Tell whether it is a part itself, which has none."""
    return WHOLE in raw.headers


async def rows_of(blobs: Blobs, item: Inbound, parts: Sequence[Raw]) -> Rows:
    """Give the rows of an item's parts; two that are the same are one."""
    found = {part.headers.get(KEY) or _key(item, part): part for part in parts}
    return [await _row(blobs, item, key, part) for key, part in found.items()]


def part(session: Session, item: Inbound, rows: Rows) -> None:
    """Keep the parts of an open item and end it; AlreadyClosed, and so nothing, where somebody did it before."""
    became = nsaid("%(num)s part, an item of its own", "%(num)s parts, each an item of its own", len(rows))
    journal.close(session, item.id, Outcome(became, f"/journal?q={item.key}"))
    _read_again(session, item.channel_id, [row["key"] for row in rows])
    journal.insert_items(session, rows)


def _key(item: Inbound, part: Raw) -> str:
    return f"{item.key} {sha256(part.body).hexdigest()[:_DIGITS]}"


async def _row(blobs: Blobs, item: Inbound, key: str, part: Raw) -> Mapping[str, object]:
    """Give the row of a part; it came from no network itself, so that a large file is no rush."""
    blob = await blobs.put(part.body) if len(part.body) > journal.IN_ROW else None
    part = structs.replace(part, headers={**part.headers, WHOLE: item.key})
    stream = part.headers.get(STREAM)
    return journal.values_of(item.channel_id, key, part, stream, blob) | {"network": None}


def _read_again(session: Session, channel_id: int, keys: Sequence[object]) -> None:
    """Have those read again that are there and were ended, unless a person has to decide on them."""
    session.execute(
        update(Inbound)
        .where(
            Inbound.channel_id == channel_id, Inbound.key.in_(keys), Inbound.due_at.is_(None),
            Inbound.set_aside_at.is_(None), Inbound.forgotten_at.is_(None),
        )
        .values(due_at=now(), attempts=0, error=None, done_at=None, failed_at=None),
        execution_options={"synchronize_session": False},
    )  # fmt: skip
