"""What was written down is read from its end, back to a moment, and never more of it than the bounds say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

WALLS = 14 * 3600
"""Seconds by which a clock on a wall can be away from the clock of the world."""
MOST_ENTRIES = 100_000

T = TypeVar("T")


class Written(NamedTuple, Generic[T]):
    """One thing as it stands there, and when it was written; `by_the_wall`: that has no zone, and was taken for UTC."""

    what: T
    at: float
    by_the_wall: bool = False


class Form(NamedTuple, Generic[T]):
    """How one kind of thing is written: in a line of a file, or in a row with these columns.

    `columns` are what we ask for and what the backends call it, `optional` those of them that need not be there, and
    `time` the one by which a table is read. `wanted` tells what of it is kept.
    """

    of_line: Callable[[str], Written[T] | None]
    of_row: Callable[[Mapping[str, object]], Written[T] | None]
    wanted: Callable[[T], bool]
    columns: Mapping[str, Sequence[str]]
    time: str
    optional: frozenset[str] = frozenset()


class Read(NamedTuple, Generic[T]):
    """What was written, the oldest first; `unreadable` counts what was nothing of the kind.

    `is_whole`: it goes back as far as was asked for, or to the beginning of all.
    """

    entries: list[T]
    unreadable: int
    is_whole: bool


def collect(
    newest_first: Iterable[Written[T] | None],
    since: float,
    wanted: Callable[[T], bool],
    *,
    has_all: bool = True,
) -> Read[T]:
    """Take what is wanted, until it is older than a moment or too much; `has_all`: there is nothing else."""
    found: list[T] = []
    unreadable = 0
    for number, written in enumerate(newest_first, 1):
        if written is None:
            unreadable += 1
        elif written.at < since - WALLS * written.by_the_wall:
            return Read(found[::-1], unreadable, is_whole=True)
        elif wanted(written.what):
            found.append(written.what)
        if number >= MOST_ENTRIES:
            return Read(found[::-1], unreadable, is_whole=False)
    return Read(found[::-1], unreadable, has_all)
