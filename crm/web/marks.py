"""Texts with what was found in them marked: pieces that a template joins, so that it escapes every one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

BEFORE = 60  # letters in front of the first found word that a snippet shows
LONGEST = 180


class Piece(msgspec.Struct, frozen=True):
    """Some letters of a text; `found`: they are what was searched for."""

    text: str
    found: bool = False


def marked(text: str, pattern: re.Pattern[str] | None) -> list[Piece]:
    """Give a text in pieces."""
    return [piece for piece in _pieces(text, pattern) if piece.text]


def snippet(texts: Iterable[str], pattern: re.Pattern[str] | None) -> list[Piece]:
    """Give the surroundings of the first found word, from the first of these texts that has one; else a beginning."""
    first = ""
    for text in texts:
        found = pattern.search(text) if pattern else None
        if found:
            return marked(_around(text, found.start()), pattern)
        first = first or text
    return marked(_around(first, 0), None)


def _around(text: str, place: int) -> str:
    start = max(0, place - BEFORE)
    if start:
        start = text.find(" ", start, place) + 1 or start
    words = " ".join(text[start : start + LONGEST].split())
    return f"{'… ' if start else ''}{words}{' …' if len(text) > start + LONGEST else ''}"


def _pieces(text: str, pattern: re.Pattern[str] | None) -> Iterator[Piece]:
    at = 0
    for found in pattern.finditer(text) if pattern else ():
        yield Piece(text[at : found.start()])
        yield Piece(found[0], found=True)
        at = found.end()
    yield Piece(text[at:])


def plain(pieces: Sequence[Piece]) -> str:
    """Give the text again."""
    return "".join(piece.text for piece in pieces)
