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
from hub.connector import Line, Refused
from hub.errors import describe
from hub.said import said

OFTEN = 32
"""Letters that are kept at once, after which it is kept how far a folder was read …"""
HELD = 1 << 20
"""… or bytes of them."""
AGAIN = 300.0
"""Seconds after which a folder that was refused is asked for again."""
DAY = timedelta(days=1)
"""By which the server's calendar may differ from ours."""


class Source(NamedTuple):
    """Whose folders are read, and since which day; None is from now on. `enter` logs in as `user`.

    `marks`: letters are marked as read once they are kept. `moves_to`: they are moved into this folder then, but for
    those of `stays`.
    """

    address: Address
    enter: Callable[[Mailbox], Awaitable[None]]
    folders: Sequence[str]
    since: date | None = None
    marks: bool = False
    moves_to: str = ""
    user: str = ""
    stays: Sequence[str] = ()

    def mark_of(self, folder: str) -> str:
        """Name the mark of a folder: another account numbers its letters otherwise."""
        return f"{self.user}@{self.address.host} {folder}"


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
        reading = _Reading(line, box, source, folder)
        while (new := await reading.begin()) is None:
            await caught(folder)  # the others are not kept waiting
            await reading.tell_refused()
            await asyncio.sleep(AGAIN)
        while True:
            await reading.take(new)
            await caught(folder)
            new = await box.news_above(reading.mark.last)
    finally:
        box.close()


class _Reading:
    """A folder that is read, and how far it was."""

    mark: Mark

    def __init__(self, line: Line, box: Mailbox, source: Source, folder: str) -> None:
        self._line = line
        self._box = box
        self._source = source
        self._folder = folder
        self._name = source.mark_of(folder)
        self._catches_up = True
        self._settles = folder not in source.stays
        self._refusal = ""

    async def begin(self) -> list[int] | None:
        """Open the folder and give what is there already and is to be taken; None where the server refuses it."""
        try:
            opened = await self._box.open(self._folder)
        except Refused as error:
            self._refusal = describe(error)
            return None
        known, wanted = await self._known(), self._source.since
        if known is not None and known.holds_in(opened) and not (wanted and wanted < known.since):
            self.mark = known
            return await self._box.uids_above(known.last)
        first = wanted or (known.since if known else now().date())
        there = await self._box.uids_since(first - DAY if known else first) if known or wanted else []
        self.mark = Mark(opened.uidvalidity, 0, first)
        if not there:  # what is there is older, and is not news
            last = opened.uidnext - 1 if opened.uidnext else max(await self._box.uids_above(0), default=0)
            await self._note(last)
        return there

    async def tell_refused(self) -> None:
        """Say that this folder is not read, and why."""
        await self._line.unfilled(
            said("The folder “%(folder)s” is not read: %(why)s", folder=self._folder, why=self._refusal)
        )

    async def _known(self) -> Mark | None:
        """Give how far it was read; a mark under the folder's name alone is one of before."""
        if mark := await self._line.marked(self._name):
            return read_mark(mark)
        before = await self._line.marked(self._folder)
        if before:
            await self._line.mark(self._name, before)
            await self._line.mark(self._folder, "")
        return read_mark(before)

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
        await self._settle(uids)
        await self._note(max(self.mark.last, *uids))

    async def _settle(self, uids: Sequence[int]) -> None:
        """Do with letters what is wanted once they are kept; where the server refuses that, they stay as they are."""
        try:
            if self._source.moves_to and self._settles:
                await self._box.move(uids, self._source.moves_to)
            elif self._source.marks and self._settles:
                await self._box.mark(uids)
        except Refused as error:
            self._settles = False
            await self._line.unfilled(
                said("Letters are taken, and left where they are: %(why)s", why=describe(error))
            )

    def _items(self, lot: Sequence[Letter]) -> list[Item]:
        return [item_of(self._folder, self.mark.validity, letter) for letter in lot]

    async def _accept(self, items: Sequence[Item]) -> None:
        for item in items:
            await self._line.accept(*item)

    async def _note(self, last: int) -> None:
        self.mark = self.mark._replace(last=last)
        await self._line.mark(self._name, str(self.mark))

    async def _tell(self, count: int, everything: int) -> None:
        """Say how far it is while it reads what was there before."""
        if self._catches_up and everything > OFTEN:
            await self._line.doing(
                said("Reads what was there: %(done)s of %(all)s letters", done=count, all=everything)
            )
