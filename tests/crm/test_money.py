"""Money as people type and read it, by their language and the currency's digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import money
from hub.languages import LANGUAGES, Listener, speaking_to


@pytest.mark.parametrize(
    ("language", "text", "currency", "amount"),
    [
        ("sv", "12 500,50", "SEK", 1_250_050),
        ("sv", "12\N{NO-BREAK SPACE}500,5", "SEK", 1_250_050),
        ("en", "12 500,50", "SEK", 1_250_050),
        ("en", "12,500.50", "SEK", 1_250_050),
        ("sv", "1.000", "SEK", 100_000),
        ("en", "1,000", "SEK", 100_000),
        ("sv", "0,10", "EUR", 10),
        ("sv", "SEK 95 000 kr", "SEK", 9_500_000),
        ("en", "1500", "JPY", 1_500),
        ("en", "1.500", "KWD", 1_500),
        ("en", "-12.5", "EUR", -1_250),
    ],
)
def test_it_is_read_as_it_is_written(language: str, text: str, currency: str, amount: int) -> None:
    with speaking_to(Listener(language)):
        assert money.read(text, currency) == amount


@pytest.mark.parametrize(
    "text", ["", "dear", "1,2,3", "5-6", "NaN", "Infinity", "1e5", "12.345,678", "0.005", "9" * 30]
)
def test_what_is_no_amount_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        money.read(text, "SEK")


def test_it_is_said_with_its_currency() -> None:
    assert money.written(1_250_050, "SEK") == "SEK12,500.50"
    assert money.written(1_500, "JPY") == "¥1,500"
    with speaking_to(Listener("sv")):
        assert money.written(1_250_050, "SEK") == "12\N{NO-BREAK SPACE}500,50\N{NO-BREAK SPACE}kr"


def test_quantities_and_rates_are_finer() -> None:
    with speaking_to(Listener("sv")):
        assert (money.read_quantity("2,5"), money.read_quantity("0,125"), money.typed_quantity(2_500)) == (
            2_500,
            125,
            "2,5",
        )
        assert (money.read_percent("12,5 %"), money.typed_percent(1_250)) == (1_250, "12,5")


@given(
    st.integers(0, money.MOST),
    st.sampled_from(["SEK", "EUR", "JPY", "KWD"]),
    st.sampled_from(sorted(LANGUAGES)),
)
def test_what_an_input_carries_is_read_again(amount: int, currency: str, language: str) -> None:
    with speaking_to(Listener(language)):
        assert money.read(money.typed(amount, currency), currency) == amount
        assert money.read_quantity(money.typed_quantity(amount)) == amount
