"""Ports of tests' servers, of which a number is needed before somebody listens there."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket

LOWEST, MANY = (
    11_000,
    1_000,
)  # below those that the system gives to whoever asks for any, and so many for each worker

_given: set[int] = set()


def free_port() -> int:
    """Find a port that nobody listens at, and that nobody else of this run is given."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw9").removeprefix("gw")) % 10
    while True:
        port = LOWEST + MANY * worker + secrets.randbelow(MANY)
        with contextlib.suppress(OSError), socket.socket() as probe:
            if port not in _given:
                probe.bind(("127.0.0.1", port))
                _given.add(port)
                return port
        if len(_given) > MANY * 9 // 10:
            _given.clear()
