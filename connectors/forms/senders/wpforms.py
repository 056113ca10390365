"""WPForms' add-on Webhooks: the owner says which answers are sent, under which names.

With a secret it signs: `X-WPForms-Webhook-Signature: t=<seconds>,v=<hex>`, the HMAC-SHA256 of `seconds.body`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from connectors.forms.body import open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.sent_secret import doubt_sent_secret
from connectors.forms.shape import agent
from connectors.proof import doubt_signature, doubt_time, hmac_sha256, seconds
from hub.connector import Raw

SIGNATURE = "x-wpforms-webhook-signature"
_PARTS = re.compile(r"(\w+)=(\w+)")
_ENTRY = ("entry_id", "entry-id", "entryid")


class WPForms(Sender):
    """The add-on."""

    name: ClassVar[str] = "wpforms"
    title: ClassVar[str] = "WPForms"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by a header of its own, or by what it calls itself."""
        return "wpforms" in agent(raw) or any(name.startswith("x-wpforms-") for name in raw.headers)

    def is_named(self, raw: Raw) -> bool:
        """Know it by nothing else."""
        return self.knows(raw)

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Compare the signature; where there is none, the secret itself may come in a header of the owner's."""
        if SIGNATURE not in raw.headers:
            return doubt_sent_secret(raw, secrets)
        parts = dict(_PARTS.findall(raw.headers[SIGNATURE]))
        signed = f"{parts.get('t', '')}.".encode()
        right = [hmac_sha256(secret, signed, raw.body).hex().encode() for secret in secrets]
        doubt = doubt_signature([parts.get("v", "").lower().encode()], right)
        return doubt or doubt_time(seconds(parts.get("t", "")), raw.received_at)

    def read(self, raw: Raw) -> Sequence[Post]:
        """Take the answers as the owner named them; an id of the entry, where he sends it, makes it unique."""
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        named = {field.label.casefold(): field.value for field in body.fields}
        entry = next((named[name] for name in _ENTRY if named.get(name)), "")
        return (Post(body=body, number=entry, form=named.get("form_name", "")),)
