"""Logs of what is being sent to many: a file for each batch, written before a thing is done, gone once it is settled.

A copy costs two short writes, where a commit would cost a hundred times that. What was written outlives the hub when it
is killed, though not the machine when it loses its power: a log of before the machine started is not believed to be
whole, and what it does not tell the end of may have left.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from hub.bulk_mail import Fate, Found

SUFFIX = ".log"
_BOOT = Path(
    "/proc/sys/kernel/random/boot_id"
)  # of Linux; where there is none, no log is believed to be whole
_fate = msgspec.json.Decoder(Fate)


class BulkLog:
    """The log of one batch."""

    def __init__(self, folder: Path, lease: str) -> None:
        """Begin it. It is there before anything is claimed, so that what was claimed has one."""
        folder.mkdir(parents=True, exist_ok=True)
        self.lease = lease
        self.is_stopped = False
        self.withheld: set[int] = set()
        self._path = folder / f"{lease}{SUFFIX}"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._dotted: set[int] = set()
        self._fates: dict[int, Fate] = {}
        os.write(self._file, f"{boot()}\n".encode())

    def is_withheld(self, copy_id: int) -> bool:
        """Tell whether a copy is not to be begun any more."""
        return copy_id in self.withheld

    def is_untouched(self, copy_id: int) -> bool:
        """Tell whether a copy surely did not leave, and nothing was said of it."""
        return copy_id not in self._dotted and copy_id not in self._fates

    def dot(self, copy_id: int) -> None:
        """Say that the final dot of a copy is about to leave."""
        os.write(self._file, b"%d\n" % copy_id)
        self._dotted.add(copy_id)

    def tell(self, fate: Fate) -> None:
        """Say what became of one."""
        os.write(self._file, msgspec.json.encode(fate) + b"\n")
        self._fates[fate.copy] = fate

    @property
    def found(self) -> Found:
        """Give what it tells by now."""
        return Found(frozenset(self._dotted), tuple(self._fates.values()), is_whole=True)

    def close(self) -> None:
        """Leave it as it is."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """End it: all that it tells is settled."""
        self.close()
        self._path.unlink(missing_ok=True)


def left_behind(folder: Path) -> list[Path]:
    """Give the logs of batches that were not settled."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def read(path: Path) -> Found:
    """Read a log; its last line may have been cut off."""
    first, *lines = path.read_bytes().split(b"\n")
    dotted, fates = set[int](), dict[int, Fate]()
    for line in lines:
        if line.isdigit():
            dotted.add(int(line))
        else:
            with suppress(msgspec.DecodeError):
                fate = _fate.decode(line)
                fates[fate.copy] = fate
    return Found(frozenset(dotted), tuple(fates.values()), first.decode("ascii", "replace") == boot() != "")


def boot() -> str:
    """Give what names this start of the machine, "" where nothing does."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
