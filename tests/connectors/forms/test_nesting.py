"""JSON unfolded to flat labels."""

from __future__ import annotations

import json

import pytest

from connectors.forms.nesting import read_json


def unfolded(value: object) -> list[tuple[str, str]]:
    return read_json(json.dumps(value).encode(), "")[0]


def test_nested_objects_and_lists_get_labels_as_php_writes_them() -> None:
    order = {"payment": {"orderid": "7", "products": [{"name": "Window", "quantity": 2}]}}
    assert unfolded(order) == [
        ("payment[orderid]", "7"),
        ("payment[products][0][name]", "Window"),
        ("payment[products][0][quantity]", "2"),
    ]


def test_several_ticks_are_one_answer_each_under_one_label() -> None:
    assert unfolded({"rooms": ["kitchen", "hall"]}) == [("rooms", "kitchen"), ("rooms", "hall")]


def test_a_list_of_answers_at_the_top_is_numbered() -> None:
    assert unfolded([{"name": "phone"}, "x"]) == [("0[name]", "phone"), ("1", "x")]


def test_numbers_stay_as_they_were_written() -> None:
    body = (
        b'{"price": 15400.00, "phone": 89215550102, "long": ' + b"7" * 5000 + b', "yes": true, "none": null}'
    )
    answers = dict(read_json(body, "")[0])
    assert (answers["price"], answers["phone"]) == ("15400.00", "89215550102")
    assert answers["long"] == "7" * 5000
    assert (answers["yes"], answers["none"]) == ("true", "")


def test_a_form_written_as_json_twice_over_is_read() -> None:
    assert unfolded(json.dumps({"name": "Ada"})) == [("name", "Ada")]


def test_below_twenty_levels_the_rest_is_kept_as_text() -> None:
    value: object = {"end": "here"}
    for _ in range(30):
        value = {"in": value}
    ((label, text),) = unfolded(value)
    assert label == "in" + "[in]" * 19
    assert text.endswith('{"end": "here"}' + "}" * 10)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"a": 1', "line 1, column 8"),
        (b"[" * 50_000, "thousands of levels"),
        (b"7", "single value"),
        (b'"hello"', "single value"),
    ],
)
def test_what_is_no_form_says_why(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_json(body, "")
