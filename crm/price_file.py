"""A price list as a file of columns: text with commas, semicolons or tabs, or a sheet as it is saved (XLSX).

The first row says what each column is, in English or Swedish. Prices are read as the language writes numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from crm import money, sheet_file
from crm.fields import fold
from crm.products import Priced, checked
from hub.said import again, said

COLUMNS = ("code", "name", "unit", "price", "currency", "tax")
NEEDED = ("code", "name", "price")
MOST_ROWS = 20_000
LARGEST = 5 * 1024 * 1024
MOST_FAULTS = 50  # so many are named
CALLED = {
    "code": ("code", "sku", "article", "article number", "artikelnummer", "artikelnr", "artnr", "kod"),
    "name": ("name", "product", "description", "benämning", "namn", "produkt", "artikel"),
    "unit": ("unit", "enhet"),
    "price": (
        "price",
        "net price",
        "price excl. tax",
        "price excl. vat",
        "pris",
        "à-pris",
        "nettopris",
        "pris exkl. moms",
    ),
    "currency": ("currency", "valuta"),
    "tax": ("tax", "vat", "tax %", "moms", "moms %"),
}
_MEANS = {fold(label): column for column, labels in CALLED.items() for label in labels}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # no letters of anybody's; PostgreSQL keeps no NUL
_SEPARATOR = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)  # a line of Excel's own
_FORMULA = ("'=", "'+", "'-", "'@")  # how our own files keep a sheet from reckoning with a text


class Fault(msgspec.Struct, frozen=True):
    """A row that makes no sense, by its number in the file (0: the file itself), and why."""

    row: int
    words: str


Rows = Sequence[Sequence[str]]


def table(data: bytes) -> Rows:
    """Give the rows of a file, of which the first that is not empty names the columns; ValueError has words.

    It needs no store.
    """
    if len(data) > LARGEST:
        raise ValueError(said("The file is larger than %(most)s MB", most=LARGEST // 1024**2))
    return sheet_file.rows(data, MOST_ROWS + 1) if data.startswith(sheet_file.BEGINS) else _rows(data)


def read(data: bytes, currency: str) -> tuple[list[Priced], list[Fault]]:
    """Read a file; `currency` is that of rows which name none. With faults the rows are not all of it."""
    try:
        return read_table(table(data), currency)
    except ValueError as error:
        return [], [Fault(0, again(error.args[0]))]


def read_table(rows: Rows, currency: str) -> tuple[list[Priced], list[Fault]]:
    """Read what stands in rows already."""
    head = next((place for place, row in enumerate(rows) if any(cell.strip() for cell in row)), 0)
    try:
        columns = _columns(rows[head] if rows else ())
    except ValueError as error:
        return [], [Fault(0, again(error.args[0]))]
    return _priced(rows, head, columns, currency)


def _priced(
    rows: Sequence[Sequence[str]], head: int, columns: Mapping[str, int], currency: str
) -> tuple[list[Priced], list[Fault]]:
    found: dict[str, Priced] = {}
    faults: list[Fault] = []
    for number, row in enumerate(rows[head + 1 :], head + 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: _cell(row, place) for name, place in columns.items()}
        try:
            priced = _read_row(cells, currency)
            if priced.code in found:
                raise ValueError(said("“%(code)s” stands twice", code=priced.code))  # noqa: TRY301 - told as all are
            found[priced.code] = priced
        except ValueError as error:
            faults.append(Fault(number, again(error.args[0])))
    return list(found.values()), faults[:MOST_FAULTS]


def _read_row(cells: Mapping[str, str], currency: str) -> Priced:
    code = (cells.get("currency") or currency).upper()
    if not money.is_currency(code):
        raise ValueError(said("“%(code)s” is no currency; write it like EUR", code=code[:10]))
    if not cells["price"]:
        raise ValueError(said("There is no price"))
    return checked(
        Priced(
            code=cells["code"], name=cells["name"], unit=cells.get("unit", ""), currency=code,
            price=money.read(cells["price"], code),
            tax=money.read_percent(cells["tax"]) if cells.get("tax") else 0,
        )
    )  # fmt: skip


def _cell(row: Sequence[str], place: int) -> str:
    text = _CONTROL.sub("", row[place]).strip() if place < len(row) else ""
    return text[1:] if text.startswith(_FORMULA) else text


def _columns(head: Iterable[str]) -> dict[str, int]:
    """Tell which column is what; one that we do not know is left aside."""
    found: dict[str, int] = {}
    for place, label in enumerate(head):
        means = _MEANS.get(fold(label))
        if means is not None:
            found.setdefault(means, place)
    missing = [column for column in NEEDED if column not in found]
    if missing:
        raise ValueError(said("The first row names no column “%(column)s”", column=missing[0]))
    return found


def _rows(data: bytes) -> list[list[str]]:
    text = _text(data)
    told = _SEPARATOR.match(text)
    head = text.lstrip(" ,;\t\r\n").partition("\n")[0]
    separator = told[1] if told else max(",;\t", key=head.count)
    text = "\n" + text[told.end() :] if told else text  # its row still counts
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise ValueError(said("This is no table, or half of one: a quotation mark is not closed")) from None
    if len(rows) > MOST_ROWS + 1:
        raise ValueError(said("The file has more than %(most)s rows", most=MOST_ROWS))
    return rows


def _text(data: bytes) -> str:
    """Read the letters of a file, in UTF-8 or as older sheets wrote them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        raise ValueError(said("Save the sheet as XLSX, or as text with commas (CSV), first"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
