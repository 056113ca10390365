"""Public holidays by country: known by name, by year, and a wrong country told with a right one."""

from __future__ import annotations

from datetime import date

import pytest

from crm.public_holidays import check_country, public_holidays


def test_sweden_closes_on_midsummer_eve_which_is_custom_and_not_law() -> None:
    found = public_holidays("SE", "", 2026)
    assert found[date(2026, 6, 19)] == "Midsummer Eve"
    assert found[date(2026, 6, 20)] == "Midsummer Day"


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    corpus_christi = date(2026, 6, 4)
    assert corpus_christi in public_holidays("DE", "BY", 2026)
    assert corpus_christi not in public_holidays("DE", "HH", 2026)


def test_a_year_is_only_itself() -> None:
    assert {day.year for day in public_holidays("NO", "", 2027)} == {2027}


@pytest.mark.parametrize("country", ["", "none"])
def test_without_a_country_there_are_no_holidays(country: str) -> None:
    assert not public_holidays(country, "", 2026)
    check_country(country, "")


@pytest.mark.parametrize(
    ("country", "subdivision", "message"),
    [
        ("se", "", 'no public holidays are known for country "se"; write one like SE'),
        ("DE", "by", '"by" is not a part of DE; write one like BY'),
        ("SE", "AB", '"AB" is not a part of SE; leave it empty'),
        ("", "BY", '"BY" is a part of a country, but no country is named'),
    ],
)
def test_a_mistake_is_told_with_its_cure(country: str, subdivision: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_country(country, subdivision)
