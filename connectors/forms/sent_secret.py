"""A secret that a sender sends along as it is, in a header or among the answers."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.forms.body import open_body
from connectors.proof import matches
from hub.connector import Raw
from hub.said import said


def doubt_sent_secret(raw: Raw, secrets: Sequence[str]) -> str:
    """Say why a post does not carry the secret, in a header or as an answer of whichever name, "" where it does."""
    headers = [value for name, value in raw.headers.items() if not name.startswith(":")]
    sent = [value.removeprefix("Bearer ").strip() for value in headers]
    sent += [field.value for field in open_body(raw.body, raw.headers.get("content-type", "")).fields]
    right = [secret.encode() for secret in secrets]
    if matches([value.encode(errors="replace") for value in sent], right):
        return ""
    return said("It does not carry the secret, neither in a header nor among its answers.")
