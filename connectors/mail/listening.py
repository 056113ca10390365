"""Listening to a mailbox: every folder over a connection of its own, from the letter behind the last that was kept.

A letter is known by its bytes: however often it is fetched, and from whichever folder, it is one item of the journal.
So a server that numbers its letters anew is simply read once more.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from connectors.mail.bounds import HEAD, LINES
from connectors.mail.headers import read_headers
from connectors.mail.imap import Mailbox
from connectors.mail.imap_answers import Letter
from connectors.mail.imap_link import Address
from connectors.mail.people import read_people
from hub.clock import now
from hub.connector import Line, Raw

OFTEN = 50
"""Letters, after which it is kept how far a folder was read."""
DAY = timedelta(days=1)
"""By which the server's calendar may differ from ours."""


class Source(NamedTuple):
    """Whose folders are read, and since which day; None is from now on. `enter` logs in."""

    address: Address
    enter: Callable[[Mailbox], Awaitable[None]]
    folders: Sequence[str]
    since: date | None = None


class Place(NamedTuple):
    """How far a folder was read: the last UID, which counts for one UIDVALIDITY, and the day since when."""

    validity: int
    last: int
    since: date


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
        place, new = await _begin(line, box, folder, source.since)
        while True:
            place = await _take(line, box, folder, place, new)
            await caught(folder)
            new = await box.news_above(place.last)
    finally:
        box.close()


async def _begin(line: Line, box: Mailbox, folder: str, since: date | None) -> tuple[Place, list[int]]:
    """Open a folder and give where to go on, and what is there already."""
    opened = await box.open(folder)
    known = _read(await line.marked(folder))
    if known is not None and known.validity == opened.uidvalidity:
        return known, await box.uids_above(known.last)
    first = known.since if known else since or now().date()
    wanted = await box.uids_since(first - DAY if known else first) if known or since else []
    if wanted:
        return Place(opened.uidvalidity, 0, first), wanted
    # What is there is older, and is not news.
    last = opened.uidnext - 1 if opened.uidnext else max(await box.uids_above(0), default=0)
    place = Place(opened.uidvalidity, last, first)
    await line.mark(folder, _written(place))
    return place, []


async def _take(line: Line, box: Mailbox, folder: str, place: Place, uids: Sequence[int]) -> Place:
    """Keep letters one after the other, for answers come behind questions, and now and then how far that was."""
    kept = place
    async for letter in box.letters(uids):
        key, raw = await asyncio.to_thread(_item, folder, letter)
        await line.accept(key, raw, folder)
        place = place._replace(last=max(place.last, letter.uid))
        if place.last - kept.last >= OFTEN:
            await line.mark(folder, _written(place))
            kept = place
    if place != kept:
        await line.mark(folder, _written(place))
    return place


def key_of(raw: bytes) -> str:
    """Give the key of a letter in the journal."""
    return f"letter {hashlib.sha256(raw).hexdigest()}"


def _item(folder: str, letter: Letter) -> tuple[str, Raw]:
    """Make an item of a letter; of a large one that takes long enough for others to wait for it."""
    headers = {"content-type": "message/rfc822", "folder": folder}
    read, _body = read_headers(letter.raw, 0, len(letter.raw), HEAD, LINES)
    if sender := read_people(read).sender:
        headers["from"] = sender.address
    if not letter.is_whole:
        headers["cut"] = str(letter.size)  # bytes of all of it, of which this is the header
    return key_of(letter.raw), Raw(body=letter.raw, headers=headers, received_at=now())


def _written(place: Place) -> str:
    return f"{place.validity} {place.last} {place.since.isoformat()}"


def _read(mark: str) -> Place | None:
    if not mark:
        return None
    validity, last, since = mark.split()
    return Place(int(validity), int(last), date.fromisoformat(since))
