"""Elementor Pro's forms, action Webhook: simple (answers by their labels) and with "Advanced Data" (PHP's nesting).

It signs nothing and has no id of a submission. Anything but exactly 200 shows the visitor an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from connectors.forms.answers import Meaning
from connectors.forms.body import open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.shape import LOOKED, path_of, says
from hub.connector import Answer, Raw
from hub.events import Field

_TYPES: Mapping[str, Meaning] = {"tel": "phone", "email": "email", "textarea": "message"}
_SIMPLE = ("form_id", "form_name")
_CONTAINER = re.compile(rb'(?:\A|&|")(?:fields|meta)(?:\[|%5[Bb]|"\s*:\s*\{)')
_DESCRIBED = {"id", "type", "title", "raw_value", "required"}


class Elementor(Sender):
    """The page builder's form."""

    name: ClassVar[str] = "elementor"
    title: ClassVar[str] = "Elementor Pro"

    def knows(self, raw: Raw) -> bool:
        """Know both shapes by how they name the form, and the second by what holds the answers there."""
        is_nested = says(raw, "form[id]", "form[name]") and _CONTAINER.search(raw.body[:LOOKED])
        return bool(is_nested) or says(raw, *_SIMPLE)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Take the answers under the labels that the visitor read."""
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        named = {path_of(field.label): field.value for field in body.fields}
        if ("form", "id") in named:
            body.fields = list(_answers(body.fields, named))
            return (Post(body=body, form=named.get(("form", "name"), ""), known=dict(_known(named))),)
        body.fields = [field for field in body.fields if field.label not in _SIMPLE]
        return (Post(body=body, form=named.get(("form_name",), "")),)

    def answer(self, raw: Raw) -> Answer:
        """Say exactly 200."""
        told = msgspec.json.encode({"ok": True, "id": raw.key})
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return Answer(status=200, headers=headers, body=told)


def _answers(fields: Sequence[Field], named: Mapping[tuple[str, ...], str]) -> Iterator[Field]:
    """Give each question's label and answer, then where the visitor was; what describes an answer is left out."""
    for field in fields:
        path, value = path_of(field.label), field.value
        match path:
            case ("fields", _, "value"):
                yield Field(_label(named, path), value)
            case ("meta", "page_url", "value"):
                yield Field("page_url", value)
            case ("meta", _, "value"):
                yield Field(named.get((*path[:2], "title"), "") or path[1], value)
            case ("form", "id" | "name"):
                continue
            case ("fields" | "meta", _, about) if about in _DESCRIBED:
                continue
            case _:
                yield field


def _known(named: Mapping[tuple[str, ...], str]) -> Iterator[tuple[str, Meaning]]:
    for path in named:
        if path[0] == "fields" and path[2:] == ("value",):
            meaning = _TYPES.get(named.get((*path[:2], "type"), ""))
            if meaning:
                yield _label(named, path).strip().casefold(), meaning


def _label(named: Mapping[tuple[str, ...], str], path: tuple[str, ...]) -> str:
    return named.get((*path[:2], "title"), "") or path[1]
