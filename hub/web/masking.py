"""What of an item must not be read on a page: how its sender proved who he is."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from urllib.parse import quote, quote_plus

from hub.channel_changes import secrets_of
from hub.channels import Channel, connector_kinds

HIDDEN = "•••"
SHORTEST = 4  # letters: a shorter secret stands in everything
_PROOFS = frozenset({"authorization", "proxy-authorization", "cookie"})


def secrets_in(channel: Channel) -> Collection[str]:
    """Give the secrets of a channel, in each way of writing them, the longest first."""
    kind = connector_kinds().get(channel.kind)
    names = secrets_of(kind.settings_type) if kind else ()
    found = {written for name in names for written in _writings(channel.settings.get(name))}
    return sorted(found, key=len, reverse=True)


def mask(text: str, secrets: Collection[str]) -> str:
    """Give a text without these secrets."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def mask_header(name: str, value: str, secrets: Collection[str]) -> str:
    """Give what a header says, without what proves its sender."""
    if name.casefold() not in _PROOFS:
        return HIDDEN if value in secrets else mask(value, secrets)
    scheme, _, proof = value.partition(" ")
    return f"{scheme} {HIDDEN}" if proof and name.casefold() != "cookie" else HIDDEN


def _writings(secret: object) -> Iterator[str]:
    """Give how a secret stands in a form, in an address and in JSON."""
    if isinstance(secret, str) and len(secret) >= SHORTEST:
        yield from (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
        yield secret.replace("/", "\\/")
