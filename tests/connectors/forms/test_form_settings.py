"""Settings of a form channel: what is taken, and what is refused before it can do harm."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from connectors.forms import FormField, Forms, FormSettings
from hub.events import FormSubmitted


def test_a_form_without_settings_asks_who_and_what() -> None:
    settings = msgspec.convert({}, FormSettings)
    assert [field.name for field in settings.fields] == ["name", "phone", "email", "message"]
    assert settings.quarantine


def test_settings_are_read_from_a_table() -> None:
    table = {
        "title": "Ask for an offer",
        "fields": [{"name": "rooms", "kind": "choice", "choices": ["1", "2"], "required": True}],
        "map": {"1.3": "first name"},
        "origins": ["https://klarruta.example", "http://[::1]:8000"],
        "task_title": "Ring {name} about {subject}",
    }
    settings = msgspec.convert(table, FormSettings)
    assert settings.fields == (FormField(name="rooms", kind="choice", choices=("1", "2"), required=True),)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"tilte": "x"}, "tilte"),
        ({"map": {"1.3": "surname"}}, "cannot mean “surname”"),
        ({"origins": ["klarruta.example"]}, "scheme and host"),
        ({"origins": ["https://klarruta.example/kontakt"]}, "scheme and host"),
        ({"task_title": "Ring {nmae}"}, "nmae"),
        ({"task_title": "Ring {name"}, "expected '}'"),
        ({"fields": [{"name": "a"}, {"name": "a"}]}, "Two fields are called “a”"),
        ({"fields": [{"name": "_next"}]}, "underscore"),
        ({"fields": [{"name": "size", "kind": "choice"}]}, "without choices"),
    ],
)
def test_a_mistake_stops_the_start_and_says_where(table: dict[str, object], why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        msgspec.convert(table, FormSettings)


def test_the_kind_of_a_hosted_question_says_what_its_answer_is(read: Callable[..., FormSubmitted]) -> None:
    field = FormField(name="reach", label="Where do we reach you?", kind="tel")
    assert read("reach=555+12+34", fields=(field,)).phone == "555 12 34"


def test_a_form_is_known_by_its_kind() -> None:
    assert (Forms.kind, Forms.settings_type) == ("form", FormSettings)


@pytest.mark.parametrize("title", ["{name:d}", "{name!r}", "{name:>5000000}", "{name:{foo}}"])
def test_a_task_title_takes_its_words_as_they_are(title: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="as they are"):
        msgspec.convert({"task_title": title}, FormSettings)
