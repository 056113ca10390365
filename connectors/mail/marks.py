"""How far a folder was read, as the hub keeps it for us."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from connectors.mail.imap_answers import Opened


class Mark(NamedTuple):
    """The last UID that was read, which counts for one UIDVALIDITY, and the day since when letters are read."""

    validity: int
    last: int
    since: date

    def holds_in(self, opened: Opened) -> bool:
        """Tell whether it counts in a folder as it is now; one that lies beyond the end is of another folder."""
        return self.validity == opened.uidvalidity and (not opened.uidnext or self.last < opened.uidnext)

    def __str__(self) -> str:
        """Write it down."""
        return f"{self.validity} {self.last} {self.since.isoformat()}"


def read_mark(written: str) -> Mark | None:
    """Read what was written down; None where nothing was."""
    if not written:
        return None
    validity, last, since = written.split()
    return Mark(int(validity), int(last), date.fromisoformat(since))
