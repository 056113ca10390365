"""Numbers as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.figures import read_figure


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("34", 34),
        ("about 34 windows", 34),
        ("12,5", 12.5),
        ("12.5", 12.5),
        (".5", 0.5),
        ("-3", -3),
        ("\N{MINUS SIGN}3", -3),
        ("12 500", 12500),
        ("12\N{NO-BREAK SPACE}500,50", 12500.5),
        ("1.234,50", 1234.5),
        ("1,234.50", 1234.5),
        ("1.000.000", 1_000_000),
        ("1'000", 1000),
        ("5 %", 5),
        ("12,500", 12.5),
    ],
)
def test_one_number_is_read_however_it_is_written(text: str, number: float) -> None:
    assert read_figure(text) == number


@pytest.mark.parametrize(
    ("text", "kronor"), [("12.500", 12500), ("12,500 kr", 12500), ("SEK 12.500:-", 12500), ("9,50", 9.5)]
)
def test_money_has_no_three_decimals(text: str, kronor: float) -> None:
    assert read_figure(text, thousands=True) == kronor


@pytest.mark.parametrize(
    "text", ["", "many", "3 4", "5-6 windows", "1962-64", "070-174 06 12", "1,2,3", "½", "9" * 200]
)
def test_what_is_not_one_number_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        read_figure(text)


def test_a_number_too_long_to_be_kept_exactly_is_refused() -> None:
    with pytest.raises(ValueError, match="too long a number to be kept exactly"):
        read_figure("12345678901234567890")


@given(st.text(alphabet="0123456789 .,'-+e", max_size=120))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_number_or_a_refusal(text: str) -> None:
    try:
        number = read_figure(text)
    except ValueError:
        return
    assert abs(number) < 1e15
