"""JSON of messengers: whatever is asked of it is there, and empty where it is not what it should be.

Numbers of 64 bits are texts and never pass through a float. Texts are cut and free of control characters; what joins
the parts of an emoji stays, what turns the direction of writing does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite

import msgspec

from hub.said import said

LARGEST = 1 << 20  # bytes: a message is a few thousand, and a lot of them is still below this
WORD = 200
"""Letters of an id or a name."""
TEXT = 20_000
ADDRESS = 4_000
"""Letters of a URL; signed ones are long."""
SEVERAL = 100
END_OF_TIME = 4_102_444_800.0
"""2100-01-01, in seconds since 1970."""

# Control characters but for the line break and the tab, halves of letters, and what turns the writing around.
_BAD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
# A text with all that is escaped in it, or a bracket; nothing is looked at twice, also where a text does not end.
_MARKS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
LEVELS = 64
"""Nobody means more: messengers nest ten at most."""


class Told:
    """An object as it was told."""

    def __init__(self, value: object) -> None:
        """Hold it; what is no object is an empty one."""
        self._all: Mapping[str, object] = value if isinstance(value, dict) else {}

    def __bool__(self) -> bool:
        """Tell whether anything is in it."""
        return bool(self._all)

    def __contains__(self, name: str) -> bool:
        """Tell whether it says something of this, be it empty."""
        return name in self._all

    def text(self, name: str, most: int = TEXT) -> str:
        """Give what somebody wrote, with its lines; "" for what is no text."""
        value = self._all.get(name)
        return clean(value, most) if isinstance(value, str) else ""

    def word(self, name: str, most: int = WORD) -> str:
        """Give an id or a name, on one line; whole numbers are written, everything else is ""."""
        value = self._all.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)[:most]
        return " ".join(self.text(name, 4 * most).split())[:most]

    def number(self, name: str) -> float | None:
        """Give a number; None for what is none."""
        value = self._all.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        try:
            return float(value) if isfinite(value) else None
        except OverflowError:
            return None

    def whole(self, name: str) -> int | None:
        """Give a whole number from 0 on, such as a size; None for what is none."""
        value = self._all.get(name)
        sound = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62
        return value if sound and isinstance(value, int) else None

    def moment(self, name: str, per_second: int = 1) -> datetime | None:
        """Give a moment that is told in parts of a second since 1970; None for what is none."""
        number = self.number(name)
        seconds = number / per_second if number is not None else 0.0
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < END_OF_TIME else None

    def inner(self, name: str) -> Told:
        """Give an object within, an empty one where there is none."""
        return Told(self._all.get(name))

    def each(self, name: str, most: int = SEVERAL) -> list[Told]:
        """Give the objects of a list."""
        value = self._all.get(name)
        return (
            [Told(each) for each in value[:most] if isinstance(each, dict)] if isinstance(value, list) else []
        )

    def named(self, most: int = SEVERAL) -> Mapping[str, Told]:
        """Give the objects within, by their names."""
        found = [(name, Told(value)) for name, value in self._all.items() if isinstance(value, dict)]
        return {clean(name, WORD): value for name, value in found[:most]}

    def is_true(self, name: str) -> bool:
        """Tell whether it says yes."""
        return self._all.get(name) is True


def clean(text: str, most: int = TEXT) -> str:
    """Give at most `most` letters, with their lines, without what no person wrote."""
    return _BAD.sub("", text[: 2 * most].replace("\r\n", "\n")).strip()[:most]


def shallow(body: bytes) -> bytes:
    """Give JSON with null for what is nested deeper than LEVELS, and as it is otherwise."""
    kept, begin, depth = [], 0, 0
    for mark in _MARKS.finditer(body):
        if mark[0] in b"[{":
            depth += 1
            if depth == LEVELS + 1:
                kept += [body[begin : mark.start()], b"null"]
        elif mark[0] in b"]}":
            if depth == LEVELS + 1:
                begin = mark.end()
            depth -= 1
    return b"".join([*kept, body[begin:]]) if kept else body


def told(body: bytes) -> Told:
    """Read an object; ValueError for what is none."""
    try:
        value = msgspec.json.decode(shallow(body))
    except (msgspec.MsgspecError, UnicodeError):
        raise ValueError(said("It is no JSON.")) from None
    if not isinstance(value, dict):
        raise ValueError(said("It is no object in JSON."))  # noqa: TRY004 - all that is unreadable is a ValueError
    return Told(value)


def told_or_nothing(body: bytes) -> Told:
    """Read an object; an empty one for what is none."""
    try:
        return told(body)
    except ValueError:
        return Told(None)
