"""Typeform: answers by the kind of their question, signed over the body (https://www.typeform.com/developers/webhooks/)."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import ClassVar

from connectors.forms.answers import Meaning
from connectors.forms.body import bounded
from connectors.forms.document import Document, opened, part, parts, text
from connectors.forms.nesting import Answers, Json
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.proof import doubt_signature, hmac_sha256
from hub.connector import Raw

SIGNATURE = "typeform-signature"
_EVENT = re.compile(rb'"event_type"\s*:\s*"form_response(?:_partial)?"')
_ANSWERS = re.compile(rb'"form_response"\s*:\s*\{')
_KINDS: dict[str, Meaning] = {"phone_number": "phone", "email": "email", "long_text": "message"}


class Typeform(Sender):
    """A webhook of one form."""

    name: ClassVar[str] = "typeform"
    title: ClassVar[str] = "Typeform"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by its header, or by what every answer of a form begins with."""
        return SIGNATURE in raw.headers or bool(_EVENT.search(raw.body) and _ANSWERS.search(raw.body))

    def is_named(self, raw: Raw) -> bool:
        """Know it by its header."""
        return SIGNATURE in raw.headers

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Compare the signature: `sha256=` and base64 of the whole body's."""
        right = [b"sha256=" + b64encode(hmac_sha256(secret, raw.body)) for secret in secrets]
        return doubt_signature([raw.headers.get(SIGNATURE, "").encode()], right)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the answers under their questions, and the hidden fields under their names."""
        event = opened(raw.body)
        if text(event, "event_type") not in {"form_response", ""}:
            return ()
        response = part(event, "form_response")
        questions = {text(each, "id"): each for each in parts(response, "definition", "fields")}
        answers = parts(response, "answers")
        hidden = [(name, text(part(response, "hidden"), name)) for name in part(response, "hidden")]
        asked: Answers = [(_label(each, questions), value) for each in answers for value in _values(each)]
        return (
            Post(
                body=bounded([*asked, *hidden]),
                key=text(event, "event_id") or text(response, "token"),
                form=text(response, "definition", "title") or text(response, "form_id"),
                known=dict(_known(answers, questions)),
            ),
        )


def _label(answer: Document, questions: dict[str, Document]) -> str:
    field = part(answer, "field")
    asked = questions.get(text(field, "id"), {})
    return text(asked, "title") or text(field, "ref") or text(field, "id")


def _known(answers: Sequence[Document], questions: dict[str, Document]) -> Iterator[tuple[str, Meaning]]:
    for answer in answers:
        kind = text(answer, "field", "type") or text(answer, "type")
        if kind in _KINDS:
            yield _label(answer, questions).strip().casefold(), _KINDS[kind]


def _values(answer: Document) -> Iterator[str]:
    """Give what stands under the key that `type` names: a text, a choice, several, or what was paid."""
    kind = text(answer, "type")
    value = answer.get(kind)
    if not isinstance(value, dict):
        yield text(answer, kind)
        return
    labels: Json = value.get("labels")
    picked = labels if isinstance(labels, list) else [value.get("label")]
    chosen = [each for each in (*picked, value.get("other")) if isinstance(each, str)]
    yield from chosen or [", ".join(filter(None, (text(value, name) for name in value)))]
