"""By what a thread has the event loop call something: cheaper than the loop's own way, of which a page takes several.

`loop.call_soon_threadsafe` sends a byte through a socket, and the loop reads until there is none: a fifth of the way
from a thread to the loop and back.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from weakref import WeakKeyDictionary, finalize

ONE = (1).to_bytes(8, sys.byteorder)


class Bell:
    """Rings on one event loop. What is called knows nothing of who hung it up; a loop that is closed calls nothing."""

    def __init__(self) -> None:
        """Hang it on the running loop."""
        self._waiting = deque[Callable[[], object]]()
        self._hears, self._rings = _ends()
        finalize(self, _close, self._hears, self._rings)
        Context().run(asyncio.get_running_loop().add_reader, self._hears, self._answer)

    def call(self, fn: Callable[[], object]) -> None:
        """Have the loop call it; from any thread."""
        self.hang(fn)
        self.ring()

    def hang(self, fn: Callable[[], object]) -> None:
        """Have it be called with the next ring, before all that is hung up later."""
        self._waiting.append(fn)

    def ring(self) -> None:
        """Have the loop call what hangs here."""
        with suppress(BlockingIOError):  # it rings already
            os.write(self._rings, ONE)

    def _answer(self) -> None:
        os.read(self._hears, 4096)
        for _each in range(len(self._waiting)):  # what comes meanwhile rings again
            fn = self._waiting.popleft()
            try:
                Context().run(fn)
            except Exception as error:  # noqa: BLE001 - as the loop does with what it calls
                asyncio.get_running_loop().call_exception_handler(
                    {"message": f"{fn} failed", "exception": error}
                )


_bells: WeakKeyDictionary[asyncio.AbstractEventLoop, Bell] = WeakKeyDictionary()


def here() -> Bell:
    """Give the bell of the running loop."""
    loop = asyncio.get_running_loop()
    bell = _bells.get(loop)
    if bell is None:
        bell = _bells[loop] = Bell()
    return bell


def _ends() -> tuple[int, int]:
    """Give where it is heard and where it is rung; Linux has one thing for both."""
    if sys.platform == "linux":
        both = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        return both, both
    hears, rings = os.pipe()
    os.set_blocking(hears, False)
    os.set_blocking(rings, False)
    return hears, rings


def _close(*ends: int) -> None:
    for end in set(ends):
        os.close(end)
