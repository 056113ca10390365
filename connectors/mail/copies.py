r"""Copies of letters that left, in a folder of the mailbox: the one that is set up, or the server's own `\Sent`."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.mail.imap import Mailbox
from connectors.mail.imap_answers import Folder
from connectors.mail.listening import Source
from connectors.mail.sending_settings import SENT
from hub.clock import now

MARK = "\\sent"
"""How a server marks its folder for sent letters (RFC 6154)."""


class Copies:
    """Where copies of a mailbox go."""

    def __init__(self, source: Source, folder: str) -> None:
        """Do no I/O."""
        self._source = source
        self._folder = folder

    async def file(self, content: bytes, message_id: str, *, again: bool) -> str:
        """Put a copy there and give its number, "" where none is told; `again`: unless it is there already."""
        box = Mailbox(self._source.address)
        try:
            await box.connect()
            await self._source.enter(box)
            folder = await self._place(box)
            filed = await self._filed(box, folder, message_id) if again else 0
            uid = filed or await box.append(content, folder, now())
            await box.log_out()
        finally:
            box.close()
        return str(uid or "")

    async def _place(self, box: Mailbox) -> str:
        return place(self._folder, await box.folders() if self._folder == SENT else ())

    async def _filed(self, box: Mailbox, folder: str, message_id: str) -> int:
        """Give the number of a copy that an earlier try put there, though nobody heard of it; 0 where there is none."""
        await box.open(folder)
        return max(await box.uids_named(message_id), default=0)


def place(wanted: str, there: Sequence[Folder]) -> str:
    """Name the folder for copies: where none was chosen, the one that the server has for that."""
    marked = (folder.name for folder in there if MARK in folder.marks)
    return next(marked, wanted) if wanted == SENT else wanted
