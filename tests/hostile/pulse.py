"""The pulse of a hub: how long it takes to say that it is alive while something else is going on.

A bare server is asked beside it, by the same hand: what a busy machine costs both is not the hub's.
"""

from __future__ import annotations

import http.client
import http.server
import threading
import time
from types import TracebackType
from typing import Self

BETWEEN = 0.01
GIVE_UP = 20


class Pulse:
    """Asks `/healthz` again and again from a thread of its own.

    `worst` is the slowest answer in seconds, `usual` what the bare server's slowest took meanwhile.
    """

    def __init__(self, port: int) -> None:
        """Prepare to feel it."""
        self._bare = _Bare(("127.0.0.1", 0), _Alive)
        self._hub, self._beside = _Feeler(port), _Feeler(self._bare.server_port)
        self._threads = [
            threading.Thread(target=run, daemon=True)
            for run in (self._bare.serve_forever, self._hub.feel, self._beside.feel)
        ]

    @property
    def worst(self) -> float:
        """Give the slowest answer of the hub."""
        return self._hub.worst

    @property
    def usual(self) -> float:
        """Give the slowest answer of the bare server."""
        return self._beside.worst

    @property
    def beats(self) -> int:
        """Count the hub's answers."""
        return self._hub.beats

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, after at least one more beat."""
        for feeler in (self._hub, self._beside):
            feeler.over.set()
        for thread in self._threads[1:]:
            thread.join()
        self._bare.shutdown()
        self._bare.server_close()


class _Feeler:
    """Asks one server until it is told to stop."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.over = threading.Event()
        self.beats = 0
        self.worst = 0.0

    def feel(self) -> None:
        while not self.over.is_set():
            begun = time.perf_counter()
            try:
                self._beat()
            except OSError:
                self.worst = max(self.worst, float(GIVE_UP))
            self.worst = max(self.worst, time.perf_counter() - begun)
            self.beats += 1
            self.over.wait(BETWEEN)

    def _beat(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=GIVE_UP)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        connection.close()


class _Bare(http.server.ThreadingHTTPServer):
    """A server that does nothing else."""

    daemon_threads = True


class _Alive(http.server.BaseHTTPRequestHandler):
    """Says that it is alive."""

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing of it."""
