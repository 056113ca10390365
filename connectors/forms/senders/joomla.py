"""Joomla: RSForm! Pro and Convert Forms, which post what was filled in to an address, each in a bracket of its own.

ChronoForms posts the names as they were designed, like any page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from connectors.forms.body import open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from hub.connector import Raw
from hub.events import Field

_MARKS = (b"form[formId]", b"form%5BformId%5D", b"cf[form_id]", b"cf%5Bform_id%5D")
_HINTS = (b"formId", b"form_id")
_LATER = tuple(before + mark for mark in _MARKS for before in (b"&", b'"'))
_LABEL = re.compile(r"(?:form|cf)\[([^\]]+)\](.*)")
_NUMBERS = {"form[formId]", "cf[form_id]"}
_LEFT_OUT = {"option", "view", "task", "Itemid", "lang", "return"}  # for Joomla itself


class Joomla(Sender):
    """A form extension of Joomla."""

    name: ClassVar[str] = "joomla"
    title: ClassVar[str] = "Joomla"

    def knows(self, raw: Raw) -> bool:
        """Know it by the input in which RSForm! Pro and Convert Forms keep the form's number."""
        if not any(hint in raw.body for hint in _HINTS):
            return False
        return any(mark in raw.body for mark in _LATER) or raw.body.startswith(_MARKS)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the answers under the names of the form's designer."""
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        form = next((field.value for field in body.fields if field.label in _NUMBERS), "")
        body.attached = {_name(label) for label in body.attached}
        body.fields = [
            Field(_name(field.label), field.value)
            for field in body.fields
            if field.label not in _NUMBERS | _LEFT_OUT and not _is_token(field)
        ]
        return (Post(body=body, form=form),)


def _name(label: str) -> str:
    found = _LABEL.fullmatch(label)
    return found[1] + found[2].removesuffix("[]") if found else label


def _is_token(field: Field) -> bool:
    """Tell whether it is the word by which Joomla knows its own pages: 32 hexadecimal digits, set to 1."""
    return field.value == "1" and re.fullmatch(r"[0-9a-f]{32}", field.label) is not None
