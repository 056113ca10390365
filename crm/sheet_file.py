"""A sheet as spreadsheets save it (XLSX), read as rows of texts, within bounds.

Such a file is a ZIP of XML, and may come from anywhere: what unpacks to more than a price list ever is, names cells far
outside, or declares entities, is refused in words before it costs memory. ECMA-376 part 1, 18.3 (cells), 18.8 (styles).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from zipfile import BadZipFile, ZipFile
from zlib import error as Unpackable  # noqa: N812 - it is what cannot be unpacked

from lxml import etree

from hub.said import said

BEGINS = b"PK\x03\x04"
MOST_FILES = 1_000
LARGEST = 16 * 1024 * 1024  # bytes of one part, unpacked
MOST_COLUMNS = 100
LONGEST = 2_000  # letters of a cell

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_PERCENT = {9, 10}  # built-in formats 0% and 0.00%
_QUOTED = re.compile(r'"[^"]*"|\\.')


def rows(data: bytes, most: int) -> list[list[str]]:
    """Give the rows of the first sheet, empty ones too; ValueError has words where it cannot be, or has more rows."""
    try:
        with ZipFile(io.BytesIO(data)) as file:
            if len(file.infolist()) > MOST_FILES:
                raise ValueError(_too_large())
            return list(_rows(file, most))
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, Unpackable, OSError, KeyError,
            etree.XMLSyntaxError):  # fmt: skip
        raise ValueError(said("This is no sheet, or half of one: save it once more as XLSX or CSV")) from None


def _rows(file: ZipFile, most: int) -> Iterator[list[str]]:
    shared, percent, above = _shared(file), _percents(file), 0
    for row in _each(file, _first_sheet(file), "row"):
        number = _whole(row.get("r"), above + 1)
        if number <= above:
            raise ValueError(said("The rows of this sheet are in no order: save it once more"))
        if number > most:
            raise ValueError(said("The file has more than %(most)s rows", most=most - 1))
        yield from ([] for _gap in range(number - above - 1))
        yield _cells(row, shared, percent)
        above = number


def _cells(row: etree._Element, shared: Sequence[str], percent: frozenset[int]) -> list[str]:
    found: list[str] = []
    for cell in row.iterchildren(f"{_MAIN}c"):
        column = _column(cell.get("r"), len(found))
        if not len(found) <= column < MOST_COLUMNS:
            raise ValueError(said("The sheet has more than %(most)s columns", most=MOST_COLUMNS))
        found += [""] * (column - len(found))
        found.append(_text(cell, shared, percent)[:LONGEST])
    return found


def _text(cell: etree._Element, shared: Sequence[str], percent: frozenset[int]) -> str:
    kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v") or ""
    if kind == "inlineStr":
        return _words(cell)
    if kind == "s":
        place = _whole(value, -1)
        return shared[place] if 0 <= place < len(shared) else ""
    return _number(value, is_percent=_whole(cell.get("s"), 0) in percent) if kind == "n" else value


def _number(value: str, *, is_percent: bool) -> str:
    """Write a number as people do: 1249.9 for 1249.9000000000001, 25% for 0.25 in a cell of percents."""
    try:
        number = float(value) * (100 if is_percent else 1)
    except ValueError:
        return value
    if number.is_integer() and abs(number) < 1e15:  # noqa: PLR2004 - beyond that they are not exact
        text = str(int(number))
    else:
        text = f"{number:.12g}"
        whole, _dot, decimals = text.partition(".")
        text = f"{whole}.{decimals}0" if len(decimals) == 3 else text  # noqa: PLR2004 - 1.250 could be thousands
    return f"{text}%" if is_percent else text


def _shared(file: ZipFile) -> list[str]:
    """Give the texts that cells name by number."""
    if "xl/sharedStrings.xml" not in file.namelist():
        return []
    return [_words(each) for each in _each(file, "xl/sharedStrings.xml", "si")]


def _percents(file: ZipFile) -> frozenset[int]:
    """Give the styles of cells that show percents."""
    if "xl/styles.xml" not in file.namelist():
        return frozenset()
    root = _tree(file, "xl/styles.xml")
    own = {
        _whole(each.get("numFmtId"), -1) for each in root.iter(f"{_MAIN}numFmt")
        if "%" in _QUOTED.sub("", each.get("formatCode", ""))
    }  # fmt: skip
    styles = root.find(f"{_MAIN}cellXfs")
    kinds = (
        []
        if styles is None
        else [_whole(each.get("numFmtId"), -1) for each in styles.iterchildren(f"{_MAIN}xf")]
    )
    return frozenset(place for place, kind in enumerate(kinds) if kind in _PERCENT | own)


def _first_sheet(file: ZipFile) -> str:
    """Give the part in which the first sheet stands."""
    sheet = _tree(file, "xl/workbook.xml").find(f"{_MAIN}sheets/{_MAIN}sheet")
    if sheet is None:
        raise KeyError("sheet")
    related = {each.get("Id"): each.get("Target", "") for each in _tree(file, "xl/_rels/workbook.xml.rels")}
    target = related[sheet.get(_RELATED)]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _each(file: ZipFile, name: str, tag: str) -> Iterator[etree._Element]:
    """Give the elements of a name, one after the other, forgetting those that were read."""
    for _event, element in etree.iterparse(
        io.BytesIO(_part(file, name)), tag=f"{_MAIN}{tag}", resolve_entities=False, load_dtd=False, no_network=True,
        huge_tree=False,
    ):  # fmt: skip
        yield element
        element.clear()
        while (before := element.getprevious()) is not None:
            element.getparent().remove(before)


def _tree(file: ZipFile, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    return etree.fromstring(_part(file, name), parser)


def _part(file: ZipFile, name: str) -> bytes:
    """Unpack one part, and no more of it than it may be."""
    with file.open(name) as part:
        unpacked = part.read(LARGEST + 1)
    if len(unpacked) > LARGEST:
        raise ValueError(_too_large())
    if b"<!DOCTYPE" in unpacked or b"<\0!\0D" in unpacked or b"\0<\0!\0D" in unpacked:
        raise ValueError(said("This is no sheet as spreadsheets save it: it declares a document type"))
    return unpacked


def _words(element: etree._Element) -> str:
    """Give the text of a cell, whose letters may be furnished piece by piece; how it is spoken is left out."""
    return "".join(
        each.text or "" for each in element.iter(f"{_MAIN}t") if each.getparent().tag != f"{_MAIN}rPh"
    )[:LONGEST]


def _column(place: str | None, following: int) -> int:
    """Give the column of a place such as AB12, from 0; without one it follows the last."""
    if place is None:
        return following
    found = _PLACE.fullmatch(place)
    if found is None:
        return -1
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _whole(text: str | None, otherwise: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else otherwise  # noqa: PLR2004 - far enough


def _too_large() -> str:
    return said(
        "This sheet unpacks to more than %(most)s MB: save only the price list", most=LARGEST // 1024**2
    )
