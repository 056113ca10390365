"""A payment provider that tells what happened by web hook, signed as Stripe documents it; it tells again what fails."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from aiohttp import ClientSession

from hub.clock import now


def signature(secrets: Sequence[str], at: int, body: bytes) -> str:
    """Sign a body; while a secret is rolled over there is a signature for each."""
    signed = f"{at}.".encode() + body
    made = (hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets)
    return ",".join(
        (f"t={at}", *(f"v1={each}" for each in made), "v0=6ffbb59b2300aae63f272406069a9788598b792a")
    )


class Stripe:
    """The provider, for whoever set this address and these secrets at it."""

    def __init__(self, webhook: str, *secrets: str) -> None:
        """Tell this address."""
        self.webhook, self.secrets = webhook, secrets

    async def tell(
        self, body: bytes, *, late: int = 0, times: int = 1, header: str | None = None
    ) -> list[int]:
        """Tell something, signed so many seconds ago; give the statuses of the answers."""
        statuses = []
        at = int(now().timestamp()) - late
        signed = signature(self.secrets, at, body) if header is None else header
        async with ClientSession() as client:
            for _time in range(times):
                headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}
                async with client.post(self.webhook, data=body, headers=headers) as answer:
                    statuses.append(answer.status)
        return statuses
