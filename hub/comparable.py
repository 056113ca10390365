"""What a connector is whose other side keeps what it gave: both can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

from hub.connector import Connector, Raw


class Day(NamedTuple):
    """What a comparison found of one day: how many items the other side holds, and how many of them were missing."""

    day: date
    held: int
    missing: int


class Books(Protocol):
    """What a connector has of the hub when the other side is compared with the journal."""

    async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
        """Keep what is missing, as a listener keeps it."""

    async def marked(self, name: str) -> str:
        """Give how far the listener has read, see `Line.mark`."""

    async def places(self, since: datetime) -> frozenset[str]:
        """Give the header `place` of the items that were kept since a moment: their places over there."""

    async def holds(self, key: str) -> bool:
        """Tell whether an item of this key was kept, whatever became of it."""


class Comparable(Protocol):
    """A connector whose other side keeps what it gave, so that both can be compared."""

    async def compare(self, books: Books, since: date) -> Sequence[Day]:
        """Keep what the other side holds since a day and the journal does not; give the days, the oldest first.

        What the listener has not come to yet is left to it. Raises Unavailable or AuthFailed.
        """


def compares(connector: Connector | type[Connector]) -> bool:
    """Tell whether a connector is `Comparable`."""
    return hasattr(connector, "compare")
