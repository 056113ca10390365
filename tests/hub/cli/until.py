"""Waiting without an event loop, since the commands start one of their own."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(predicate: Callable[[], bool], seconds: float = 20) -> None:
    """Ask again and again until the answer is yes; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
