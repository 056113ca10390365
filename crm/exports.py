"""Lists written down for other programs: a sheet, a text of columns, address cards; row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
FOLDED = 75  # octets of a line of an address card (RFC 6350, 3.2)
LONGEST_CELL = 32_767
MOST_ROWS = 1_048_575
ILLEGAL = {code: None for code in range(32) if chr(code) not in "\t\n\r"}
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"

Cell = str | int | float | datetime | None


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """An address card, of a person or of a whole organisation; `uid` is its own among all cards of ours."""

    uid: str
    name: str
    changed_at: datetime
    organisation: str = ""
    phones: Sequence[str] = ()
    mails: Sequence[str] = ()
    web: str = ""
    note: str = ""
    is_organisation: bool = False


class Sheet:
    """A file for Excel. No text of anybody's becomes a formula or a link in it."""

    def __init__(self, file: Path) -> None:
        """Begin it."""
        from xlsxwriter import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415 - no types; seldom needed

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


def vcards(cards: Iterable[Card]) -> bytes:
    """Write address cards (vCard 4.0, RFC 6350)."""
    return "".join(_folded(line) for card in cards for line in _card(card)).encode("utf-8", "replace")


def _safe(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    text = "" if cell is None else str(cell).replace("\0", "")
    return f"'{text}" if isinstance(cell, str) and text.startswith(FORMULA) else text


def _card(card: Card) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"UID:ringback-{card.uid}"
    yield f"FN:{_escaped(card.name)}"
    yield "KIND:org" if card.is_organisation else f"N:{_parts(card.name)}"
    if card.organisation:
        yield f"ORG:{_escaped(card.organisation)}"
    yield from map(_phone, card.phones)
    yield from (f"EMAIL:{_escaped(mail)}" for mail in card.mails)
    if card.web:
        yield f"URL:{' '.join(card.web.split())}"
    if card.note:
        yield "NOTE:" + r"\n".join(map(_escaped, card.note.splitlines()))
    yield f"REV:{card.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield "END:VCARD"


def _parts(name: str) -> str:
    family = name.split()[-1:] if " " in name else []
    given = name.split()[:-1] if family else [name]
    return f"{_escaped(' '.join(family))};{_escaped(' '.join(given))};;;"


def _phone(phone: str) -> str:
    """Write a number: as an address to call where it is one, else as it was typed."""
    return f"TEL;VALUE=uri:tel:{_escaped(phone)}" if phone.startswith("+") else f"TEL:{_escaped(phone)}"


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
