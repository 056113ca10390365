"""The script is small, and its colours can be read."""

from __future__ import annotations

import gzip

import pytest

from connectors.webchat.pages import drawing, ink_on

MOST = 15_000  # bytes, compressed


def test_the_script_with_its_words_is_under_fifteen_kilobytes() -> None:
    words = 2 * 3_000  # as they come in front of it; the journey measures what really goes over the line
    assert len(gzip.compress(drawing().encode(), 9)) + words / 3 < MOST


@pytest.mark.parametrize(("colour", "ink"), [
    ("#7a3186", "#ffffff"), ("#ffd400", "#000000"), ("#000000", "#ffffff"), ("#ffffff", "#000000"),
])  # fmt: skip
def test_what_stands_on_a_colour_can_be_read(colour: str, ink: str) -> None:
    assert ink_on(colour) == ink
