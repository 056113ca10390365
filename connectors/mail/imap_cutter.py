"""Cuts what an IMAP server sends into responses (RFC 3501, 4.3 and 7), in one pass and without holding copies."""

from __future__ import annotations

import io
import re

MAX_LINE = 16 << 20
"""Bytes of one line: a search in a folder of two million letters."""
MAX_LITERAL = 128 << 20
_LITERAL = re.compile(rb"\{(\d{1,18})\}$")
Response = list[bytes]
"""A line, and for each literal in it the literal and the rest of the line: an odd number of parts."""


class Nonsense(ValueError):
    """What came is no IMAP, or larger than anybody needs."""


class Cutter:
    """Give it what comes, piece by piece."""

    def __init__(self) -> None:
        """Begin at the beginning of a line."""
        self._parts: Response = []
        self._line = bytearray()
        self._literal = io.BytesIO()
        self._missing = 0

    @property
    def is_between(self) -> bool:
        """Say whether all that came was whole responses."""
        return not (self._parts or self._line)

    def cut(self, data: bytes) -> list[Response]:
        """Give the responses that are whole now; Nonsense for a line or a literal beyond all bounds."""
        responses: list[Response] = []
        at = 0
        while at < len(data):
            at = self._fill(data, at) if self._missing else self._read_line(data, at, responses)
        return responses

    def _fill(self, data: bytes, at: int) -> int:
        """Take what belongs to a literal; give where it ends in this piece."""
        took = self._literal.write(memoryview(data)[at : at + self._missing])
        self._missing -= took
        if not self._missing:
            # What BytesIO holds it gives away, not a copy of it.
            self._parts.append(self._literal.getvalue())
            self._literal = io.BytesIO()
        return at + took

    def _read_line(self, data: bytes, at: int, responses: list[Response]) -> int:
        """Take a line as far as it came; give where to go on."""
        end = data.find(b"\n", at)
        stop = len(data) if end < 0 else end + 1
        self._line += memoryview(data)[at:stop]
        if len(self._line) > MAX_LINE:
            raise Nonsense
        if end >= 0:
            self._end_line(responses)
        return stop

    def _end_line(self, responses: list[Response]) -> None:
        line = bytes(self._line).rstrip(b"\r\n")
        self._line.clear()
        self._parts.append(line)
        announced = _LITERAL.search(line)
        if announced:
            self._begin_literal(int(announced[1]))
        else:
            responses.append(self._parts)
            self._parts = []

    def _begin_literal(self, size: int) -> None:
        if size > MAX_LITERAL:
            raise Nonsense
        self._missing = size
        if not size:
            self._parts.append(b"")
