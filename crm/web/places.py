"""A place in a list that is ordered by time, newest first: where its next page begins.

Rows of one moment are told apart by their kind's rank and their id, so that none is shown twice or left out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from hub.languages import _
from hub.web.problems import Problem

START = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)

_WRITTEN = re.compile(r"(\d{1,17})-(\d)-(\d{1,18})", re.ASCII)


class Place(NamedTuple):
    """After the row of this moment, rank and id."""

    at: datetime
    rank: int
    id: int

    def __str__(self) -> str:
        """Write it into an address."""
        return f"{(self.at - START) // TICK}-{self.rank}-{self.id}"

    def beyond(
        self, at: InstrumentedAttribute[datetime], row_id: InstrumentedAttribute[int], rank: int = 0
    ) -> ColumnElement[bool]:
        """Tell which rows of this rank come behind it; the first condition is the one that an index knows."""
        if rank != self.rank:
            return at <= self.at if rank < self.rank else at < self.at
        return and_(at <= self.at, or_(at < self.at, row_id < self.id))


def read_place(text: str | None) -> Place | None:
    """Read a place out of an address; None where none is named, and a problem for what is none."""
    if not text:
        return None
    found = _WRITTEN.fullmatch(text)
    if not found:
        raise Problem(400, _("This address is not complete. Go back to the list and open it again."))
    moment, rank, row_id = map(int, found.groups())
    return Place(START + moment * TICK, rank, row_id)
