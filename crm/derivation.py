"""Why a deadline is due when it is due: the time between, piece by piece.

It is kept beside the deadline as JSON, so that what a person was promised can still be explained after the
working hours have been changed. crm/derivation_words.py tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from hub.languages import N_

Kind = Literal["worked", "closed", "held", "holiday", "away"]
"""`closed` is the ordinary end of work, `holiday` a named day that took working time, `held` a pause."""

REASONS = (
    N_("night"), N_("lunch break"), N_("between shifts"), N_("weekend"), N_("day off"), N_("open"), N_("away"),
)  # fmt: skip
"""What calendars write as the reason of a piece; kept in English, told by `reason`."""


class Piece(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Time of one kind, from a moment (aware, UTC) until just before another; `why` says it in words."""

    kind: Kind
    from_: datetime
    to: datetime
    why: str

    @property
    def length(self) -> timedelta:
        """How long it really was, whatever the clocks on the wall did."""
        return self.to - self.from_


class Pause(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """The promise is held: nothing counts from a moment until another, None while it is still held."""

    from_: datetime
    to: datetime | None = None
    why: str = ""


class Derivation(msgspec.Struct, frozen=True, kw_only=True):
    """How `promise` of working time leads from `start` to `due`.

    The pieces follow each other without a gap from start to due, and the worked ones add up to the promise.
    With a pause that is still open there is no `due`: the pieces end where `held` begins. `by_hand`: the due time is
    one that somebody set himself, and all time counts until then. `days`: so many working days were promised, and
    `promise` is the work that they hold.
    """

    start: datetime
    promise: timedelta
    due: datetime | None
    pieces: tuple[Piece, ...] = ()
    held: Pause | None = None
    by_hand: bool = False
    days: int = 0

    @property
    def left(self) -> timedelta:
        """Working time that the pieces do not hold yet: nothing when there is a due time."""
        return self.promise - worked(self.pieces)


def worked(pieces: Iterable[Piece]) -> timedelta:
    """Add up the working time."""
    return sum((piece.length for piece in pieces if piece.kind == "worked"), timedelta())


def joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Make one piece of neighbours that say the same; the nights on both sides belong to a weekend."""
    last: Piece | None = None
    for piece in pieces:
        why = _common(last, piece) if last else None
        if last and why is not None:
            last = Piece(piece.kind, last.from_, piece.to, why)
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last


def _common(first: Piece, second: Piece) -> str | None:
    if first.kind != second.kind:
        return None
    if first.why == second.why:
        return first.why
    return "weekend" if {first.why, second.why} == {"night", "weekend"} else None
