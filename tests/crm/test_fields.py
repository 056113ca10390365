"""Custom fields: each value is kept by its type, and what cannot be read is kept as it came."""

from __future__ import annotations

import pytest

from crm.fields import CustomField, Value, fold, keep, plain, read
from hub.events import Field


def field(kind: str, name: str = "openings", **values: object) -> CustomField:
    """Give a field of a kind."""
    return CustomField(**{"name": name, "label": name.capitalize(), "kind": kind, "choices": [], "unit": "",
                          "aliases": [], "position": 0, **values})  # fmt: skip


def kept(
    known: dict[str, object], *answers: tuple[str, str], recognised: tuple[str, ...] = ()
) -> tuple[dict[str, object], list[str]]:
    """Keep answers on a card that knows how many openings there are and what it is about."""
    ours = [field("number"), field("choice", "about", choices=["Windows", "Front door"])]
    by_label = {fold(label): each for each in ours for label in (each.name, each.label)}
    by_label["antalfönster"] = ours[0]
    return keep(by_label, known, [Field(*answer) for answer in answers], frozenset(recognised))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", " Quiet ", "Quiet"),
        ("number", "34 st", 34),
        ("money", "12 500 kr", "12500.00"),
        ("date", "2026-11-23", "2026-11-23"),
        ("date", "3/12/2026", "2026-12-03"),
        ("yesno", "Ja", True),
        ("yesno", "off", False),
        ("link", "https://klarruta.example/plan", "https://klarruta.example/plan"),
    ],
)
def test_a_value_has_its_type(kind: str, text: str, value: object) -> None:
    assert read(field(kind, unit="SEK"), text) == Value(kind, value, "SEK" if kind == "money" else "")


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("number", "many", "“many” is no number"),
        ("date", "next spring", "“next spring” is no date; write it like 2026-11-23"),
        ("yesno", "perhaps", "“perhaps” is neither yes nor no"),
        ("link", "javascript:alert(1)", "is no link; it starts with https://"),
        ("choice", "Roof", "“Roof” is none of Windows, Front door"),
    ],
)
def test_what_a_field_cannot_hold_is_told_in_words(kind: str, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        read(field(kind, choices=["Windows", "Front door"]), text)


def test_a_choice_is_found_by_its_letters_and_by_its_very_sign() -> None:
    assert read(field("choice", choices=["Front door"]), "front-door").value == "Front door"
    assert read(field("choice", choices=["👍", "👎"]), "👎").value == "👎"


def test_labels_are_the_same_whatever_wrote_them() -> None:
    assert fold("Antal fönster:") == fold("ANTAL_FO\u0308NSTER")


def test_a_form_fills_our_fields_by_any_of_their_labels() -> None:
    fields, remarks = kept({}, ("Antal fönster", "34"), ("About", "front door"))
    assert plain(fields) == {"openings": 34, "about": "Front door"}
    assert remarks == []


def test_what_is_no_field_of_ours_is_kept_under_its_own_name() -> None:
    fields, _ = kept({}, ("Våning", "3"), ("empty", "  "))
    assert fields == {"Våning": {"kind": "text", "value": "3", "unit": ""}}


def test_what_stands_elsewhere_on_the_card_is_not_kept_twice_unless_the_field_is_ours() -> None:
    fields, _ = kept({}, ("your-name", "Windows"), ("About", "Windows"), recognised=("Windows",))
    assert plain(fields) == {"about": "Windows"}


def test_several_answers_of_one_label_stand_together() -> None:
    fields, _ = kept({}, ("rooms[]", "kitchen"), ("rooms[]", "hall"))
    assert plain(fields) == {"rooms[]": "kitchen, hall"}


def test_what_cannot_be_read_is_kept_as_text_with_a_remark() -> None:
    fields, remarks = kept({}, ("openings", "a few"))
    assert fields["openings"] == {"kind": "text", "value": "a few", "unit": ""}
    assert remarks == ["Openings: “a few” is no number; kept as text."]


def test_a_better_value_is_not_lost_to_one_that_cannot_be_read() -> None:
    known, _ = kept({}, ("openings", "34"))
    fields, remarks = kept(known, ("openings", "a few"))
    assert plain(fields) == {"openings": 34}
    assert remarks == ["Openings: “a few” is no number; the card keeps what it had."]


def test_a_card_holds_a_hundred_fields_and_still_learns_about_those() -> None:
    fields, _ = kept({}, *[(f"q{number}", "old") for number in range(150)])
    again, _ = kept(fields, ("q7", "new"), ("q149", "new"))
    assert len(again) == 100
    assert plain(again)["q7"] == "new"
