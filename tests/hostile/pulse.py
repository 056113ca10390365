"""The pulse of a hub: how long it takes to say that it is alive while something else is going on."""

from __future__ import annotations

import http.client
import threading
import time
from types import TracebackType
from typing import Self

BETWEEN = 0.01
GIVE_UP = 20


class Pulse:
    """Asks `/healthz` again and again from a thread of its own; `worst` is the slowest answer in seconds."""

    def __init__(self, port: int) -> None:
        """Prepare to feel it."""
        self.port = port
        self.beats = 0
        self.worst = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._feel, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, after at least one more beat."""
        self._over.set()
        self._thread.join()

    def _feel(self) -> None:
        while not self._over.is_set():
            begun = time.perf_counter()
            try:
                self._beat()
            except OSError:
                self.worst = max(self.worst, float(GIVE_UP))
            self.worst = max(self.worst, time.perf_counter() - begun)
            self.beats += 1
            self._over.wait(BETWEEN)

    def _beat(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=GIVE_UP)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        connection.close()
