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

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

from connectors.mail.folder_names import written
from connectors.mail.imap_answers import (
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
from connectors.mail.imap_link import IDLE_SECONDS, UPLOAD, Link

WINDOW = 200
"""Letters that one command is about."""
AT_ONCE = 8 << 20
"""Bytes of letters that are fetched by one command and held together; a larger letter comes alone."""
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

    async def letters(self, uids: Sequence[int], largest: int = LARGEST) -> AsyncIterator[Letter]:
        """Fetch letters, the lowest UID first, at most 8 MB at once; those that are gone by now are left out.

        A letter of more than `largest` bytes comes with its header alone.
        """
        for window in _windows(sorted(uids)):
            sizes = {each.uid: each.size for each in await self._fetch(window, "RFC822.SIZE")}
            whole = {uid: size for uid, size in sorted(sizes.items()) if size <= largest}
            for batch in batches({uid: whole.get(uid, AT_ONCE) for uid in sorted(sizes)}, AT_ONCE):
                part = "BODY.PEEK[]" if batch[0] in whole else "BODY.PEEK[HEADER]"
                for each in sorted(await self._fetch(batch, part)):
                    if each.body is not None:
                        yield Letter(each.uid, each.body, sizes[each.uid], is_whole=each.uid in whole)

    async def flags(self, uids: Sequence[int]) -> dict[int, frozenset[str]]:
        r"""Give the flags of letters by their UIDs, such as `\Seen`."""
        return {
            each.uid: each.flags for window in _windows(uids) for each in await self._fetch(window, "FLAGS")
        }

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
