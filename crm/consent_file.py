"""Addresses from a file, read: what it holds, or which of its rows hold none. crm/consent_taking.py takes them.

The file is text, an address to a line or in a column, in UTF-8, UTF-16 or as older sheets wrote it (Windows-1252), also
mixed line by line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

import msgspec

from crm import addresses
from crm.fields import fold
from hub.said import Said, said

LARGEST, MOST_ROWS = 48 * 1024**2, 2_000_000
MOST_FAULTS = 50  # so many are named
MOST_COLUMNS, LONGEST_CELL, LONGEST_HEAD = 200, 10_000, 60
_HEADS = frozenset({"email", "emailaddress", "mail", "address", "epost", "epostadress", "mejl"})
_LINE, _LINE_OF_BYTES = (
    re.compile(r"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]+"),
    re.compile(rb"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]+"),
)
# What needs no closer look; anything else is read as what a person typed.
_PLAIN = re.compile(
    r"(?=.{3,200}$)[a-z0-9_][a-z0-9._+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*\.[a-z]{2,24}"
)


class Fault(msgspec.Struct, frozen=True):
    """A row that holds no address, by its number in the file (0: the file itself), and why."""

    row: int
    words: Said


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says: its addresses, each once, and `wrong` rows of which the first are named."""

    values: Sequence[str] = ()
    faults: Sequence[Fault] = ()
    wrong: int = 0


def read(data: bytes) -> Read:
    """Read a file; meant to be called beside the event loop, its largest takes a second."""
    try:
        return _read(_lines(data))
    except _Broken as error:
        return Read(wrong=1, faults=(Fault(0, error.words),))


class _Broken(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, words: Said) -> None:
        super().__init__(words)
        self.words = words


def _lines(data: bytes) -> Iterator[str]:
    if len(data) > LARGEST:
        raise _Broken(said("The file is larger than %(most)s MB", most=LARGEST // 1024**2))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            raise _Broken(said("The file breaks off, or is no text")) from None
        yield from (line[0].rstrip("\r\n") for line in _LINE.finditer(text))
        return
    if data.startswith(b"PK\x03\x04") or b"\0" in data:
        raise _Broken(said("Save the sheet as text with commas (CSV) first"))
    # One after the other: all of them at once are many times the file, where each holds a letter.
    for line in _LINE_OF_BYTES.finditer(data, 3 if data.startswith(b"\xef\xbb\xbf") else 0):
        yield _line(line[0].rstrip(b"\r\n"))


def _line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _read(lines: Iterator[str]) -> Read:
    values: dict[str, None] = {}
    faults: list[Fault] = []
    wrong, column, separator = 0, -1, ""
    for number, line in enumerate(lines, 1):
        if number > MOST_ROWS + 1:
            raise _Broken(said("The file has more than %(most)s rows", most=MOST_ROWS))
        if not line.strip():
            continue
        separator = separator or max(",;\t", key=line.count)
        cells = _cells(line, separator)
        if column < 0:
            column = _column(cells)
            if _is_head(cells, column):
                continue
        value = _value(cells[column]) if column < len(cells) else ""
        if value:
            values[value] = None
        else:
            wrong += 1
            if len(faults) < MOST_FAULTS:
                shown = " ".join(line.split())[:60]
                faults.append(Fault(number, said("“%(text)s” holds no address", text=shown)))
    if not values and not wrong:
        raise _Broken(said("The file holds no address"))
    return Read(values=list(values), faults=faults, wrong=wrong)


def _cells(line: str, separator: str) -> Sequence[str]:
    if '"' not in line:
        return line.split(separator, MOST_COLUMNS)
    try:
        return next(csv.reader([line], delimiter=separator), ())
    except csv.Error:
        return ()


def _column(cells: Sequence[str]) -> int:
    """Tell which column holds addresses: the one that says so, or the first that does."""
    named = (place for place, cell in enumerate(cells) if fold(cell[:LONGEST_HEAD]) in _HEADS)
    holding = (place for place, cell in enumerate(cells) if "@" in cell)
    return next(named, next(holding, 0))


def _is_head(cells: Sequence[str], column: int) -> bool:
    return column < len(cells) and fold(cells[column][:LONGEST_HEAD]) in _HEADS


def _value(cell: str) -> str:
    text = cell.strip().lstrip("'").lower()  # our own files keep a sheet from reckoning with a text by a '
    if (
        _PLAIN.fullmatch(text)
        and ".." not in text
        and ".@" not in text
        and "-." not in text
        and ".-" not in text
    ):
        return text
    found = addresses.only(cell[:LONGEST_CELL]) if "@" in cell else None
    return found.handle if found else ""
