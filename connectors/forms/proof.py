"""Whether a post is its sender's: signatures over the exact bytes, compared in constant time."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.said import said

WINDOW = timedelta(minutes=5)


def doubted(given: str, expected: Iterable[str]) -> str:
    """Say why a signature proves nothing, "" where it is one of those expected."""
    if not given:
        return said("It is not signed.")
    sent = given.encode()
    if any(hmac.compare_digest(sent, each.encode()) for each in expected):
        return ""
    return said("Its signature is not by this channel's secret.")


def late(signed_at: datetime | None, received_at: datetime) -> str:
    """Say that a signature is too old or of the future, "" within five minutes."""
    if signed_at is None:
        return said("It does not say when it was signed.")
    if abs(received_at - signed_at) > WINDOW:
        return said("It was signed more than five minutes ago, or the clocks differ.")
    return ""


def base64_mac(secret: str, signed: bytes) -> str:
    """Give the HMAC-SHA256 of bytes in base64."""
    return b64encode(_mac(secret, signed)).decode()


def hex_mac(secret: str, signed: bytes) -> str:
    """Give the HMAC-SHA256 of bytes in small hexadecimal digits."""
    return _mac(secret, signed).hex()


def _mac(secret: str, signed: bytes) -> bytes:
    return hmac.digest(secret.encode(), signed, "sha256")
