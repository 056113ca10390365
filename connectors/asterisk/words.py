"""Texts from outside: cut to a length and freed of control characters; a mark-up in a name stays text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite

ID = 150
NAME = 100
WRITTEN = 40
"""Letters of a number; no numbering plan has half as many."""
FILE = 500
END_OF_TIME = 4_102_444_800.0
"""2100-01-01, in seconds since 1970."""

Message = Mapping[str, str]
"""An AMI message: header to value."""


def clean(text: str, most: int) -> str:
    """Give at most `most` letters, on one line, without control and direction characters."""
    text = text[: 4 * most]
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(letter) in _BAD else letter for letter in text)
    return text.strip()[:most]


def moment(message: Message, heard: float) -> float:
    """Give the time in seconds since 1970 that a message tells, or else the one at which it was heard."""
    try:
        told = float(message.get("Timestamp", ""))
    except ValueError:
        return heard
    return told if 0 < told < END_OF_TIME else heard


def seconds(text: str) -> float | None:
    """Read "4", "4.25" or "00:01:04"; None for anything else."""
    try:
        parts = [float(part) for part in text[:WRITTEN].split(":")]
    except ValueError:
        return None
    total = 0.0
    for part in parts:
        total = total * 60 + part
    return total if isfinite(total) else None


def whole(text: str) -> int | None:
    """Read a small whole number, such as a cause; None for anything else."""
    return int(text) if len(text) <= SHORT and text.isascii() and text.isdigit() else None


def day(at: float) -> datetime:
    """Give the moment as the hub writes it."""
    return datetime.fromtimestamp(at, UTC)


SHORT = 6
_BAD = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
