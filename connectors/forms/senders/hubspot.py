"""HubSpot's form address, emulated: a site that posts there posts here once the beginning of the address is changed.

https://developers.hubspot.com/docs/api-reference/legacy/marketing/forms/v3-legacy/submit-data-unauthenticated
Its older way is a form with `hs_context` in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import ClassVar

import msgspec

from connectors.forms.body import Body, bounded, open_body
from connectors.forms.document import Document, opened, part, parts, text
from connectors.forms.nesting import Answers, looks_json
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.shape import says
from hub.connector import Answer, Raw
from hub.events import Field
from hub.languages import _

_CONTEXT = "hs_context"
_MARKS = (b'"objectTypeId"', b'"legalConsentOptions"', b'"hutk"', b'"skipValidation"')
_PAGE = {"pageUri": "page_url", "pageName": "page name", "hutk": "hutk"}


class HubSpot(Sender):
    """A form of a site that was wired to HubSpot."""

    name: ClassVar[str] = "hubspot"
    title: ClassVar[str] = "HubSpot"
    own = re.compile(
        r"hs_context|submittedAt|skipValidation|portalId|formGuid|(?:fields\[\d+\]|context|legalConsentOptions)\[.*"
    )

    def knows(self, raw: Raw) -> bool:
        """Know it by the list of fields with what only HubSpot puts beside it, or by its context."""
        if looks_json(raw.body):
            return b'"fields"' in raw.body and any(mark in raw.body for mark in _MARKS)
        return says(raw, _CONTEXT)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the fields by name, where the visitor was, and to what he agreed."""
        if not looks_json(raw.body):
            return (_older(open_body(raw.body, raw.headers.get("content-type", ""))),)
        sent = opened(raw.body)
        named = [(text(each, "name"), value) for each in parts(sent, "fields") for value in _values(each)]
        context = part(sent, "context")
        agreed = list(_agreed(part(sent, "legalConsentOptions")))
        key = ""
        if when := text(sent, "submittedAt"):
            said_twice = msgspec.json.encode([when, text(context, "hutk"), named])
            key = sha256(said_twice).hexdigest()
        return (Post(body=bounded([*named, *agreed, *_where(context)]), key=key),)

    def answer(self, raw: Raw) -> Answer:
        """Say what a page that asked HubSpot would show, or nothing to one that asked in the older way."""
        if not looks_json(raw.body):
            return Answer(status=204)
        words = {"inlineMessage": _("Thank you. We have your request and will ring you back.")}
        return Answer(
            status=200, headers={"Content-Type": "application/json"}, body=msgspec.json.encode(words)
        )


def _older(body: Body) -> Post:
    context: Document = {}
    for field in body.fields:
        if field.label == _CONTEXT:
            with suppress(ValueError):
                context = opened(field.value)
    rest = [field for field in body.fields if field.label != _CONTEXT]
    body.fields = [*rest, *(Field(label, value) for label, value in _where(context))]
    return Post(body=body)


def _where(context: Document) -> Answers:
    return [(label, text(context, name)) for name, label in _PAGE.items() if text(context, name)]


def _agreed(options: Document) -> Iterator[tuple[str, str]]:
    """Give each thing that was agreed to, or not, with the words that stood beside it."""
    consent, interest = part(options, "consent"), part(options, "legitimateInterest")
    if consent:
        yield "Consent", _told(consent, "consentToProcess")
    for each in parts(consent, "communications"):
        yield f"Consent {text(each, 'subscriptionTypeId')}".strip(), _told(each, "value")
    if interest:
        yield f"Legitimate interest {text(interest, 'legalBasis')}".strip(), _told(interest, "value")


def _told(agreed: Document, name: str) -> str:
    given = "yes" if agreed.get(name) is True else "no"
    return f"{given} ({words})" if (words := text(agreed, "text").strip()) else given


def _values(field: Document) -> Sequence[str]:
    value = field.get("value")
    return [text({"": each}, "") for each in value] if isinstance(value, list) else [text(field, "value")]
