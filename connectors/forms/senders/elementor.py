"""Elementor Pro's forms, action Webhook: simple (answers by their labels) and with "Advanced Data" (PHP's nesting).

It signs nothing and has no id of a submission. Anything but exactly 200 shows the visitor an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from connectors.forms.answers import Meaning
from connectors.forms.body import open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.shape import path_of, says
from hub.connector import Answer, Raw
from hub.events import Field

_TYPES: Mapping[str, Meaning] = {"tel": "phone", "email": "email", "textarea": "message"}
_SIMPLE = ("form_id", "form_name")


class Elementor(Sender):
    """The page builder's form."""

    name: ClassVar[str] = "elementor"
    title: ClassVar[str] = "Elementor Pro"

    def knows(self, raw: Raw) -> bool:
        """Know both shapes by how they name the form."""
        return says(raw, "form[id]", "form[name]") or says(raw, *_SIMPLE)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Take the answers under the labels that the visitor read."""
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        named = {path_of(field.label): field.value for field in body.fields}
        if ("form", "id") in named:
            body.fields = list(_answers(named))
            return (Post(body=body, form=named.get(("form", "name"), ""), known=dict(_known(named))),)
        body.fields = [field for field in body.fields if field.label not in _SIMPLE]
        return (Post(body=body, form=named.get(("form_name",), "")),)

    def answer(self, raw: Raw) -> Answer:
        """Say exactly 200."""
        told = msgspec.json.encode({"ok": True, "id": raw.key})
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return Answer(status=200, headers=headers, body=told)


def _answers(named: Mapping[tuple[str, ...], str]) -> Iterator[Field]:
    """Give each question's label and answer, then where the visitor was; what describes an answer is left out."""
    for path, value in named.items():
        match path:
            case ("fields", _, "value"):
                yield Field(_label(named, path), value)
            case ("meta", "page_url", "value"):
                yield Field("page_url", value)
            case ("meta", _, "value"):
                yield Field(named.get((*path[:2], "title"), "") or path[1], value)
            case ("fields" | "meta" | "form", *_):
                continue
            case _:
                yield Field(path[0], value)


def _known(named: Mapping[tuple[str, ...], str]) -> Iterator[tuple[str, Meaning]]:
    for path in named:
        if path[0] == "fields" and path[2:] == ("value",):
            meaning = _TYPES.get(named.get((*path[:2], "type"), ""))
            if meaning:
                yield _label(named, path).strip().casefold(), meaning


def _label(named: Mapping[tuple[str, ...], str], path: tuple[str, ...]) -> str:
    return named.get((*path[:2], "title"), "") or path[1]
