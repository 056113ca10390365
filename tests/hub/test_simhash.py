"""What finds a text again stays cheap, however long the text is."""

from __future__ import annotations

import pytest

from hub.simhash import LETTERS, WORDS, apart, simhash

TEXT = "Hello dear owner, I can bring your page to the first place of all searches for {} dollars a month"


def test_what_spammers_change_does_not_change_it() -> None:
    assert simhash(TEXT.format(99)) == simhash(TEXT.format(450))
    other = simhash(
        "We need three windows and a balcony door for a house in Partille, can you come and measure?"
    )
    assert apart(simhash(TEXT) or 0, other or 0) > 12


@pytest.mark.parametrize(
    ("most", "more"),
    [
        ("ab " * WORDS, "cd " * 3_000),
        ("窓 " * WORDS, "扉 " * 5_000),
        ("word" * (LETTERS // 4), "x" * 100_000),
    ],
    ids=["short words", "ideographs", "no spaces"],
)
def test_only_its_beginning_is_looked_at(most: str, more: str) -> None:
    begun = f"one two three four five six {most}"
    assert simhash(begun + more) == simhash(begun)


def test_a_short_text_has_none() -> None:
    assert simhash("Call me, please") is None
