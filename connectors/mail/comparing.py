"""Comparing a mailbox with the journal: what the server holds and we do not have is fetched, and told.

A letter that was kept from its place, UIDVALIDITY and UID, is not fetched again. Any other is, and is known by its
bytes then: one that was merely moved, or numbered anew, is not missing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from connectors.mail.imap import Mailbox
from connectors.mail.letter_items import item_of, place_of
from connectors.mail.listening import DAY, Source
from connectors.mail.marks import Mark, read_mark
from hub.comparable import Books, Day
from hub.connector import Unavailable
from hub.said import said


async def compare(books: Books, source: Source, since: date) -> Sequence[Day]:
    """Keep what the folders hold since a day and the journal does not; give each day with letters, the oldest first."""
    held: Counter[date] = Counter()
    missing: Counter[date] = Counter()
    marks = {folder: read_mark(await books.marked(source.mark_of(folder))) for folder in source.folders}
    begun = {folder: mark for folder, mark in marks.items() if mark is not None}
    if not begun:
        raise Unavailable(said("Nobody has begun to read this mailbox."))
    for folder, mark in begun.items():
        comparison = _Comparison(books, folder, mark, max(since, source.since or mark.since + DAY))
        await comparison.run(source)
        held += comparison.held
        missing += comparison.missing
    return [Day(day, held[day], missing[day]) for day in sorted(held)]


class _Comparison:
    """One folder, up to where the listener has read it."""

    def __init__(self, books: Books, folder: str, mark: Mark, first: date) -> None:
        self.held: Counter[date] = Counter()
        self.missing: Counter[date] = Counter()
        self._books = books
        self._folder = folder
        self._mark = mark
        self._first = first

    async def run(self, source: Source) -> None:
        """Do it over a connection of its own, so that the listener goes on."""
        box = Mailbox(source.address)
        try:
            await box.connect()
            await source.enter(box)
            if self._mark.holds_in(
                await box.open(self._folder)
            ):  # else the listener begins anew, and reads all of it
                await self._compare(box)
        finally:
            box.close()

    async def _compare(self, box: Mailbox) -> None:
        uids = [uid for uid in await box.uids_since(self._first) if uid <= self._mark.last]
        days = await box.days(uids)
        self.held.update(days.values())
        began = datetime.combine(self._first - DAY, time(), UTC)
        kept = await self._books.places(began)
        unknown = [uid for uid in days if place_of(self._folder, self._mark.validity, uid) not in kept]
        async for letter in box.letters(unknown):
            item = await asyncio.to_thread(item_of, self._folder, self._mark.validity, letter)
            if not await self._books.holds(item.key):
                await self._books.accept(*item)
                self.missing[days[letter.uid]] += 1
