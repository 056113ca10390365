"""Standard Webhooks: how many newer form services sign (https://www.standardwebhooks.com).

Signed is `id.timestamp.body` with HMAC-SHA256; `webhook-signature` holds one or more `v1,<base64>`, parted by blanks.
A secret is written `whsec_` and base64; services that write it otherwise mean its letters.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import ClassVar

from connectors.forms.body import open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.shape import label_of, path_of
from connectors.proof import doubt_signature, doubt_time, hmac_sha256, seconds
from hub.connector import Raw
from hub.events import Field

PREFIX = "whsec_"
_NAMES = ("webhook", "svix")  # the second is what the first was called before
_AROUND = {"data", "submission", "fields", "answers", "payload", "metadata"}  # what only holds the answers
_FORM = ("data", "form")
_ABOUT = {("type",), ("timestamp",)} | {
    (*_FORM, name) for name in ("id", "uuid", "key", "slug", "name", "title", "url")
}


class StandardWebhooks(Sender):
    """A service that signs by the specification."""

    name: ClassVar[str] = "standard-webhooks"
    title: ClassVar[str] = "Standard Webhooks"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by its headers."""
        return any(f"{name}-id" in raw.headers and f"{name}-timestamp" in raw.headers for name in _NAMES)

    def is_named(self, raw: Raw) -> bool:
        """Know it by its headers."""
        return self.knows(raw)

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Compare every signature with each secret's, and the moment with ours."""
        sent = [
            entry.partition(",")[2] for entry in _head(raw, "signature").split() if entry.startswith("v1,")
        ]
        signed = f"{_head(raw, 'id')}.{_head(raw, 'timestamp')}.".encode()
        right = [base64.b64encode(hmac_sha256(_key(secret), signed, raw.body)) for secret in secrets]
        doubt = doubt_signature([each.encode(errors="replace") for each in sent], right)
        return doubt or doubt_time(seconds(_head(raw, "timestamp")), raw.received_at)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Take the answers out of what only holds them."""
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        named = {path_of(field.label): field.value for field in body.fields}
        form = named.get(("data", "form", "name"), "") or named.get(("data", "form_name"), "")
        body.fields = [
            Field(_bare(path_of(field.label)), field.value)
            for field in body.fields
            if path_of(field.label) not in _ABOUT
        ]
        return (Post(body=body, key=_head(raw, "id"), form=form),)


def _head(raw: Raw, what: str) -> str:
    return next((raw.headers[f"{name}-{what}"] for name in _NAMES if f"{name}-{what}" in raw.headers), "")


def _key(secret: str) -> bytes:
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def _bare(path: tuple[str, ...]) -> str:
    """Leave out the names around an answer, but never its own."""
    if path[:2] == _FORM and path[2:3] and path[2] in _AROUND:
        path = path[2:]
    while len(path) > 1 and path[0] in _AROUND:
        path = path[1:]
    return label_of(path)
