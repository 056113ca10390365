"""The headers of a letter or of one of its parts: names and unfolded values, in order.

Raw 8-bit letters are read line by line in whatever set they were written. What is no header is left out, and
a block that does not begin with one is no block of headers at all.
"""

from __future__ import annotations

import re

from connectors.mail.bounds import NAME, VALUE
from connectors.mail.charset import decode, guess
from connectors.mail.parameters import Parameters
from connectors.mail.words import words_of

BREAK = rb"(?>\r\n|\n|\r)"
_END = re.compile(BREAK + BREAK)
_LINE = re.compile(BREAK + rb"(?![ \t])")
_FOLD = re.compile(BREAK)
_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*(.*)", re.DOTALL)
_BEYOND = 8  # times as much as is read is looked through for the end
_FROM = re.compile(rb">?From [^\r\n]*" + BREAK)  # the line that mailbox files put before each letter


class Headers:
    """Headers by their names in lower case; a value is as written but for folding, in characters, not cut."""

    def __init__(self, pairs: list[tuple[str, str]], *, mended: bool = False, cut: bool = False) -> None:
        """Keep them; `mended` and `cut` say how they were read."""
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)
        self.mended = mended
        self.cut = cut

    def all(self, name: str) -> list[str]:
        """Give the values of a header, from the top."""
        return self._values.get(name, [])

    def first(self, name: str) -> str:
        """Give the uppermost value of a header, "" where there is none, as long as any is read."""
        values = self.all(name)
        return values[0][:VALUE].strip() if values else ""

    def words(self, name: str) -> str:
        """Give a header as a person reads it."""
        return words_of(self.first(name))

    def parameters(self, name: str) -> Parameters:
        """Give what stands in a header such as Content-Type."""
        return Parameters(self.first(name))


def read_headers(raw: bytes, start: int, end: int, size: int, lines: int) -> tuple[Headers, int]:
    """Read the headers at start, up to `size` bytes and so many `lines`; gives them and where the body begins."""
    if opening := _FROM.match(raw, start, min(end, start + size)):
        start = opening.end()
    if blank := _FOLD.match(raw, start, end):
        return Headers([]), blank.end()
    limit = min(end, start + _BEYOND * size)
    found = _END.search(raw, start, limit)
    stop, body = (found.start(), found.end()) if found else (limit, limit)
    if not _HEADER.match(raw, start, min(stop, start + NAME)):
        return Headers([]), start
    block = raw[start : min(stop, start + size)]
    written = _LINE.split(block, lines)
    pairs = _pairs(written[:lines])
    cut = stop - start > size or len(written) > lines
    return Headers(pairs, mended=not _is_utf8(block), cut=cut), body


def _pairs(written: list[bytes]) -> list[tuple[str, str]]:
    """Give names and values. What is raw there should be UTF-8; the rest is guessed, once for all."""
    block = b"\n".join(written)
    guessed = "utf-8" if _is_utf8(block) else guess(block)
    headers = (_HEADER.match(line) for line in written)
    return [
        (header[1].decode("ascii").lower(), decode(_FOLD.sub(b"", header[2]), "utf-8", guessed)[0])
        for header in headers
        if header
    ]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
