"""A price list as a sheet (XLSX): read as its text would be, within bounds, and told about where it cannot be."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from crm import price_file, price_list, sheet_file
from crm.price_list import Report
from crm.products import products
from hub.languages import Listener, speaking_to
from tests.crm.klarruta import Klarruta

HEAD = ["Artikelnummer", "Benämning", "Enhet", "Pris", "Moms", "Lager"]
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet(*rows: list[object], formats: dict[str, str] | None = None) -> bytes:
    """Save rows as a spreadsheet does, its columns in number formats."""
    into = BytesIO()
    with Workbook(into, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for column, format_ in (formats or {}).items():
            page.set_column(f"{column}:{column}", None, book.add_format({"num_format": format_}))
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if value is not None:
                    shown = (formats or {}).get("ABCDEFGH"[place])
                    style = [book.add_format({"num_format": shown})] if shown else []
                    page.write(number, place, value, *style)
        book.add_worksheet("Notes").write(0, 0, "never read")
    return into.getvalue()


def parts(cells: str, **more: bytes) -> bytes:
    """Make a sheet by hand, of what stands between its rows."""
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    files = {
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{related}"><sheets><sheet r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<R><Relationship Id="r1" Target="worksheets/sheet1.xml"/></R>',
        "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>",
    }
    into = BytesIO()
    with ZipFile(into, "w", ZIP_DEFLATED) as file:
        for name, text in (files | {name.replace("__", "/"): each for name, each in more.items()}).items():
            file.writestr(name, text)
    return into.getvalue()


async def take(firm: Klarruta, data: bytes) -> Report:
    """Have Maria take a list from a file."""
    with speaking_to(Listener("sv")):
        return await firm.do(price_list.import_list, await firm.who("Maria"), data)


async def test_a_sheet_is_taken_as_its_text_would_be(firm: Klarruta) -> None:
    data = sheet(
        HEAD, ["W-3", "Fönster, tre glas", "st", 12500.5, 0.25, 7], [], [7310865004703, "=1-1", "st", 0.1 + 0.2, 0.06],
        ["FIT", "Montering", "h", "650,25", 0.125],
        formats={"E": "0.0%"},
    )  # fmt: skip
    assert await take(firm, data) == Report(made=3)
    assert await take(firm, data) == Report(same=3)
    rows, _faults = price_file.read(data, "SEK")
    assert [(each.code, each.name, each.price, each.tax) for each in rows] == [
        ("W-3", "Fönster, tre glas", 1_250_050, 2_500), ("7310865004703", "0", 30, 600),
        ("FIT", "Montering", 65_025, 1_250),
    ]  # fmt: skip


async def test_rows_that_make_no_sense_are_named_by_their_numbers_in_the_sheet(firm: Klarruta) -> None:
    report = await take(
        firm, sheet(HEAD, ["A", "Fine", "st", 1, 25], [], ["B", "No price", "st"], ["C", "Odd", "st", "x"])
    )
    assert [fault.row for fault in report.faults] == [4, 5]
    assert (report.made, list(await firm.do(products))) == (0, [])


@pytest.mark.parametrize("number", [12.125, 1.2504])
def test_a_number_is_never_taken_for_thousands(number: float) -> None:
    _rows, (fault,) = price_file.read(sheet(HEAD, ["A", "Fine", "st", number]), "SEK")
    assert "finer than SEK" in fault.words


def test_the_file_that_we_write_is_read_again_as_a_sheet() -> None:
    rows = [list(price_file.COLUMNS), ["-1", "'=SUM(A1)", "pc", "0.10", "EUR", "12.5"]]
    (read,), _faults = price_file.read(sheet(*rows), "SEK")
    assert (read.code, read.name, read.price, read.currency, read.tax) == ("-1", "=SUM(A1)", 10, "EUR", 1_250)


HALF = sheet(HEAD, ["W", "Window", "st", 1])
LIES = sheet(HEAD).replace(b"worksheets/sheet1.xml", b"worksheets/sheet9.xml")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (HALF[:-40], "or half of one"),
        (HALF[:200], "or half of one"),
        (b"PK\x03\x04", "or half of one"),
        (LIES, "or half of one"),
        (parts("<row><c><v>1</v>"), "or half of one"),
        (parts('<row r="1"><c r="XFD1"><v>1</v></c></row>'), "more than 100 columns"),
        (parts('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>'), "more than 100 columns"),
        (parts('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "more than 20000 rows"),
        (parts('<row r="2"/><row r="1"/>'), "in no order"),
        (parts("<row/>" * 20_002), "more than 20000 rows"),
        (parts(" " * (sheet_file.LARGEST + 1)), "unpacks to more than 16 MB"),
        (parts("", **{f"a{number}": b"" for number in range(1_001)}), "unpacks to more than"),
        (parts(""), "The first row names no column"),
    ],
)
def test_what_is_no_price_list_is_told_in_words(data: bytes, words: str) -> None:
    rows, faults = price_file.read(data, "SEK")
    assert (rows, len(faults)) == ([], 1)
    assert words in faults[0].words


def test_entities_are_not_expanded() -> None:
    bomb = (
        f'<!DOCTYPE a [<!ENTITY a "{"a" * 1000}"><!ENTITY b "{"&a;" * 1000}">]><worksheet {MAIN}><sheetData><row><c t='
        '"inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    )
    _rows, (fault,) = price_file.read(parts("", **{"xl__worksheets__sheet1.xml": bomb.encode()}), "SEK")
    assert "document type" in fault.words
    _rows, (fault,) = price_file.read(
        parts("", **{"xl__worksheets__sheet1.xml": bomb.encode("utf-16")}), "SEK"
    )
    assert "document type" in fault.words


@settings(max_examples=200)
@given(st.integers(0, len(HALF) - 1), st.integers(0, 255))
def test_no_sheet_is_too_broken_to_be_told_about(place: int, byte: int) -> None:
    broken = HALF[:place] + bytes([byte]) + HALF[place + 1 :]
    rows, faults = price_file.read(broken, "SEK")
    assert all(row.code and row.name for row in rows)
    assert all(fault.words for fault in faults)
