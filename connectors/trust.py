"""Whose certificates are believed: those that this machine believes.

Reading them takes some thirty milliseconds, in which the hub does nothing else: they are read once, and again where
the machine's own have changed.
"""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path


def trusted() -> ssl.SSLContext:
    """Give what proves servers by the machine's certificates. It is shared: change nothing in it."""
    paths = ssl.get_default_verify_paths()
    return _read(tuple(_changed_at(each) for each in (paths.cafile, paths.capath)))


@lru_cache(maxsize=1)
def _read(_changed: tuple[int, ...]) -> ssl.SSLContext:
    return ssl.create_default_context()


def _changed_at(path: str | None) -> int:
    try:
        return Path(path).stat().st_mtime_ns if path else 0
    except OSError:
        return 0
