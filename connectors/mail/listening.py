"""Listening to a mailbox: every folder over a connection of its own, from the letter behind the last that was kept.

A letter is known by its bytes: however often it is fetched, and from whichever folder, it is one item of the journal.
So a server that numbers its letters anew is simply read once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from connectors.mail.imap import Mailbox
from connectors.mail.imap_answers import Letter
from connectors.mail.imap_link import Address
from connectors.mail.letter_items import Item, item_of
from connectors.mail.marks import Mark, read_mark
from hub.clock import now
from hub.connector import Line, Unavailable
from hub.said import said

OFTEN = 32
"""Letters that are kept at once, after which it is kept how far a folder was read …"""
HELD = 1 << 20
"""… or bytes of them."""
DAY = timedelta(days=1)
"""By which the server's calendar may differ from ours."""


class Source(NamedTuple):
    """Whose folders are read, and since which day; None is from now on. `enter` logs in.

    `marks`: letters are marked as read once they are kept. `moves_to`: they are moved into this folder then.
    """

    address: Address
    enter: Callable[[Mailbox], Awaitable[None]]
    folders: Sequence[str]
    since: date | None = None
    marks: bool = False
    moves_to: str = ""


async def listen(line: Line, source: Source) -> None:
    """Keep every letter that comes, until cancelled; what ends one folder's connection ends all of it."""
    caught_up: set[str] = set()

    async def caught(folder: str) -> None:
        caught_up.add(folder)
        if len(caught_up) == len(source.folders):
            await line.up()

    following = [asyncio.create_task(_follow(line, source, folder, caught)) for folder in source.folders]
    try:
        ended, _others = await asyncio.wait(following, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)


async def _follow(line: Line, source: Source, folder: str, caught: Callable[[str], Awaitable[None]]) -> None:
    box = Mailbox(source.address)
    try:
        await box.connect()
        await source.enter(box)
        await _look_for(box, source.moves_to)
        reading = _Reading(line, box, source, folder)
        new = await reading.begin()
        while True:
            await reading.take(new)
            await caught(folder)
            new = await box.news_above(reading.mark.last)
    finally:
        box.close()


async def _look_for(box: Mailbox, folder: str) -> None:
    """Raise Unavailable where letters shall be moved into a folder that is not there."""
    if folder and folder not in {each.name for each in await box.folders()}:
        raise Unavailable(said("The mailbox has no folder “%(folder)s” to move letters to.", folder=folder))


class _Reading:
    """A folder that is read, and how far it was."""

    mark: Mark

    def __init__(self, line: Line, box: Mailbox, source: Source, folder: str) -> None:
        self._line = line
        self._box = box
        self._source = source
        self._folder = folder
        self._catches_up = True

    async def begin(self) -> list[int]:
        """Open the folder and give what is there already and is to be taken."""
        opened = await self._box.open(self._folder)
        known, wanted = read_mark(await self._line.marked(self._folder)), self._source.since
        if known is not None and known.validity == opened.uidvalidity:
            self.mark = known
            return await self._box.uids_above(known.last)
        first = known.since if known else wanted or now().date()
        there = await self._box.uids_since(first - DAY if known else first) if known or wanted else []
        self.mark = Mark(opened.uidvalidity, 0, first)
        if not there:  # what is there is older, and is not news
            last = opened.uidnext - 1 if opened.uidnext else max(await self._box.uids_above(0), default=0)
            await self._note(last)
        return there

    async def take(self, uids: Sequence[int]) -> None:
        """Keep letters, and now and then how far that was."""
        lot: list[Letter] = []
        count = 0
        async for letter in self._box.letters(uids):
            lot.append(letter)
            if len(lot) == OFTEN or sum(len(each.raw) for each in lot) >= HELD:
                count += len(lot)
                await self._keep(lot)
                lot = []
                await self._tell(count, len(uids))
        await self._keep(lot)
        self._catches_up = False

    async def _keep(self, lot: Sequence[Letter]) -> None:
        """Keep some letters at once, those of a thread one after the other, and then do with them as is wanted."""
        if not lot:
            return
        items = await asyncio.to_thread(self._items, lot)
        streams: dict[str, list[Item]] = {}
        for item in items:
            streams.setdefault(item.stream, []).append(item)
        await asyncio.gather(*map(self._accept, streams.values()))
        uids = [letter.uid for letter in lot]
        if self._source.moves_to:
            await self._box.move(uids, self._source.moves_to)
        elif self._source.marks:
            await self._box.mark(uids)
        await self._note(max(self.mark.last, *uids))

    def _items(self, lot: Sequence[Letter]) -> list[Item]:
        return [item_of(self._folder, self.mark.validity, letter) for letter in lot]

    async def _accept(self, items: Sequence[Item]) -> None:
        for item in items:
            await self._line.accept(*item)

    async def _note(self, last: int) -> None:
        self.mark = self.mark._replace(last=last)
        await self._line.mark(self._folder, str(self.mark))

    async def _tell(self, count: int, everything: int) -> None:
        """Say how far it is while it reads what was there before."""
        if self._catches_up and everything > OFTEN:
            await self._line.doing(
                said("Reads what was there: %(done)s of %(all)s letters", done=count, all=everything)
            )
