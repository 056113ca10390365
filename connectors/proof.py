"""Proving a post genuine: signatures over the bytes as they came, compared in a time that says nothing.

What senders have in common is here, their headers are theirs.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from hub.connector import Answer
from hub.languages import _
from hub.said import again, said

WINDOW = 300.0  # seconds by which a signed time may be off: what is older is somebody sending it again

UNSIGNED = said("It carries no signature.")
WRONG = said("Its signature was made with another secret, or over other words.")


def hmac_sha256(secret: str | bytes, *parts: bytes) -> bytes:
    """Give the signature of some bytes."""
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def matches(sent: Iterable[bytes], right: Iterable[bytes]) -> bool:
    """Tell whether one of what was sent is one of what is right; all are compared, whatever was found."""
    wanted = list(right)
    found = [hmac.compare_digest(one, other) for one in sent for other in wanted]
    return any(found)


def doubt_signature(sent: Sequence[bytes], right: Iterable[bytes]) -> str:
    """Say why none of the signatures that were sent proves it, "" where one does."""
    if not any(sent):
        return UNSIGNED
    return "" if matches(sent, right) else WRONG


def doubt_time(signed_at: float | None, received_at: datetime) -> str:
    """Say why a signed moment (seconds since 1970, None where it is no time) is not now, "" where it is."""
    if signed_at is None:
        return said("It does not say when it was signed.")
    off = received_at.timestamp() - signed_at
    if abs(off) <= WINDOW:
        return ""
    if off > 0:
        return said("It was signed %(minutes)s minutes before it came: it may be an old one, sent again.",
                    minutes=f"{off / 60:,.0f}")  # fmt: skip
    return said("It was signed %(minutes)s minutes ahead of our clock.", minutes=f"{-off / 60:,.0f}")


def seconds(text: str) -> float | None:
    """Read a moment in seconds; None for what is none."""
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None  # noqa: PLR2004 - the year 33658


def unproven(why: str, *, is_kept: bool) -> Answer:
    """Refuse what is not proven genuine, and say whether it is lost by that."""
    words = again(why)
    told = {
        "type": "about:blank",
        "title": _("This is not proven genuine"),
        "status": 401,
        "detail": (
            _("%(why)s It is kept for a day, and made nothing of.", why=words)
            if is_kept
            else _("%(why)s It is not kept.", why=words)
        ),
    }
    headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
    return Answer(status=401, headers=headers, body=msgspec.json.encode(told))
