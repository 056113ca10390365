"""How a visitor is known again: his id with a signature of the channel's, kept in his browser.

The id stands on cards and in the journal and opens nothing; the signature is HMAC-SHA256 by the channel's secret.
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

_ID = re.compile(r"[0-9a-f]{20}")
_SIGNED = 40  # letters of a signature


def issue(secret: str) -> str:
    """Give a pass for somebody new: his id, and its signature."""
    visitor = secrets.token_hex(10)
    return f"{visitor}.{_sign(secret, 'visitor', visitor)}"


def visitor_of(secret: str, carried: str) -> str:
    """Give whose pass this is, "" for one that we did not issue."""
    visitor, _dot, signature = carried.partition(".")
    known = _ID.fullmatch(visitor) is not None
    return visitor if known and _is(signature, _sign(secret, "visitor", visitor)) else ""


def opener(secret: str, file_id: int, at: datetime) -> str:
    """Give what opens a file, in its address: until the end of the next day (UTC), so that a browser may keep it."""
    return _sign(secret, "file", f"{file_id} {at.date()}")


def opens(secret: str, file_id: int, sent: str, at: datetime) -> bool:
    """Tell whether this opens a file at a moment."""
    days = (at, at - timedelta(days=1))
    return any(_is(sent, opener(secret, file_id, day)) for day in days)


def _is(sent: str, right: str) -> bool:
    return hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), right.encode())


def _sign(secret: str, what: str, of: str) -> str:
    return hmac.new(secret.encode(), f"{what} {of}".encode(), sha256).hexdigest()[:_SIGNED]
