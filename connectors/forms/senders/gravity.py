"""Gravity Forms' add-on Webhooks: the raw entry, whose answers are called by numbers.

`"1.3"` is the first name of question 1 and `"1.6"` its last, where that asks for a name; a question for an address has
a street, `"1.1"`, and the same numbers mean a city and a country. What the others are says the owner's field map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from connectors.forms.answers import Meaning
from connectors.forms.body import open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.sent_secret import doubt_sent_secret
from connectors.forms.shape import says
from hub.connector import Raw
from hub.events import Field

_NAME: Mapping[str, Meaning] = {"3": "first name", "4": "middle name", "6": "last name"}
_NUMBERED = re.compile(rb'(?:\A|&|")\d{1,4}(?:\.\d{1,3})?(?:=|")')
_ADDRESS = ("1", "2", "3", "4", "5", "6")
# What every entry has about itself, most of it empty or of no use to who answers.
_ABOUT = frozenset({
    "id", "form_id", "post_id", "date_created", "date_updated", "is_starred", "is_read", "ip", "user_agent", "currency",
    "payment_status", "payment_date", "payment_amount", "payment_method", "transaction_id", "transaction_type",
    "is_fulfilled", "created_by", "status", "source_id",
})  # fmt: skip


class Gravity(Sender):
    """The add-on."""

    name: ClassVar[str] = "gravity"
    title: ClassVar[str] = "Gravity Forms"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know an entry by what each has about itself, and by its numbered answers."""
        return says(raw, "form_id", "date_created", "source_url") and _NUMBERED.search(raw.body) is not None

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Look for the secret in a header of the owner's: it signs nothing."""
        return doubt_sent_secret(raw, secrets)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Take the answers, and of what the entry says about itself only what is paid."""
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        named = {field.label: field.value for field in body.fields}
        entry = named.get("id", "")
        body.fields = [field for field in body.fields if _is_answer(field)]
        return (Post(body=body, number=entry, known=dict(_known(named)), form=named.get("form_title", "")),)


def _is_answer(field: Field) -> bool:
    """Leave out what is about the entry, and parts of questions that nobody filled in."""
    paid = field.label.startswith("payment_") and field.value
    numbered = field.label.replace(".", "", 1).isdigit()
    return bool(paid) or (field.label not in _ABOUT and bool(field.value or not numbered))


def _known(named: Mapping[str, str]) -> Iterator[tuple[str, Meaning]]:
    for label in named:
        question, dot, part = label.partition(".")
        if dot and question.isdigit() and part.isdigit():
            is_address = any(f"{question}.{number}" in named for number in ("1", "5"))
            if is_address and part in _ADDRESS:
                yield label, "nothing"
            elif not is_address and part in _NAME:
                yield label, _NAME[part]
