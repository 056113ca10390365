"""Logs of what is being sent to many: a file for each batch, written before a thing is done, gone once it is settled.

A copy costs one short write, where a commit would cost two hundred times that. What was written outlives the hub when
it is killed, though not the machine when it loses its power: a log of before the machine started is not believed to be
whole, and what it does not tell the end of may have left.

Another process may write on in a log; as long as it lives it holds the file, and nobody settles what stands there.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec

from hub import said
from hub.bulk_mail import Fate, Found

SUFFIX = ".log"
# Of Linux; where there is none, no log is believed to be whole.
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_fate = msgspec.json.Decoder(Fate)


class BulkLog:
    """The log of one batch."""

    def __init__(self, path: Path, flags: int) -> None:
        """Open it."""
        self.is_stopped = False
        self.withheld: set[int] = set()
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | flags, 0o600)
        self._dotted: set[int] = set()
        self._fates: dict[int, Fate] = {}
        self._told: list[bytes] = []  # lines that are not written yet
        self._changed: Callable[[bool, frozenset[int]], None] | None = None

    @classmethod
    def begun(cls, folder: Path, lease: str) -> Self:
        """Begin one. It is there before anything is claimed, so that what was claimed has one."""
        folder.mkdir(parents=True, exist_ok=True)
        log = cls(folder / f"{lease}{SUFFIX}", os.O_CREAT | os.O_EXCL)
        os.write(log._file, f"{boot()}\n".encode())
        return log

    @classmethod
    def held(cls, path: Path) -> Self:
        """Write on in one that another process began, and hold it."""
        log = cls(path, 0)
        fcntl.flock(log._file, fcntl.LOCK_EX)
        return log

    def stop(self) -> None:
        """Have nothing more be begun."""
        self.is_stopped = True
        self._tell_change()

    def withhold(self, copies: Collection[int]) -> None:
        """Have these copies not be begun."""
        self.withheld |= set(copies)
        self._tell_change()

    def is_withheld(self, copy_id: int) -> bool:
        """Tell whether a copy is not to be begun any more."""
        return copy_id in self.withheld

    def is_untouched(self, copy_id: int) -> bool:
        """Tell whether a copy surely did not leave, and nothing was said of it."""
        return copy_id not in self._dotted and copy_id not in self._fates

    def dot(self, copy_id: int) -> None:
        """Say that the final dot of a copy is about to leave."""
        self._told.append(b"%d\n" % copy_id)
        self.keep()
        self._dotted.add(copy_id)

    def tell(self, fate: Fate) -> None:
        """Say what became of one; the line is written with that of the next dot, which as a rule comes with it."""
        words = said.keep(fate.words) or ""
        line = fate if words == fate.words else Fate(fate.copy, fate.end, fate.code, fate.enhanced, words)
        self._told.append(msgspec.json.encode(line) + b"\n")
        self._fates[fate.copy] = fate

    def keep(self) -> None:
        """Write what was told."""
        if self._told:
            os.write(self._file, b"".join(self._told))
            self._told.clear()

    def hand_over(self, changed: Callable[[bool, frozenset[int]], None]) -> None:
        """Let another process write on; it is told by `changed` when it is to stop, and which copies are withheld."""
        self._changed = changed
        if self.is_stopped or self.withheld:
            self._tell_change()

    @property
    def found(self) -> Found:
        """Give what it tells by now."""
        if self._changed is not None:
            return read(self.path)
        return Found(frozenset(self._dotted), tuple(self._fates.values()), is_whole=True)

    def close(self) -> None:
        """Leave it as it is."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """End it: all that it tells is settled."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _tell_change(self) -> None:
        if self._changed is not None:
            self._changed(self.is_stopped, frozenset(self.withheld))


def left_behind(folder: Path) -> list[Path]:
    """Give the logs of batches that were not settled."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def is_held(path: Path) -> bool:
    """Tell whether a process still writes a log."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


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
    heard = (
        Fate(each.copy, each.end, each.code, each.enhanced, said.hear(each.words)) for each in fates.values()
    )
    return Found(frozenset(dotted), tuple(heard), first.decode("ascii", "replace") == boot() != "")


def boot() -> str:
    """Give what names this start of the machine, "" where nothing does."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
