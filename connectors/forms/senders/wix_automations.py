"""Wix Automations' "Send HTTP request": JSON that nobody signed, with a form's answers and the contact they made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from connectors.forms.body import bounded
from connectors.forms.document import Document, opened, part, parts, text, unfolded
from connectors.forms.nesting import Answers
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from hub.connector import Raw

_FIELD = "field:"
_ABOUT = "formName|formId|submissionId|submissionTime|submissionsLink|submissionPdf|contactId"


class WixAutomations(Sender):
    """An automation of a site."""

    name: ClassVar[str] = "wix-automations"
    title: ClassVar[str] = "Wix Automations"
    own = re.compile(rf"(?:data\[)?(?:(?:{_ABOUT}|field:[^]]*)\]?|(?:submissions|contact|formFieldMask)\b.*)")

    def knows(self, raw: Raw) -> bool:
        """Know it by how Wix names the fields of a form."""
        return b'"field:' in raw.body and (b'"submissionId"' in raw.body or b'"contactId"' in raw.body)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the answers by their questions where these were sent, else by the names of the fields."""
        sent = opened(raw.body)
        data = part(sent, "data") or sent
        asked: Answers = [(text(each, "label"), text(each, "value")) for each in parts(data, "submissions")]
        answers = [pair for pair in asked if pair[0]] or list(_fields(data))
        told = {value for _label, value in answers}
        contact = [(label, value) for label, value in _contact(part(data, "contact")) if value not in told]
        form = text(data, "formName") or text(data, "formId")
        return (Post(body=bounded([*answers, *contact]), key=text(data, "submissionId"), form=form),)


def _fields(data: Document) -> Iterator[tuple[str, str]]:
    chosen = {name.removeprefix(_FIELD): value for name, value in data.items() if name.startswith(_FIELD)}
    yield from unfolded(chosen)


def _contact(contact: Document) -> Iterator[tuple[str, str]]:
    """Give who it is, as the contact of the site knows him: one value where there are several."""
    yield "First name", text(contact, "name", "first")
    yield "Last name", text(contact, "name", "last")
    for label, single, several in (("Email", "email", "emails"), ("Phone", "phone", "phones")):
        first = next(iter(parts(contact, several)), {})
        yield label, text(contact, single) or text(first, single)
