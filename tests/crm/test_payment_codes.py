"""What a QR code for a payment says."""

from __future__ import annotations

import pytest
from lxml import etree

from crm import payment_codes

IBAN = "SE45 5000 0000 0583 9825 7466"


def test_a_girocode_has_the_lines_of_the_epc() -> None:
    text = payment_codes.epc("Klarruta Fönster", IBAN, "esse sess", 1_234_50, "Q-2026-0001")
    assert text.split("\n") == [
        "BCD", "002", "1", "SCT", "ESSESESS", "Klarruta Fönster", "SE4550000000058398257466", "EUR1234.50", "", "",
        "Q-2026-0001",
    ]  # fmt: skip


def test_a_creditor_reference_has_the_line_that_is_its_own() -> None:
    text = payment_codes.epc("Klarruta Fönster", IBAN, "", 100, "RF31 2026 0001")
    assert text.split("\n")[8:] == ["", "RF3120260001"]


def test_a_name_cannot_add_lines_of_its_own_to_a_girocode() -> None:
    text = payment_codes.epc("Klarruta\nDE89370400440532013000", IBAN, "", 100, "a\r\nb")
    assert text.split("\n")[5:] == [
        "Klarruta DE89370400440532013000", "SE4550000000058398257466", "EUR1.00", "", "", "a b",
    ]  # fmt: skip


def test_a_swish_code_names_kronor_with_a_comma_and_lets_nothing_be_edited() -> None:
    assert payment_codes.swish("123 785 69 01", 100_00, "12229445") == "C1237856901;100,00;12229445;0"
    assert payment_codes.swish("1237856901", 5, "Åsa; 7") == "C1237856901;0,05;%C3%85sa%3B%207;0"


@pytest.mark.parametrize(
    ("iban", "bic", "amount"),
    [
        ("SE4650000000058398257466", "", 1),
        ("", "", 1),
        (IBAN, "NO", 1),
        (IBAN, "", 0),
        (IBAN, "", -1),
        (IBAN, "", 10**12),
    ],
)
def test_what_no_bank_would_take_has_no_girocode(iban: str, bic: str, amount: int) -> None:
    assert payment_codes.epc("Klarruta", iban, bic, amount, "1") == ""


@pytest.mark.parametrize(
    ("number", "amount"), [("", 1), ("031-390 06 00", 1), ("1237856901", 0), ("12378569", 1)]
)
def test_what_swish_would_not_take_has_no_code(number: str, amount: int) -> None:
    assert payment_codes.swish(number, amount, "1") == ""


def test_the_currency_decides_which_code_it_is() -> None:
    def begun(currency: str) -> str:
        return payment_codes.payload(
            "K", IBAN, "", "1237856901", amount=100, currency=currency, reference="7"
        )[:3]

    assert [begun(each) for each in ("EUR", "SEK", "NOK", "JPY")] == ["BCD", "C12", "", ""]


def test_a_code_is_drawn_as_svg_with_the_error_correction_that_banks_ask_for() -> None:
    drawn = etree.fromstring(payment_codes.drawn(payment_codes.epc("Klarruta", IBAN, "", 100, "1")))
    # 60 bytes at M: version 4, which has 33 modules on a side; at Q they would need another.
    assert (drawn.tag.rpartition("}")[2], drawn.get("width"), drawn.get("height")) == ("svg", "33", "33")
