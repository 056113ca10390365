"""The price list: kept by hand, taken from a file whole or not at all, and written as it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import price_file, price_list
from crm.desk import Refusal
from crm.exports import csv_rows
from crm.price_list import Report
from crm.products import Priced, Product, products
from hub.audit import history
from hub.languages import Listener, speaking_to
from tests.crm.klarruta import Klarruta

GLASS = Priced(
    code="W-3", name=" Window,  three panes", unit="pc", price=1_250_050, currency="sek", tax=2_500
)
FILE = """Artikelnummer;Benämning;Enhet;Pris;Moms %;Lager
W-3;Fönster, tre glas;st;12 500,50;25;7
FIT;Montering;h;650;25;
"""
SWEDISH = Listener("sv")


async def names(firm: Klarruta) -> list[tuple[str, str, int, str]]:
    """Give what is on the list."""
    return [(each.code, each.name, each.price, each.currency) for each in await firm.do(products)]


async def take(firm: Klarruta, text: str | bytes) -> Report:
    """Have Maria take a list from a file."""
    data = text.encode() if isinstance(text, str) else text
    with speaking_to(SWEDISH):
        return await firm.do(price_list.import_list, await firm.who("Maria"), data)


async def test_it_is_added_changed_taken_off_and_put_back(firm: Klarruta) -> None:
    maria = await firm.who("Maria")
    made = await firm.do(price_list.add, maria, GLASS)
    assert (made.name, made.currency) == ("Window, three panes", "SEK")
    with pytest.raises(Refusal, match="on the price list already"):
        await firm.do(price_list.add, maria, GLASS)

    def act(session: object, deed: object, *args: object) -> object:
        return deed(session, maria, session.get_one(Product, made.id), *args)  # type: ignore[operator,attr-defined]

    assert await firm.do(act, price_list.change, Priced(code="W-3", name="Window", price=5, currency="SEK"))
    await firm.do(act, price_list.retire)
    assert await names(firm) == []
    await firm.do(act, price_list.restore)
    assert await names(firm) == [("W-3", "Window", 5, "SEK")]
    told = await firm.do(history, "product", made.id)
    assert [entry.verb for entry in told] == ["changed", "removed", "changed", "made"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Priced(code=" ", name="A", currency="SEK"), "needs a code and a name"),
        (Priced(code="A", name="A", currency="kronor"), "no currency"),
        (Priced(code="A", name="A", currency="SEK", price=-1), "nothing or more"),
        (Priced(code="A", name="A", currency="SEK", tax=10_001), "between 0 and 100"),
        (Priced(code="A" * 61, name="A", currency="SEK"), "too long"),
    ],
)
async def test_what_cannot_be_sold_is_refused(firm: Klarruta, wanted: Priced, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        await firm.do(price_list.add, await firm.who("Maria"), wanted)
    assert await names(firm) == []


async def test_a_file_is_taken_and_taken_again_changes_nothing(firm: Klarruta) -> None:
    await firm.do(price_list.add, await firm.who("Maria"), GLASS)
    assert await take(firm, FILE.replace("650", "700").replace("SEK", "")) == Report(made=1, changed=1)
    assert await names(firm) == [
        ("FIT", "Montering", 70_000, "EUR"),
        ("W-3", "Fönster, tre glas", 1_250_050, "EUR"),
    ]
    assert await take(firm, FILE.replace("650", "700")) == Report(same=2)
    (entry,) = await firm.do(history, "price_list", 0)
    assert entry.words == "1 new and 1 changed, from a file"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [(0, "Den första raden nämner ingen kolumn ”code”")]),
        ("code,name\n1,A\n", [(0, "Den första raden nämner ingen kolumn ”price”")]),
        ("code,name,price\n1,A,5\n1,B,6\n", [(3, "”1” står två gånger")]),
        ("code,name,price\n1,A,dear\n\n,B,6\n", [(2, "dear"), (4, "")]),
        ("code,name,price,currency\n1,A,5,XYZ\n", [(2, "”XYZ” är ingen valuta; skriv den som EUR")]),
        ('code,name,price\n1,"A,5\n', [(0, "")]),
        (b"\xd0\xcf\x11\xe0\0", [(0, "Spara först bladet som XLSX, eller som text med kommatecken (CSV)")]),
    ],
)
async def test_of_a_file_that_is_odd_nothing_is_taken_and_each_row_is_named(
    firm: Klarruta, text: str | bytes, faults: list[tuple[int, str]]
) -> None:
    report = await take(firm, text)
    assert [fault.row for fault in report.faults] == [row for row, _words in faults]
    assert all(words in fault.words for fault, (_row, words) in zip(report.faults, faults, strict=True))
    assert await names(firm) == []


ODDLY_SAVED = {
    "with a line of Excel's own": "sep=;\nArtikelnr;Namn;Pris exkl. moms\nW-3;Fönster;12 500,50\n".encode(),
    "below empty rows": "\n;;\nkod;namn;pris\nW-3;Fönster;12 500,50\n".encode("cp1252"),
    "with what is no letter": "kod;namn;pris\nW\0-3;F\x07önster\x1b;12 500,50\n".encode("utf-16"),
}


@pytest.mark.parametrize("how", ODDLY_SAVED)
async def test_a_file_is_taken_however_a_sheet_saved_it(firm: Klarruta, how: str) -> None:
    assert (await take(firm, ODDLY_SAVED[how])).made == 1
    assert await names(firm) == [("W-3", "Fönster", 1_250_050, "EUR")]


def test_a_row_is_named_as_the_sheet_counts_it() -> None:
    _found, faults = price_file.read(b"sep=;\n\ncode;name;price\nA;Window;3\nB;Door;dear\n", "EUR")
    assert [fault.row for fault in faults] == [5]


async def test_what_is_written_is_read_again(firm: Klarruta) -> None:
    await take(firm, FILE + "-1;=SUM(A1);;0,10;12,5;\n")
    written = csv_rows(await firm.do(lambda session: list(price_list.export_rows(session))))
    assert await take(firm, written) == Report(same=3)
    assert await names(firm) == [
        ("-1", "=SUM(A1)", 10, "EUR"), ("FIT", "Montering", 65_000, "EUR"),
        ("W-3", "Fönster, tre glas", 1_250_050, "EUR"),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_older_sheets_are_read(encoding: str) -> None:
    rows, faults = price_file.read(FILE.encode(encoding), "SEK")
    assert not faults
    assert rows[0].name == "Fönster, tre glas"


@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: ("code,name,price\n" + text).encode())
)
def test_no_file_is_too_odd_to_be_told_about(data: bytes) -> None:
    rows, faults = price_file.read(data, "SEK")
    assert all(row.code and row.name and row.price >= 0 for row in rows)
    assert all(fault.words for fault in faults)
