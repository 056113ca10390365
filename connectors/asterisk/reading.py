"""Entries are read from their end, back to a moment, and never more of them than the bounds say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from connectors.asterisk.entries import KINDS, WALLS, Entry, Written

MOST_ENTRIES = 100_000


class Read(NamedTuple):
    """Entries as they were written, the oldest first; `unreadable` counts what was none.

    `is_whole`: they go back as far as was asked for, or to the beginning of all.
    """

    entries: list[Entry]
    unreadable: int
    is_whole: bool


def collect(newest_first: Iterable[Written | None], since: float, *, has_all: bool = True) -> Read:
    """Take entries that make calls, until they are older than a moment or too many; `has_all`: there are no others."""
    found: list[Entry] = []
    unreadable = 0
    for number, written in enumerate(newest_first, 1):
        if written is None:
            unreadable += 1
        elif written.entry.at < since - WALLS * written.by_the_wall:
            return Read(found[::-1], unreadable, is_whole=True)
        elif written.entry.kind in KINDS:
            found.append(written.entry)
        if number >= MOST_ENTRIES:
            return Read(found[::-1], unreadable, is_whole=False)
    return Read(found[::-1], unreadable, has_all)
