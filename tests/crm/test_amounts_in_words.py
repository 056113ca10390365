"""Amounts in words, as people write them out."""

from __future__ import annotations

import pytest

from crm.amounts_in_words import LIMIT, in_words


@pytest.mark.parametrize(
    ("amount", "currency", "english", "swedish"),
    [
        (0, "SEK", "zero Swedish kronor", "noll svenska kronor"),
        (100, "SEK", "one Swedish krona", "en svensk krona"),
        (100, "GBP", "one British pound", "ett brittiskt pund"),
        (2_150, "EUR", "twenty-one euros and 50/100", "tjugoett euro och 50/100"),
        (101_00, "EUR", "one hundred and one euros", "etthundraett euro"),
        (1_000_00, "EUR", "one thousand euros", "ettusen euro"),
        (1_005_05, "EUR", "one thousand and five euros and 05/100", "ettusen fem euro och 05/100"),
        (21_000_00, "EUR", "twenty-one thousand euros", "tjugoettusen euro"),
        (98_765_43, "EUR", "ninety-eight thousand seven hundred and sixty-five euros and 43/100",
         "nittioåttatusen sjuhundrasextiofem euro och 43/100"),
        (1_000_000_00, "EUR", "one million euros", "en miljon euro"),
        (21_000_000_00, "EUR", "twenty-one million euros", "tjugoen miljoner euro"),
        (2_011_000_001_00, "EUR", "two billion eleven million and one euros", "två miljarder elva miljoner ett euro"),
        (-500, "JPY", "minus five hundred Japanese yen", "minus femhundra japanska yen"),
    ],
)  # fmt: skip
def test_an_amount_is_written_out(amount: int, currency: str, english: str, swedish: str) -> None:
    assert in_words(amount, currency, "en") == english
    assert in_words(amount, currency, "sv") == swedish


def test_every_amount_below_ten_thousand_has_words_of_its_own() -> None:
    for language in ("en", "sv"):
        assert len({in_words(amount, "JPY", language) for amount in range(10_000)}) == 10_000


def test_no_swedish_word_has_three_equal_letters() -> None:
    written = " ".join(in_words(amount, "JPY", "sv") for amount in range(0, 2_000_000, 997))
    assert not any(letter * 3 in written for letter in "abdefghijklmnorstuvåäö")


def test_an_amount_beyond_all_words_is_refused() -> None:
    with pytest.raises(ValueError, match="smaller"):
        in_words(LIMIT, "JPY", "en")
