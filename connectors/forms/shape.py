"""What a body looks like before anybody opens it, so that each sender is asked within microseconds."""

from __future__ import annotations

import re
from functools import lru_cache

from connectors.forms.bounds import LEVELS
from hub.connector import Raw

LOOKED = 64 * 1024  # bytes at the beginning of a body
_PATH = re.compile(r"\[([^\]]*)\]")


def says(raw: Raw, *labels: str) -> bool:
    """Tell whether a body has an answer under each of these labels, in whichever way it is written."""
    beginning = raw.body[:LOOKED]
    for label in labels:  # a loop: nearly always the first of them says no, and every sender asks
        if _first(label) not in beginning:
            return False
    return all(_pattern(label).search(beginning) for label in labels)


def agent(raw: Raw) -> str:
    """Give how a program calls itself, in lower case."""
    return raw.headers.get("user-agent", "").lower()


def path_of(label: str) -> tuple[str, ...]:
    """Take a nested label apart: `a[b][0]` is ("a", "b", "0")."""
    first, bracket, _rest = label.partition("[")
    return (first, *_PATH.findall(label)[:LEVELS]) if bracket else (label,)


def label_of(path: tuple[str, ...]) -> str:
    """Put a nested label together again."""
    return path[0] + "".join(f"[{part}]" for part in path[1:]) if path else ""


@lru_cache(maxsize=256)
def _first(label: str) -> bytes:
    """Give the part of a nested label that stands there in whichever way it is written."""
    return label.partition("[")[0].encode()


@lru_cache(maxsize=256)
def _pattern(label: str) -> re.Pattern[bytes]:
    """Find `label=`, `"label"` and `label[` at the beginning of an answer, percent-encoded or not."""
    plain = re.escape(label.encode())
    coded = plain.replace(rb"\[", rb"(?:\[|%5[Bb])").replace(rb"\]", rb"(?:\]|%5[Dd])")
    return re.compile(rb"(?:\A|&|\")" + coded + rb"(?:=|\"|\[|%5[Bb])")
