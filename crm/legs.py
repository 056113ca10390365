"""How a list is walked: in legs, each along one index, from any place in it.

Contacts by their last contact are two legs: those who have one, by it; then those who have none. A place in a list
names its leg, so that every page costs the same, however far down it is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import Session

from crm.contacts import Contact, Organisation
from hub.db import Moment
from hub.languages import LANGUAGES, SOURCE, listener
from hub.shapes import decode

LARGEST = 10**18

Rows = Select[*tuple[Any, ...]]
Key = str | datetime | None


class Leg(NamedTuple):
    """One part of an order: its rows, their numbers, and what they are sorted by (None: by their number)."""

    rows: Rows
    id: Any
    key: Any
    down: bool


class Place(NamedTuple):
    """Behind this row: its leg, its key there and its id."""

    leg: int
    key: Key
    id: int

    def __str__(self) -> str:
        """Write it into an address."""
        kept = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        return base64.urlsafe_b64encode(msgspec.json.encode([self.leg, kept, self.id])).decode().rstrip("=")


class Unreadable(Exception):
    """A place that is none of ours."""


def walk(
    session: Session, legs: Sequence[Leg], after: str, most: int
) -> list[tuple[Place, Sequence[Any]]]:  # fmt: skip
    """Give so many rows behind a place ("": from the start), each with its own; raises Unreadable."""
    place = _read(after, legs) if after else None
    found: list[tuple[Place, Sequence[Any]]] = []
    for number in range(place.leg if place else 0, len(legs)):
        behind = place if place and place.leg == number else None
        further = session.execute(_along(legs[number], behind).limit(most - len(found)))
        found += [(Place(number, key, row_id), row) for *row, row_id, key in further]
        if len(found) >= most:
            break
    return found


def by_name(record: type[Contact | Organisation]) -> Any:  # noqa: ANN401 - a column, of either table
    """Give the column by which names stand in the order of the reader's language."""
    language = listener().language if listener().language in LANGUAGES else SOURCE
    return getattr(record, f"sort_{language}")


def _along(leg: Leg, behind: Place | None) -> Rows:
    key = leg.id if leg.key is None else leg.key
    found = leg.rows.add_columns(leg.id, key)
    if behind is not None:
        found = found.where(_beyond(leg, behind))
    turned = [] if leg.key is None else [key.desc() if leg.down else key.asc()]
    return found.order_by(*turned, leg.id.desc() if leg.down else leg.id.asc())


def _beyond(leg: Leg, place: Place) -> ColumnElement[bool]:
    """Tell what comes behind; the first condition is the one that an index knows."""
    later: ColumnElement[bool] = leg.id < place.id if leg.down else leg.id > place.id
    if leg.key is None:
        return later
    if leg.down:
        return and_(leg.key <= place.key, or_(leg.key < place.key, later))
    return and_(leg.key >= place.key, or_(leg.key > place.key, later))


def _read(text: str, legs: Sequence[Leg]) -> Place:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        kept = decode(base64.urlsafe_b64decode(padded), tuple[int, str | int | None, int])
        return _place(*kept, legs)
    except (ValueError, binascii.Error, msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise Unreadable from error


def _place(leg: int, key: str | int | None, row_id: int, legs: Sequence[Leg]) -> Place:
    if not 0 < row_id < LARGEST or not 0 <= leg < len(legs):
        raise ValueError("no row of this list")
    own = legs[leg].key
    if own is None:
        return Place(leg, None, row_id)
    if not isinstance(key, str) or "\0" in key:
        raise ValueError("no key of this list")
    return Place(
        leg, datetime.fromisoformat(key).astimezone(UTC) if isinstance(own.type, Moment) else key, row_id
    )
