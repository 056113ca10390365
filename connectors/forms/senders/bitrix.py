"""Forms of a site on 1C-Bitrix, as its own code posts them on: answers under the number of their question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from connectors.forms.answers import Meaning
from connectors.forms.body import open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from hub.connector import Raw

_KINDS = "text|textarea|email|url|date|file|image|hidden|password|radio|checkbox|dropdown|multiselect"
_MARK = re.compile(rf"(?:^|[&\"])form_(?:{_KINDS})_\w+".encode())
_HINT = b"form_"
_BEGINNING = 20_000  # bytes: the first questions stand there
_LABEL = re.compile(rf"form_({_KINDS})_\w+")
_MEANINGS: dict[str, Meaning] = {"email": "email", "textarea": "message"}
_FORM, _RESULT = "WEB_FORM_ID", "RESULT_ID"
_LEFT_OUT = {_FORM, _RESULT, "sessid", "web_form_submit", "web_form_apply", "captcha_sid", "captcha_word"}


class Bitrix(Sender):
    """A form of a site, its names as Bitrix makes them: `form_text_12`."""

    name: ClassVar[str] = "bitrix"
    title: ClassVar[str] = "1C-Bitrix"

    def knows(self, raw: Raw) -> bool:
        """Know it by the names of its inputs."""
        is_likely = raw.body.find(_HINT, 0, _BEGINNING) >= 0
        return is_likely and _MARK.search(raw.body, 0, _BEGINNING) is not None

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the answers; what the names say of their kind is known, the rest the owner's map must say."""
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        itself = {field.label: field.value for field in body.fields if field.label in _LEFT_OUT}
        body.fields = [field for field in body.fields if field.label not in _LEFT_OUT]
        found = [(field.label, _LABEL.fullmatch(field.label)) for field in body.fields]
        known = {label: _MEANINGS[kind[1]] for label, kind in found if kind and kind[1] in _MEANINGS}
        return (Post(body=body, number=itself.get(_RESULT, ""), form=itself.get(_FORM, ""), known=known),)
