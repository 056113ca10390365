"""Files of banks, as they save them: each is read for what it says, and half of one for nothing."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm import bank_csv, camt_files, payment_references
from crm.statement_import import read
from crm.statement_values import Statement, Unreadable, keys_of

WIRE = Path(__file__).parents[1] / "wire/statements"
SWEDISH = ("swedbank.csv", "handelsbanken.csv", "seb.csv", "nordea.csv")
GERMAN = ("sparkasse.csv", "dkb.csv", "volksbank.csv")
KARIN, MATS = 10_880_469, 250_000


def of(name: str, currency: str = "SEK") -> list[Statement]:
    """Read a recorded file."""
    return read((WIRE / name).read_bytes(), currency)[1]


@pytest.mark.parametrize("name", SWEDISH)
def test_what_swedish_banks_save_is_read(name: str) -> None:
    [statement] = of(name)
    found = {entry.booked_on: entry for entry in statement.entries}
    assert {day.day: entry.amount for day, entry in found.items()} == {24: MATS, 25: -1_250_000, 26: KARIN}
    first = found[date(2026, 11, 26)]
    assert "karin ekdahl" in f"{first.name} {first.text}".casefold()
    assert statement.currency == "SEK"


@pytest.mark.parametrize("name", GERMAN)
def test_what_german_banks_save_is_read(name: str) -> None:
    [statement] = of(name, "EUR")
    first, second = statement.entries
    assert (first.amount, second.amount) == (108_805, -12_500)
    assert (first.name, first.booked_on) == ("Müller GmbH", date(2026, 11, 26))
    assert statement.account == "DE89370400440532013000"
    assert "RF6320260007" in list(payment_references.found_in(first.text))


@pytest.mark.parametrize("name", ["camt-v2.xml", "camt-v8.xml"])
def test_camt_is_read_with_its_batches_charges_and_reversals(name: str) -> None:
    first, second = of(name)
    told = [(entry.amount, entry.name, entry.reference or entry.text) for entry in first.entries]
    assert told == [
        (KARIN, "Karin Ekdahl", "2026000105"),
        (MATS, "Mats Forsling", "F-2026-0002"),
        (100_000, "Åsa Öberg", "glas och kitt"),
        (60_000, "Card one", "Charges of the bank"),
        (40_000, "Card two", "Charges of the bank"),
        (-1_000, "", "Charges of the bank"),
        (-70_000, "", "Returned payment"),
    ]
    assert [entry.is_reversal for entry in first.entries] == [False] * 6 + [True]
    assert (first.key, first.opening, first.closing) == ("S-1", 5_000_000, 16_259_469)
    assert [entry.amount for entry in second.entries] == [5_000]  # what is only announced is no entry yet
    assert len(set(keys_of(first.entries))) == 7


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("162594.69</Amt>", "162594.70</Amt>", "does not add up"),
        ('<Amt Ccy="SEK">700.00', '<Amt Ccy="EUR">700.00', "in EUR and the account in SEK"),
        ("</BkToCstmrStmt>", "", "breaks off"),
        ("<Document ", "<!DOCTYPE d [<!ENTITY a 'b'>]><Document ", "no document type"),
        ("camt.053.001", "camt.052.001", "no statement in camt.053"),
        ("700.00", "700.001", "is no amount"),
        ("700.00", "1e9999", "is no amount"),
        ("700.00", "1e999999", "is no amount"),
        ("<CdtDbtInd>DBIT</CdtDbtInd><RvslInd>", "<RvslInd>", "whether it came or went"),
        ("<NbOfNtries>5", "<NbOfNtries>6", "6 entries, and has 5"),
        ("<DtTm>2026-11-26T12:00:00", "<DtTm>soon", "on which day"),
        ("<Id>S-1</Id>", "", "names neither"),
    ],
)  # fmt: skip
def test_a_camt_file_that_makes_no_sense_is_refused_in_words(old: str, new: str, words: str) -> None:
    text = (WIRE / "camt-v8.xml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(Unreadable, match=words):
        read(text.replace(old, new, 1).encode(), "SEK")


@pytest.mark.parametrize("name", ["camt-v2.xml", "camt-v8.xml"])
def test_half_of_a_camt_file_is_refused_wherever_it_ends(name: str) -> None:
    data = (WIRE / name).read_bytes().rstrip()
    for end in range(0, len(data) - 1, 97):
        with pytest.raises(Unreadable):
            read(data[:end], "SEK")


TABLE = """\
Bokföringsdag;Text;Belopp;Saldo
2026-11-26;Anna;1000,00;5000,00
2026-11-27;Karin;1250,00;6250,00"""


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        "Datum;Belopp;Text\n2026-11-27;1250,00;Karin",
        "Datum;Belopp\n2026-11-26;1,00\n2026-11-27;1250,00",
    ],
)
def test_a_table_that_breaks_off_tells_no_smaller_sum(table: str) -> None:
    """Cut anywhere within its last row it is refused, or what is left of the row still says the whole sum."""
    assert (
        bank_csv.read(table.encode(), "SEK")[0].entries[-1].amount == 125_000
    )  # some banks end without a break
    row = table.rindex("\n") + 1
    for end in range(row + 1, len(table)):
        with contextlib.suppress(Unreadable):
            [statement] = bank_csv.read(table[:end].encode(), "SEK")
            assert statement.entries[-1].amount == 125_000, table[row:end]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Datum;Belopp;Text\n2026-11-26;1000,00;A\n2026-11-27;12", "breaks off in its last row, at “12”"),
        ("Datum;Belopp\n2026-11-26;1000,00\n2026-1", "breaks off in its last row, at “2026-1”"),
        ("", "is empty"),
        ("What;ever\n1;2\n", "No row names the columns"),
        ("Datum;Belopp\n", "no entry"),
        ("Datum;Belopp\n2026-11-26;12,5x\n", "Row 2: “12,5x” is no amount"),
        ("Datum;Belopp;Text\n2026-11-26;;Karin\n", "Row 2: there is no amount"),
        ("Datum;Belopp\n2026-13-26;12,50\n", "Row 2: “2026-13-26” is no day"),
        ("Datum;Belopp;Valuta\n2026-11-26;1;SEK\n2026-11-26;1;EUR\n", "several currencies"),
        ("Datum;Belopp;Valuta\n2026-11-26;1;ZZZ\n", "no currency"),
        ("Datum;Belopp;Konto\n2026-11-26;1;1\n2026-11-26;1;2\n", "several accounts"),
        ("Datum;Belopp;Saldo\n2026-11-26;1;10\n2026-11-25;2;5\n2026-11-25;2;3\n", "balance does not add up at row 3"),
        ('Datum;Belopp\n2026-11-26;"1\n', "quotation mark"),
        ("PK\x03\x04", "as text with commas"),
        ("Datum;Belopp\n2026-11-26;1.000\n", "may mean thousands or three decimals"),
    ],
)  # fmt: skip
def test_a_table_that_makes_no_sense_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(text.encode(), "SEK")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1 234,50", 123_450), ("1.234,50", 123_450), ("1,234.50", 123_450), ("1234.5", 123_450), ("-12", -1_200),
        ("12-", -1_200), ("+5,00 kr", 500), ("\N{MINUS SIGN}1\u00a0000", -100_000), ("1'234.50", 123_450),
        ("2500,000", 250_000), ("1.000.000", 100_000_000), ("12.345.678,90", 1_234_567_890),
    ],
)  # fmt: skip
def test_amounts_are_read_as_banks_write_them(text: str, amount: int) -> None:
    [statement] = bank_csv.read(f'Datum;Belopp\n2026-11-26;"{text}"\n'.encode(), "SEK")
    assert statement.entries[0].amount == amount


@given(
    st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_junk_is_unreadable_and_nothing_else(data: bytes) -> None:
    for form in (
        b"",
        b"Datum;Belopp\n",
        b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'>",
    ):
        with contextlib.suppress(Unreadable):  # with words; anything else is a fault of ours
            assert read(form + data, "SEK")


def test_a_file_of_entities_or_depth_costs_nothing() -> None:
    for data in (b"<a>" * 5_000, b"<?xml version='1.0' encoding='utf-16'?><a/>", b"<" + b"a" * 1_000_000):
        with pytest.raises(Unreadable):
            camt_files.read(data)


@pytest.mark.parametrize(("number", "currency", "reference"), [
    ("F-2026-0007", "EUR", "RF6320260007"), ("F-2026-0007", "SEK", "2026000709"), ("7", "SEK", "737"),
])  # fmt: skip
def test_a_reference_has_check_digits(number: str, currency: str, reference: str) -> None:
    made = payment_references.reference(number, currency)
    assert made == reference
    assert payment_references.is_sound(made)
    wrong = made[:-1] + str((int(made[-1]) + 1) % 10)
    assert not payment_references.is_sound(wrong)


def test_a_known_reference_of_iso_11649_checks_out() -> None:
    assert payment_references.rf("539007547034") == "RF18539007547034"
    assert list(payment_references.found_in("Inv. RF18 5390 0754 7034, thanks")) == ["RF18539007547034"]
