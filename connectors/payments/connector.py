"""The connector of a payment provider: web hooks that are signed, kept in the journal and read afterwards.

Signed is "t.body" with HMAC-SHA256; `Stripe-Signature` holds t=<seconds> and one or more v1=<hex>, parted by commas:
https://docs.stripe.com/webhooks#verify-manually. A moment more than five minutes off is somebody sending it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from connectors.chat_json import told, told_or_nothing
from connectors.payments import reading
from connectors.payments.settings import PaymentSettings
from connectors.proof import doubt_signature, doubt_time, hmac_sha256, seconds, unproven
from hub.connector import Answer, Connector, Doubt, Raw
from hub.events import PaymentHeard
from hub.said import said

LARGEST = 256 * 1024  # bytes of a body: an event is a few thousand
MOST_SIGNATURES = 10
SIGNATURE = "stripe-signature"
_TAKEN = Answer(status=200, headers={"Content-Type": "application/json"}, body=b'{"received": true}')


class PaymentProvider(Connector):
    """One account at a provider."""

    kind: ClassVar[str] = "payments"
    settings_type: ClassVar[type[PaymentSettings]] = PaymentSettings
    kept: ClassVar[timedelta] = timedelta(days=3)
    settings: PaymentSettings

    def read(self, raw: Raw) -> tuple[PaymentHeard, ...]:
        """Give what an event tells of money; ValueError for what is none."""
        return reading.read(told(raw.body))

    def refuse(self, raw: Raw) -> Answer | None:
        """Refuse what is too large to be an event."""
        return Answer(status=413) if len(raw.body) > LARGEST else None

    def doubt(self, raw: Raw) -> Doubt | None:
        """Say why an event is not proven to be the provider's: it is signed over its very bytes, and now."""
        why = self._doubt(raw)
        return Doubt(why, unproven(why, is_kept=True), unproven(why, is_kept=False)) if why else None

    def _doubt(self, raw: Raw) -> str:
        secrets = self.settings.secrets
        if not secrets:
            return said("The channel has no secret by which it could be proven.")
        pairs = [pair.strip().partition("=") for pair in raw.headers.get(SIGNATURE, "").split(",")]
        at = next((value for name, _is, value in pairs if name == "t"), "")
        sent = [value.encode(errors="replace") for name, _is, value in pairs if name == "v1"][
            :MOST_SIGNATURES
        ]
        right = [
            hmac_sha256(each, at.encode(errors="replace"), b".", raw.body).hex().encode() for each in secrets
        ]
        return doubt_signature(sent, right) or doubt_time(seconds(at), raw.received_at)

    def key(self, raw: Raw) -> str:
        """Know an event that comes again."""
        return told_or_nothing(raw.body).word("id") or raw.key

    def stream(self, raw: Raw) -> str:
        """Keep what is told of one payment in order, and apart from what happens at the same time."""
        return reading.payment_of(told_or_nothing(raw.body))

    def answer(self, raw: Raw) -> Answer:
        """Say that it was taken, whatever it is about."""
        del raw
        return _TAKEN

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Let no browser send."""
        del headers
        return {}
