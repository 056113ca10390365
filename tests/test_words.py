"""No text for people stands outside the catalogue, and the catalogue says all of it in every language."""

from __future__ import annotations

import re

import pytest

from hub.languages import LANGUAGES, SOURCE
from tests.catalogue import catalogue, texts
from tests.plain_words import plain_words

PLACES = re.compile(r"%\(\w+\)s|\{\w+\}|<\w+>")
OTHERS = [language for language in LANGUAGES if language != SOURCE]


def test_no_words_for_people_stand_outside_the_catalogue() -> None:
    found = list(plain_words())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", OTHERS)
def test_everything_is_said_in_every_language(language: str) -> None:
    known = {message.id: message for message in catalogue(language)}
    silent = [message.id for message in texts() if message.id and not _said(known.get(message.id))]
    assert not silent, f"python -m tests.catalogue, then say: {silent}"


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_stands_there_that_nobody_says(language: str) -> None:
    said = {message.id for message in texts()}
    assert [message.id for message in catalogue(language) if message.id not in said] == []


@pytest.mark.parametrize("language", OTHERS)
def test_each_translation_puts_the_same_values_in(language: str) -> None:
    wrong = [
        (one, told)
        for message in catalogue(language)
        if message.id
        for one, told in zip(_forms(message.id), _forms(message.string), strict=True)
        if set(PLACES.findall(one)) != set(PLACES.findall(told))
    ]
    assert wrong == []


def _forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _said(message: object) -> bool:
    string = getattr(message, "string", "")
    return bool(string) and all(_forms(string))
