"""Contacts written down for other programs: a sheet, a text of columns, address cards; row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no types

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
FOLDED = 75  # octets of a line of an address card (RFC 6350, 3.2)
LONGEST_CELL = 32_767
MOST_ROWS = 1_048_575
ILLEGAL = {code: None for code in range(32) if chr(code) not in "\t\n\r"}
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"

Cell = str | int | float | datetime | None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as an address card shows it."""

    id: int
    name: str
    organisation: str
    phones: Sequence[str]
    mails: Sequence[str]
    changed_at: datetime


class Sheet:
    """A file for Excel. No text of anybody's becomes a formula or a link in it."""

    def __init__(self, file: Path) -> None:
        """Begin it."""
        self._book = Workbook(str(file), {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd hh:mm", "remove_timezone": True,
        })  # fmt: skip
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._row = 0

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows; what no sheet can hold is left out."""
        for row in rows:
            if self._row > MOST_ROWS:
                return
            for column, cell in enumerate(row):
                text = cell.translate(ILLEGAL)[:LONGEST_CELL] if isinstance(cell, str) else cell
                if text not in {None, ""}:
                    self._sheet.write(self._row, column, text)
            self._row += 1

    def close(self) -> None:
        """Finish it."""
        self._book.close()


def csv_rows(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write rows as text with commas (RFC 4180). What a spreadsheet would take for a formula has a ' before it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def vcards(people: Iterable[Person]) -> bytes:
    """Write address cards (vCard 4.0, RFC 6350)."""
    return "".join(_folded(line) for person in people for line in _card(person)).encode("utf-8", "replace")


def _safe(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    text = "" if cell is None else str(cell).replace("\0", "")
    return f"'{text}" if isinstance(cell, str) and text.startswith(FORMULA) else text


def _card(person: Person) -> Iterable[str]:
    family = person.name.split()[-1:] if " " in person.name else []
    given = person.name.split()[:-1] if family else [person.name]
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"UID:ringback-contact-{person.id}"
    yield f"FN:{_escaped(person.name)}"
    yield f"N:{_escaped(' '.join(family))};{_escaped(' '.join(given))};;;"
    if person.organisation:
        yield f"ORG:{_escaped(person.organisation)}"
    for phone in person.phones:
        yield f"TEL;VALUE=uri:tel:{_escaped(phone)}"
    for mail in person.mails:
        yield f"EMAIL:{_escaped(mail)}"
    yield f"REV:{person.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield "END:VCARD"


def _escaped(text: str) -> str:
    for sign in ("\\", ",", ";"):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _folded(line: str) -> str:
    """Break a long line between letters, never within one."""
    pieces, size = [""], 0
    for letter in line:
        octets = len(letter.encode("utf-8", "replace"))
        if size + octets > FOLDED:
            pieces.append(" ")
            size = 1
        pieces[-1] += letter
        size += octets
    return "\r\n".join(pieces) + "\r\n"
