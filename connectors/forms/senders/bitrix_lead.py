"""Bitrix24's old address for leads, `/crm/configs/import/lead.php`, emulated: many sites still post there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import ClassVar

from connectors.forms.answers import Meaning
from connectors.forms.body import Body, open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.proof import doubt_signature
from hub.connector import Answer, Raw

_PASSES = ("LOGIN", "PASSWORD", "AUTH")
_KNOWN: Mapping[str, Meaning] = {
    "title": "subject",
    "name": "first name",
    "second_name": "middle name",
    "last_name": "last name",
    "company_title": "company",
    "comments": "message",
    **{f"phone_{kind}": "phone" for kind in ("mobile", "work", "home", "other")},
    **{f"email_{kind}": "email" for kind in ("work", "home", "other")},
}
_TAKEN = "201"


class BitrixLead(Sender):
    """A module that posts a lead with login and password, or with the word it was given once."""

    name: ClassVar[str] = "bitrix24-lead"
    title: ClassVar[str] = "Bitrix24 (lead.php)"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by a title that comes with a password."""
        body = b"&" + raw.body
        has_pass = b"&AUTH=" in body or (b"&LOGIN=" in body and b"&PASSWORD=" in body)
        return has_pass and b"&TITLE=" in body

    def is_named(self, raw: Raw) -> bool:
        """Know it by the password that it shows."""
        return self.knows(raw)

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Compare the password, or the word."""
        told = {field.label: field.value for field in _opened(raw).fields}
        shown = told.get("PASSWORD") or told.get("AUTH", "")
        return doubt_signature([shown.encode()], map(str.encode, secrets))

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give the lead, without what it was let in by."""
        body = _opened(raw)
        body.fields = [field for field in body.fields if field.label not in _PASSES]
        return (Post(body=body, known=_KNOWN),)

    def answer(self, raw: Raw) -> Answer:
        """Say that the lead was taken, as these modules look for it: 201 and a number."""
        number = int(sha256(raw.key.encode()).hexdigest()[:7], 16)
        words = f"{{'error':'{_TAKEN}','ID':'{number}','error_message':'','AUTH':''}}"
        headers = {"Content-Type": "application/x-javascript; charset=UTF-8"}
        return Answer(status=200, headers=headers, body=words.encode())


def _opened(raw: Raw) -> Body:
    return open_body(raw.body, raw.headers.get("content-type", ""))
