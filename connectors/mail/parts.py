"""The parts of a letter (RFC 2046): where each lies in the bytes, and what its headers say.

Nothing is copied: a part is a place in the letter. The standard library's parser makes a line of text of each
line, does not end on hostile nesting, and gives no text where a boundary is missing; here an outer boundary ends all
that lies within, and the work is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from connectors.mail.bounds import LEVELS, PART_HEAD, PART_LINES, PARTS, PASSED, SCANNED
from connectors.mail.headers import BREAK, Headers, read_headers
from connectors.mail.letter import Flag
from connectors.mail.parameters import Parameters

_BOUNDARY = 200  # characters; the standard allows 70
_FIRST_DASHES = re.compile(rb"(?:\A|(?<=[\r\n]))--([^\s-][^\r\n]{0,199}?)[ \t]*(?=[\r\n])")
_LINE_END = re.compile(rb"[\r\n]")
_REST = re.compile(rb"(--)?[ \t]*(?:" + BREAK + rb"|\Z)")  # of the line of a boundary
_TYPE = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,80}", re.ASCII)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part without parts of its own: bytes `start` to `end` of the letter; `within` is the multipart around it."""

    headers: Headers
    type: str
    content: Parameters
    disposition: Parameters
    start: int
    end: int
    within: str = ""

    @property
    def name(self) -> str:
        """Give the name of the file that it is, "" where it has none."""
        return self.disposition.file_name("filename") or self.content.file_name("name")


class Parts:
    """Takes a letter apart; `flags` say what was left out, and `kinds` which multiparts there were."""

    def __init__(self, raw: bytes) -> None:
        """Begin with a letter."""
        self._raw = raw
        self._count = 0
        self._scanned = 0
        self.flags: set[Flag] = set()
        self.kinds: set[str] = set()

    def of(self, headers: Headers, start: int, end: int, within: str = "", level: int = 0) -> Iterator[Part]:
        """Give the parts of what lies there, in order."""
        content = headers.parameters("content-type")
        kind = content.value if _TYPE.fullmatch(content.value) else _otherwise(content.value, within)
        boundary = self._boundary(content, start, end) if kind.startswith("multipart/") else b""
        if boundary and self._may_open(level, end - start):
            self.kinds.add(kind)
            for first, last in self._between(boundary, start, end):
                inner, body = read_headers(self._raw, first, last, PART_HEAD, PART_LINES)
                yield from self.of(inner, body, last, kind, level + 1)
            return
        if kind.startswith("multipart/") and not boundary:
            kind = "text/plain"
        yield Part(headers=headers, type=kind, content=content, start=start, end=end, within=within,
                   disposition=headers.parameters("content-disposition"))  # fmt: skip

    def _boundary(self, content: Parameters, start: int, end: int) -> bytes:
        """Give the boundary as named, else as the first line with two dashes shows it, b"" where there is none."""
        named = content.get("boundary").rstrip()[:_BOUNDARY].encode("utf-8", "replace")
        if named and self._raw.find(b"--" + named, start, end) >= 0:
            return named
        shown = _FIRST_DASHES.search(self._raw, start, min(end, start + 10_000))
        return shown[1] if shown else b""

    def _may_open(self, level: int, size: int) -> bool:
        self._scanned += size
        if level < LEVELS and self._scanned <= SCANNED:
            return True
        self.flags.add(Flag.LEVELS_CUT)
        return False

    def _between(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Give where the parts begin and end; a missing last boundary ends the last part with the letter."""
        begun = -1
        for first, last, closes in self._delimiters(b"--" + boundary, start, end):
            if begun >= 0:
                yield from self._counted(begun, self._before(first))
            if closes or Flag.PARTS_CUT in self.flags:
                return
            begun = last
        if begun >= 0:
            yield from self._counted(begun, end)

    def _delimiters(self, dashes: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """Give where the lines of a boundary begin and end, and whether one is the last.

        It is looked for at the speed of memory; lines that only hold it, or more than it, are passed over.
        """
        at, passed = start, 0
        while passed < PASSED and (at := self._raw.find(dashes, at, end)) >= 0:
            rest = _REST.match(self._raw, at + len(dashes), end)
            if rest and self._raw[at - 1 : at] in {b"", b"\r", b"\n"}:
                yield at, rest.end(), bool(rest[1])
                at = rest.end()
            else:
                passed += 1
                line = _LINE_END.search(self._raw, at, end)
                at = line.end() if line else end
        if passed == PASSED:
            self.flags.add(Flag.PARTS_CUT)

    def _before(self, place: int) -> int:
        """Give where the line before a boundary ends: its break belongs to the boundary."""
        return place - 2 if self._raw[place - 2 : place] == b"\r\n" else place - 1

    def _counted(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        self._count += 1
        if self._count > PARTS:
            self.flags.add(Flag.PARTS_CUT)
        else:
            yield start, max(start, end)


def _otherwise(written: str, within: str) -> str:
    """Give the type of a part that names none, or nonsense (RFC 2045, 5.2)."""
    if within == "multipart/digest" and not written:
        return "message/rfc822"
    return "application/octet-stream" if "/" in written else "text/plain"
