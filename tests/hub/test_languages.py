"""Languages: which one is spoken, and by what things are sorted in it."""

from __future__ import annotations

import pytest

from hub.languages import negotiate, sort_key


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("de, sv;q=0.4, en;q=0.7", "en"),
        ("sv;q=x, fi", "en"),
        ("*", "en"),
    ],
)
def test_the_best_language_that_we_speak_is_chosen(accepted: str, language: str) -> None:
    assert negotiate(accepted) == language


def test_letters_have_their_places_by_language() -> None:
    names = ["Östen", "Åsa", "Zoe", "Ärla", "adam", "Éva"]
    assert sorted(names, key=lambda name: sort_key(name, "sv")) == [
        "adam",
        "Éva",
        "Zoe",
        "Åsa",
        "Ärla",
        "Östen",
    ]
    assert sorted(names, key=lambda name: sort_key(name, "en")) == [
        "adam",
        "Ärla",
        "Åsa",
        "Éva",
        "Östen",
        "Zoe",
    ]
