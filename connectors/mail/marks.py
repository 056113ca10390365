"""How far a folder was read, as the hub keeps it for us."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Mark(NamedTuple):
    """The last UID that was read, which counts for one UIDVALIDITY, and the day since when letters are read."""

    validity: int
    last: int
    since: date

    def __str__(self) -> str:
        """Write it down."""
        return f"{self.validity} {self.last} {self.since.isoformat()}"


def read_mark(written: str) -> Mark | None:
    """Read what was written down; None where nothing was."""
    if not written:
        return None
    validity, last, since = written.split()
    return Mark(int(validity), int(last), date.fromisoformat(since))
