"""Addresses from a file, read: what it holds, or which of its rows hold none. crm/consent_taking.py takes them.

The file is text, an address to a line or in a column, in UTF-8, UTF-16 or as older sheets wrote it (Windows-1252), also
mixed line by line.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import chain, islice

import msgspec

from crm import addresses
from crm.fields import fold
from hub.said import Said, said

LARGEST, MOST_ROWS = 48 * 1024**2, 2_000_000
MOST_FAULTS = 50  # so many are named
MOST_COLUMNS, LONGEST_CELL, LONGEST_HEAD = 200, 10_000, 60
MOST_LINES = 1_000  # of one row, whose cells hold line breaks
FIRST_ROWS = 20  # tell which column holds addresses, where no head does
# By their letters alone (`fold`), in English, Swedish and German.
_HEADS = frozenset({
    "email", "emailaddress", "emails", "mail", "mailaddress", "contactemail", "contactemailaddress", "primaryemail",
    "useremail", "customeremail", "subscriberemail", "youremail", "emailid",
    "epost", "epostadress", "epostadresser", "mejl", "mejladress", "mailadress", "emailadress", "kontaktepost",
    "emailadresse", "emailadressen", "mailadresse", "kontaktemail",
})  # fmt: skip
_NAMES = frozenset({
    "name", "fullname", "firstname", "lastname", "surname", "givenname", "familyname", "contactname", "customername",
    "namn", "förnamn", "efternamn", "fullständigtnamn", "kontaktnamn", "kundnamn",
    "vorname", "nachname", "familienname", "vorundnachname", "kundenname",
})  # fmt: skip
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
    """What a file says: its addresses, each once, and `wrong` rows of which the first are named.

    `column` is what stands above the addresses, "" where nothing does; `names` what stands above names, which are not
    read.
    """

    values: Sequence[str] = ()
    column: str = ""
    names: Sequence[str] = ()
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


_Row = tuple[int, str, Sequence[str] | None]
"""A row with something in it: its number, its first line, its cells; no cells where a quotation in it does not end."""


def _read(lines: Iterator[str]) -> Read:
    values: dict[str, None] = {}
    faults: list[Fault] = []
    wrong, rows = 0, _rows(lines)
    first = list(islice(rows, FIRST_ROWS))
    head, column = _column([cells or () for _number, _line, cells in first])
    for row in chain(first[bool(head) :], rows):
        cells = row[2]
        cell = cells[column] if cells and 0 <= column < len(cells) else ""
        value = _value(cell)
        if value:
            values[value] = None
        else:
            wrong += 1
            if len(faults) < MOST_FAULTS:
                faults.append(_fault(row, cell))
    if not values and not wrong:
        raise _Broken(said("The file holds no address"))
    named = _short(head[column]) if 0 <= column < len(head) else ""
    names = [_short(cell) for cell in head if fold(cell[:LONGEST_HEAD]) in _NAMES]
    return Read(values=list(values), faults=faults, wrong=wrong, column=named, names=names)


def _rows(lines: Iterator[str]) -> Iterator[_Row]:
    back: deque[str] = deque()  # lines that were looked at, and are rows of their own
    number, separator = 0, ""
    while (line := back.popleft() if back else next(lines, None)) is not None:
        number += 1
        if number > MOST_ROWS + 1:
            raise _Broken(said("The file has more than %(most)s rows", most=MOST_ROWS))
        if not line.strip():
            continue
        separator = separator or max(",;\t", key=line.count)
        if '"' in line:
            yield number, line, _quoted(line, separator, lines, back)
        else:
            yield number, line, line.split(separator, MOST_COLUMNS)


def _quoted(line: str, separator: str, lines: Iterator[str], back: deque[str]) -> Sequence[str] | None:
    reader = csv.reader((f"{line}\n", ""), delimiter=separator)
    try:
        cells = next(reader, ())
    except csv.Error:
        return ()
    # Who asks for a second line has a quotation open at the end of the first.
    return cells if reader.line_num == 1 else _joined(line, separator, lines, back)


def _joined(line: str, separator: str, lines: Iterator[str], back: deque[str]) -> Sequence[str] | None:
    """Read a row that goes on in the next lines; where it does not end as it should, these go `back`."""
    taken: list[str] = []
    try:
        return next(csv.reader(_following(line, lines, back, taken), delimiter=separator, strict=True))
    except csv.Error:
        back.extendleft(reversed(taken))
        return None


def _following(line: str, lines: Iterator[str], back: deque[str], taken: list[str]) -> Iterator[str]:
    yield f"{line}\n"
    while len(taken) < MOST_LINES and (more := back.popleft() if back else next(lines, None)) is not None:
        taken.append(more)
        yield f"{more}\n"


def _column(rows: Sequence[Sequence[str]]) -> tuple[Sequence[str], int]:
    """Give the head, () for none, and the column of addresses: one that says so, or that mostly holds them, or -1."""
    first = rows[0][:MOST_COLUMNS] if rows else ()
    named = [place for place, cell in enumerate(first) if fold(cell[:LONGEST_HEAD]) in _HEADS]
    head = first if named or not any("@" in cell for cell in first) else ()
    held = Counter(dict.fromkeys(named, 0))
    for row in rows[bool(head) :]:
        wanted = named or range(MOST_COLUMNS)
        held.update(place for place in wanted if place < len(row) and _value(row[place]))
    return head, max(held, key=lambda place: (held[place], -place), default=-1)


def _fault(row: _Row, cell: str) -> Fault:
    number, line, cells = row
    if cells is None:
        words = said("“%(text)s” begins a quotation that does not end: close it, or take the quotation mark away",
                     text=_short(line))  # fmt: skip
    elif cell.strip():
        words = said("“%(text)s” is no address", text=_short(cell))
    else:
        words = said("“%(text)s” holds no address", text=_short(line))
    return Fault(number, words)


def _short(text: str) -> str:
    return " ".join(text[:LONGEST_CELL].split())[:LONGEST_HEAD]


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
    found = addresses.alone(cell.strip().lstrip("'")) if "@" in cell else None
    return found.handle if found else ""
