"""What Meta tells in JSON: any part may be missing, or be something else than was agreed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import cast

from hub.said import said

Told = Mapping[str, object]

NOTHING: Told = {}
LARGEST = 4 << 20  # bytes: Meta sends 3 MB at most
MARKS = 200_000  # commas and brackets; a decoder holds everybody up while it takes in more
LINES = 1_000  # of a list: a batch has no more
TEXT = 20_000  # letters
SHORT = 1_000
_LATEST = 4_102_444_800  # seconds: the year 2100
# Control characters but for the line break and the tab, and what turns the direction of writing.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_HALVES = re.compile("[\ud800-\udfff]")


def read_told(body: bytes) -> Told:
    """Read what was sent; ValueError for what Meta does not send."""
    if len(body) > LARGEST or sum(map(body.count, (b",", b"[", b"{"))) > MARKS:
        raise ValueError(said("It is larger than anything that Meta sends."))
    try:
        value = json.loads(body, parse_float=str, parse_constant=_no_number)  # a price keeps its digits
    except (ValueError, RecursionError):
        raise ValueError(said("It is no JSON, or it broke off on its way.")) from None
    if not isinstance(value, dict):
        raise ValueError(said("It is nothing that Meta sends."))  # noqa: TRY004 - all that is unreadable
    return cast("Told", value)


def text(told: Told, *names: str) -> str:
    """Give the first of these that says anything, on its own lines; "" for none."""
    for name in names:
        value = told.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and (found := _clean(value)):
            return found
    return ""


def line(told: Told, *names: str) -> str:
    """Give the first of these that says anything, on one line and short."""
    return " ".join(text(told, *names).split())[:SHORT]


def identity(told: Told, name: str) -> str:
    """Give an id as it is, to the letter; "" for none, and for what could not be one."""
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    found = str(value) if isinstance(value, str) or abs(value) < 1 << 64 else ""
    return found if found.isascii() and found.isprintable() and len(found) <= SHORT else ""


def part(told: Told, name: str) -> Told:
    """Give a part that has parts itself; an empty one where there is none."""
    value = told.get(name)
    return cast("Told", value) if isinstance(value, dict) else NOTHING


def parts(told: Told, name: str) -> Iterator[Told]:
    """Give the parts of a list."""
    value = told.get(name)
    for each in value[:LINES] if isinstance(value, list) else ():
        if isinstance(each, dict):
            yield cast("Told", each)


def number(told: Told, name: str) -> float | None:
    """Give a number, however it is written; None for none."""
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def moment(told: Told, name: str, *, per_second: int = 1) -> datetime | None:
    """Give a moment that is told in seconds since 1970, or in so many parts of them; None for what is none."""
    found = number(told, name)
    if found is None or not 0 < found / per_second < _LATEST:
        return None
    return datetime.fromtimestamp(found / per_second, UTC)


def _clean(value: str | int) -> str:
    if isinstance(value, int) and abs(value) >= 1 << 64:
        return ""
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", _CONTROLS.sub("", str(value)[:TEXT])).strip()


def _no_number(name: str) -> float:
    raise ValueError(name)
