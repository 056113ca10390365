"""The same person is known again however the number was typed, and nothing that people type is too much."""

# ruff: noqa: RUF001 - people type such characters, so the tests do

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm import numbers

# The company's country | what was typed | the stored handle, "?" before it when it was a guess | candidates
TABLE = """
SE | 070-174 06 12                       | +46701740612          | +460701740612
SE | 0701740612                          | +46701740612          | +460701740612
SE | 701740612                           | +46701740612          | +460701740612
SE | 46701740612                         | +46701740612          | +460701740612
SE | 0046 70 174 06 12                   | +46701740612          | +460701740612
SE | +46 (0)70-174 06 12                 | +46701740612          | +460701740612
SE | +460701740612                       | +46701740612          | +460701740612
SE | +0701740612                         | ?+46701740612         | +460701740612
SE | (070) 174.06.12                     | +46701740612          | +460701740612
SE | 070–174 06‑12                       | +46701740612          | +460701740612
SE | ring 070-174 06 12 efter fem        | +46701740612          | +460701740612
SE | ring 070-174 06 12 17-18            | ?+46701740612         | +460701740612
SE | 2026-03-02 070-174 06 12            | +46701740612          | +460701740612
SE | tel:+46-70-174-06-12                | +46701740612          | +460701740612
SE | tel:+46-31-390-06-72;ext=543        | +46313900672;ext=543  | +460313900672;ext=543
SE | 031-390 06 72 ext. 543              | +46313900672;ext=543  | +460313900672;ext=543
SE | 031-390 06 72 anknytning 12         | +46313900672;ext=12   | +460313900672;ext=12
SE | 031-390 06 72x12                    | +46313900672;ext=12   | +460313900672;ext=12
SE | 031-390 06 72,,12                   | +46313900672;ext=12   | +460313900672;ext=12
SE | 79215550102                         | ?+79215550102         | +89215550102 +789215550102 +469215550102
SE | 8 921 555 01 02                     | ?+79215550102         | +89215550102 +789215550102 +469215550102
SE | +8 921 555 01 02                    | ?+79215550102         | +89215550102 +789215550102 +469215550102
SE | 390 06 72                           | ?+463900672           | +4603900672
NO | +47 22 86 44 00                     | +4722864400           |
FI | 050 123 4567                        | +358501234567         | +3580501234567
RU | 8 (921) 555-01-02                   | +79215550102          | +89215550102 +789215550102
RU | +7 921 555-01-02                    | +79215550102          | +89215550102 +789215550102
RU | +7 8 921 555-01-02                  | +79215550102          | +89215550102 +789215550102
RU | 9215550102                          | +79215550102          | +89215550102 +789215550102
RU | 8 812 555 01 02 доб. 12             | +78125550102;ext=12   | +88125550102;ext=12 +788125550102;ext=12
RU | 8-10-46-70-174-06-12                | +46701740612          | +460701740612
RU | 0046701740612                       | +46701740612          | +460701740612
KZ | 8 701 555 01 02                     | +77015550102          | +87015550102 +787015550102
DE | 0221/1234567                        | +492211234567         | +4902211234567
DE | +49 (0)30 1234567 Durchwahl 12      | +49301234567;ext=12   | +490301234567;ext=12
DE | 46701740612                         | +4946701740612        | +49046701740612 +46701740612
IT | 06 1234 5678                        | +390612345678         | +39612345678
IT | +39 (0)6 1234 5678                  | +390612345678         | +39612345678
IT | +39 6 1234 5678                     | ?+390612345678        | +39612345678
PL | +48 (0)22 123 45 67                 | +48221234567          |
FR | 01 42 68 53 00 poste 7              | +33142685300;ext=7    | +330142685300;ext=7
GB | +44 (0)20 7946 0958                 | +442079460958         | +4402079460958
US | (212) 736-5000 x4                   | +12127365000;ext=4    |
US | 011 46 70 174 06 12                 | +46701740612          | +460701740612
BR | (11) 98765-4321                     | +5511987654321        | +551187654321 +55011987654321
BR | 551187654321                        | ?+5511987654321       | +551187654321 +55011987654321
MX | +52 55 1234 5678                    | +525512345678         | +5215512345678
MX | 5215512345678                       | ?+525512345678        | +5215512345678
AR | 011 15 2345 6789                    | +5491123456789        | +541123456789 +54091123456789
AR | +54 11 2345 6789                    | +541123456789         | +5491123456789 +5401123456789
VN | +84 951 234 567                     | +84951234567          | +74951234567 +840951234567
JP | ０３－１２３４－５６７８            | +81312345678          | +810312345678
AE | ٠٥٠ ١٢٣ ٤٥٦٧                        | +971501234567         | +9710501234567
XX | +46 70 174 06 12                    | +46701740612          | +460701740612
"""
ROWS = [tuple(cell.strip() for cell in row.split("|")) for row in TABLE.strip().splitlines()]
NO_NUMBERS = [
    "",
    "Anna",
    "9" * 400,
    "1-800-FLOWERS",
    "12345 Göteborg",
    "112",
    "2026-03-02",
    "+",
    "()",
    "\0",
    "070",
]
SEPARATORS = st.lists(
    st.sampled_from(["", "", " ", "-", ".", "\N{NO-BREAK SPACE}", "\N{EN DASH}", "\u202a"]), min_size=12
)


@pytest.mark.parametrize(("country", "typed", "expected", "others"), ROWS)
def test_a_typed_number_becomes_one_handle(country: str, typed: str, expected: str, others: str) -> None:
    number = numbers.read(typed, country)
    assert number is not None
    assert numbers.handle(number) == expected.removeprefix("?")
    assert number.sure is not expected.startswith("?")
    assert numbers.candidates(number, country) == tuple(others.split())


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_none(text: str) -> None:
    assert numbers.read(text, "SE") is None


def test_a_number_without_its_area_code_is_not_completed_by_a_guess() -> None:
    assert numbers.read("555-0102", "US") is None


def test_a_national_number_needs_a_country_that_exists() -> None:
    assert numbers.read("070-174 06 12", "XX") is None


@pytest.mark.parametrize("between", [" / ", "/", ", ", "; ", " eller ", " ", " - ", "\n"])
def test_two_numbers_in_one_field_are_both_read(between: str) -> None:
    found = numbers.read_all(f"070-1740612{between}031-3900672 ankn 5", "SE")
    assert [numbers.handle(number) for number in found] == ["+46701740612", "+46313900672;ext=5"]
    assert all(number.sure for number in found)


def test_a_number_that_is_written_twice_is_one() -> None:
    (number,) = numbers.read_all("070-174 06 12, +46701740612", "SE")
    assert number.written == "070-174 06 12"


def test_the_number_that_is_sure_goes_before_the_guess() -> None:
    number = numbers.read("order 1234567, Anna 070-174 06 12", "SE")
    assert number is not None
    assert number.e164 == "+46701740612"


def test_a_number_that_was_cut_off_is_not_taken_for_another() -> None:
    assert numbers.read("Anna " * 18 + "0701740612345", "SE") is None


def test_the_number_behind_a_switchboard_is_not_the_switchboard() -> None:
    anna = numbers.read("031-390 06 72 ext. 543", "SE")
    assert anna is not None
    assert all(other.endswith(";ext=543") for other in numbers.candidates(anna, "SE"))


def test_a_foreign_number_is_no_candidate_for_somebody_at_home() -> None:
    berlin = numbers.read("+49 31 3900672", "SE")
    assert berlin is not None
    assert "+46313900672" not in numbers.candidates(berlin, "SE")


@pytest.mark.parametrize(
    ("handle", "country", "shown"),
    [
        ("+46701740612", "SE", "070-174 06 12"),
        ("+46701740612", "se", "070-174 06 12"),
        ("+46701740612", "DE", "+46 70 174 06 12"),
        ("+46313900672;ext=543", "SE", "031-390 06 72 ext. 543"),
        ("+79215550102", "RU", "8 (921) 555-01-02"),
        ("web visitor 7", "SE", "web visitor 7"),
    ],
)
def test_a_number_is_shown_as_people_at_home_write_it(handle: str, country: str, shown: str) -> None:
    assert numbers.display(handle, country) == shown


def test_a_handle_tells_its_country_and_its_time() -> None:
    assert numbers.country_of("+46313900672;ext=543") == "SE"
    assert numbers.local_time_zone("+46313900672;ext=543") == "Europe/Stockholm"
    assert numbers.country_of("+77015550102") == "KZ"


def test_a_number_of_many_time_zones_or_of_no_country_tells_none() -> None:
    assert numbers.local_time_zone("+79215550102") is None
    assert numbers.country_of("+80012345678") is None
    assert numbers.country_of("web visitor 7") is None
    assert numbers.local_time_zone("web visitor 7") is None


@settings(max_examples=200)
@given(
    st.text(max_size=200) | st.text("0123456789+-/() .xext,;#", max_size=130),
    st.sampled_from(["SE", "RU", "BR", ""]),
)
def test_any_text_is_read_and_a_handle_reads_as_itself(text: str, country: str) -> None:
    for number in numbers.read_all(text, country):
        again = numbers.read(numbers.handle(number), country)
        assert again is not None
        assert numbers.handle(again) == numbers.handle(number)
        assert len(numbers.candidates(number, country)) <= numbers.MOST_CANDIDATES


@settings(max_examples=100)
@given(
    SEPARATORS,
    st.sampled_from(
        [("SE", "0701740612"), ("SE", "+46701740612"), ("RU", "89215550102"), ("US", "2127365000")]
    ),
)
def test_the_same_digits_are_the_same_handle_however_they_are_grouped(
    between: list[str], typed: tuple[str, str]
) -> None:
    country, digits = typed
    grouped = "".join(digit + gap for digit, gap in zip(digits, between, strict=False))
    number, plain = numbers.read(grouped, country), numbers.read(digits, country)
    assert number is not None
    assert plain is not None
    assert numbers.handle(number) == numbers.handle(plain)
