"""Google Forms: our own script, which its owner pastes into the form (web/google_forms.js) or into its sheet.

It is signed by base64 of the body's HMAC-SHA256. A sheet knows no id of an answer, so equal ones within ten minutes are
one.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from typing import ClassVar

from connectors.forms.body import bounded
from connectors.forms.document import Document, opened, part, text
from connectors.forms.nesting import Answers, Json, looks_json
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.proof import doubt_signature, hmac_sha256
from hub.connector import Raw

SIGNATURE = "x-ringback-signature"
_COLUMNS = re.compile(rb'"namedValues"\s*:\s*\{')
_PAIRS = re.compile(rb'"items"\s*:\s*\[\s*\[')


class GoogleForms(Sender):
    """The script in one form, or in one sheet."""

    name: ClassVar[str] = "google-forms"
    title: ClassVar[str] = "Google Forms"
    signs: ClassVar[bool] = True
    own = re.compile(r"form|responseId|email|(?:items|namedValues)\[.*")

    def knows(self, raw: Raw) -> bool:
        """Know the script by its header, or by what it sends."""
        if SIGNATURE in raw.headers:
            return True
        is_form = b'"responseId"' in raw.body and _PAIRS.search(raw.body)
        return looks_json(raw.body) and bool(is_form or _COLUMNS.search(raw.body))

    def is_named(self, raw: Raw) -> bool:
        """Know it by its header."""
        return SIGNATURE in raw.headers

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Compare the script's signature."""
        right = [b64encode(hmac_sha256(each, raw.body)) for each in secrets]
        return doubt_signature([raw.headers.get(SIGNATURE, "").encode()], right)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the answers under their questions, and the address of whoever had to sign in."""
        sent = opened(raw.body)
        answers = list(_answers(sent))
        if email := text(sent, "email"):
            answers.append(("Email", email))
        return (Post(body=bounded(answers), key=text(sent, "responseId"), form=text(sent, "form")),)


def _answers(sent: Document) -> Answers:
    """Give pairs of question and answer of a form, or the columns of a sheet; several ticks are several values."""
    items = sent.get("items")
    asked: list[Json] = items if isinstance(items, list) else []
    pairs = [(str(pair[0]), pair[1]) for pair in asked if isinstance(pair, list) and len(pair) > 1]
    columns = [*part(sent, "namedValues").items()]
    return [(question, value) for question, given in (*pairs, *columns) for value in _values(given)]


def _values(given: Json) -> Sequence[str]:
    if not isinstance(given, list):
        return [text({"": given}, "")]
    rows = [", ".join(text({"": cell}, "") for cell in each) if isinstance(each, list) else text({"": each}, "")
            for each in given]  # fmt: skip
    return [row for row in rows if row]
