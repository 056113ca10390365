"""What was committed to SQLite's log is forced to the disk aside, so that nobody who only looks waits for the disk.

A commit is seen at once and promised once it is on disk: whoever is rung sees who calls, whoever wrote has his answer
when no power cut can take it back. One flush is for all who wait when it begins.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

Told = Callable[[OSError | None], None]


class Flusher:
    """A thread that forces the log of one file to the disk, and tells who waits for that."""

    def __init__(self, path: Path) -> None:
        """Begin; the log of the file must be there by the first time."""
        path = path.resolve()
        self._path = path.with_name(f"{path.name}-wal")
        self._log: int | None = None
        self._waiting: SimpleQueue[Told | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="flusher", daemon=True)
        self._thread.start()

    def committed(self, told: Told) -> None:
        """Have `told` called once what was committed by now is on disk, or with what hindered that."""
        self._waiting.put(told)

    def close(self) -> None:
        """Finish what waits, then end."""
        self._waiting.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while waiting := self._next():
            error = self._flush()
            for told in waiting:
                told(error)
        if self._log is not None:
            os.close(self._log)

    def _next(self) -> list[Told]:
        """Wait for somebody and take along who waits behind him; nobody once it is closed."""
        waiting: list[Told] = []
        while not waiting or not self._waiting.empty():
            told = self._waiting.get()
            if told is None:
                self._waiting.put(None)  # to be met again when these were told
                break
            waiting.append(told)
        return waiting

    def _flush(self) -> OSError | None:
        try:
            os.fdatasync(self._opened())
        except OSError as error:
            return error
        return None

    def _opened(self) -> int:
        """Give the log; SQLite begins another file where nobody had it open for a moment."""
        if self._log is not None and not os.fstat(self._log).st_nlink:
            os.close(self._log)
            self._log = None
        if self._log is None:
            self._log = os.open(self._path, os.O_RDONLY)
        return self._log
