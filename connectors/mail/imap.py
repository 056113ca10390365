"""One mailbox over IMAP (RFC 3501): folders, the letters above a UID, and a wait for new ones.

    box = Mailbox(Address("imap.example.org", 993, trust=ssl.create_default_context()))
    await box.connect()
    await box.log_in("office@example.org", password)
    opened = await box.open("INBOX")
    new = await box.uids_above(last)
    while True:
        async for letter in box.letters(new):
            last = letter.uid
        new = await box.news_above(last)

Letters are known by UIDVALIDITY and UID, never by a flag, and reading sets none.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

from connectors.mail.folder_names import written
from connectors.mail.imap_answers import (
    MONTHS,
    Answer,
    Fetched,
    Folder,
    Letter,
    Opened,
    appended,
    batches,
    fetched,
    folders,
    found,
    opened,
    uid_set,
)
from connectors.mail.imap_dialogue import IDLE_SECONDS
from connectors.mail.imap_link import Link
from hub.connector import Refused

log = logging.getLogger(__name__)

UPLOAD = 50_000
"""Bytes a second that the slowest line carries away."""
WINDOW = 200
"""Letters that one command is about."""
AT_ONCE = 8 << 20
"""Bytes of letters that are fetched by one command and held together; a larger letter comes alone."""
HEADER = 64 << 10
"""Bytes that a header is taken for before it is known."""
WHOLE, HEADERS = "BODY.PEEK[]", "BODY.PEEK[HEADER]"
LARGEST = 64 << 20
"""Bytes of the largest letter that is fetched whole."""


class Mailbox(Link):
    """A link that reads one folder at a time."""

    async def folders(self) -> list[Folder]:
        """Give all folders that can be opened."""
        return folders(await self._tell("LIST", '""', '"*"'))

    async def open(self, folder: str) -> Opened:
        """Open a folder for `uids_above` and all that follow; Refused where there is none."""
        also = ["(CONDSTORE)"] if "CONDSTORE" in self._wire.can else []
        return opened((await self._ask(self._wire.open(written(folder), *also))).checked())

    async def uids_above(self, last: int) -> list[int]:
        """Give the UIDs of the letters above one, the lowest first; 0 stands below all."""
        self._wire.news.clear()
        answer = await self._tell("SEARCH", f"UID {last + 1}:*", by_uid=True)
        # "n:*" gives the last letter also when its UID is below n.
        return [uid for uid in found(answer) if uid > last]

    async def news_above(self, last: int, seconds: float = IDLE_SECONDS) -> list[int]:
        """Wait until the folder grows, or so many seconds, and give the UIDs above one; often there are none."""
        await self._wait_for_news(seconds)
        return await self.uids_above(last)

    async def uids_since(self, day: date) -> list[int]:
        """Give the UIDs of the letters that came on a day, by the server's calendar, or later."""
        return found(
            await self._tell("SEARCH", f"SINCE {day.day}-{MONTHS[day.month - 1]}-{day.year}", by_uid=True)
        )

    async def uids_named(self, message_id: str) -> list[int]:
        """Give the UIDs of the letters with a Message-ID, which is without its angle brackets and quotes."""
        return found(await self._tell("SEARCH", "HEADER", "Message-ID", f'"<{message_id}>"', by_uid=True))

    async def days(self, uids: Sequence[int]) -> dict[int, date]:
        """Give the days on which letters came, by the server's calendar; those that are gone by now are left out."""
        told = [each for window in _windows(uids) for each in await self._fetch(window, "INTERNALDATE")]
        return {each.uid: each.day for each in told if each.day is not None}

    async def letters(self, uids: Sequence[int], largest: int = LARGEST) -> AsyncIterator[Letter]:
        """Fetch letters, the lowest UID first, at most 8 MB at once; those that are gone by now are left out.

        A letter of more than `largest` bytes comes with its header alone: with 0, all of them do.
        """
        for window in _windows(sorted(uids)):
            sizes = await self._sizes(window)
            for is_whole, batch in _batches(sizes, largest):
                part = WHOLE if is_whole else HEADERS
                for uid, raw, took in await self._bodies(batch, part):
                    yield Letter(uid, raw, sizes[uid], took == WHOLE)

    async def flags(self, uids: Sequence[int]) -> dict[int, frozenset[str]]:
        r"""Give the flags of letters by their UIDs, such as `\Seen`."""
        told = [each for window in _windows(uids) for each in await self._fetch(window, "FLAGS")]
        return {each.uid: each.flags for each in told if each.flags is not None}

    async def mark(self, uids: Sequence[int], flag: str = "\\Seen") -> None:
        """Set a flag on letters."""
        for window in _windows(uids):
            await self._tell("STORE", uid_set(window), "+FLAGS.SILENT", f"({flag})", by_uid=True)

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """Move letters into a folder; Refused where there is none."""
        for window in _windows(uids):
            if "MOVE" in self._wire.can:
                await self._tell("MOVE", uid_set(window), written(folder), by_uid=True)
            else:
                await self._copy_and_delete(window, folder)

    async def append(self, letter: bytes, folder: str, at: datetime, flag: str = "\\Seen") -> int:
        """Put a letter, whose lines end in CRLF, into a folder; give its UID, or 0 where that is not told."""
        putting = self._wire.put(letter, written(folder), flag, at)
        return appended((await self._ask(putting, more=len(letter) / UPLOAD)).checked())

    async def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        told = {
            each.uid: each.size for each in await self._fetch(uids, "RFC822.SIZE") if each.size is not None
        }
        return dict(sorted(told.items()))

    async def _bodies(self, uids: Sequence[int], part: str) -> list[tuple[int, bytes, str]]:
        """Give letters, or what the server can give of them: one that is damaged there keeps no other waiting."""
        try:
            told = {each.uid: each.body for each in await self._fetch(uids, part) if each.body is not None}
        except Refused as error:
            if len(uids) > 1:
                return [body for uid in uids for body in await self._bodies([uid], part)]
            if part == WHOLE:
                return await self._bodies(uids, HEADERS)
            log.warning("letter %d cannot be had: %s", uids[0], type(error).__name__)
            return []
        return [(uid, body, part) for uid, body in sorted(told.items())]

    async def _fetch(self, uids: Sequence[int], what: str) -> list[Fetched]:
        wanted = frozenset(uids)
        answer = await self._tell("FETCH", uid_set(uids), f"(UID {what})", by_uid=True)
        return [each for each in fetched(answer) if each.uid in wanted]

    async def _copy_and_delete(self, uids: Sequence[int], folder: str) -> None:
        """Move without MOVE (RFC 6851, 3.3); without UIDPLUS they stay, marked as deleted."""
        await self._tell("COPY", uid_set(uids), written(folder), by_uid=True)
        await self.mark(uids, "\\Deleted")
        if "UIDPLUS" in self._wire.can:
            await self._tell("EXPUNGE", uid_set(uids), by_uid=True)

    async def _tell(self, name: str, *arguments: str, by_uid: bool = False) -> Answer:
        return (await self._ask(self._wire.run(name, *arguments, by_uid=by_uid))).checked()


def _windows(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(uids), WINDOW):
        yield uids[first : first + WINDOW]


def _batches(sizes: Mapping[int, int], largest: int) -> Iterator[tuple[bool, list[int]]]:
    """Say in which order letters of these sizes are fetched together, and whether they are fetched whole."""
    for is_whole, some in groupby(sizes, lambda uid: sizes[uid] <= largest):
        held = {uid: sizes[uid] if is_whole else min(sizes[uid], HEADER) for uid in some}
        for batch in batches(held, AT_ONCE):
            yield is_whole, batch
