"""Numbers in any text: what is surely a telephone's can be called, and nothing else."""

from __future__ import annotations

import pytest

from crm.web.numbers_in import numbers_in

KARIN, LONDON = ("+46701740612", "070-174 06 12"), ("+442079460018", "+44 20 7946 0018")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("070-174 06 12", [KARIN]),
        ("a missed call, to be called back: +46701740612", [KARIN]),
        ("Call 070-174 06 12 or +44 20 7946 0018, evenings", [KARIN, LONDON]),
        ("0701740612 / +46 70 174 06 12", [KARIN]),
        ("order 12345678 of 2026-11-26", []),
        ("12 windows, 80 000 kr", []),
        ("", []),
    ],
)
def test_what_is_surely_a_telephones_number_is_found(text: str, found: list[tuple[str, str]]) -> None:
    assert numbers_in(text, "SE") == found


def test_a_text_full_of_numbers_gives_a_few() -> None:
    assert len(numbers_in(" ".join(f"+4670174060{each};" for each in range(6)), "SE")) == 3
