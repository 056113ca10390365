"""Passes: addresses that open one thing to one sign-in without its cookie, as long as it lasts.

A frame that may do nothing has no origin, and browsers send no cookie for what it shows. So such an address names the
sign-in, and bears a mark that only who knows its hash can make; the hash never leaves the store.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.signin import SignIn, viewers
from hub.users import Viewer

_PURPOSE = b"ringback pass"
LENGTH = 40  # hexadecimal digits of a mark


def key_of(session: Session, sign_in_id: int) -> bytes:
    """Give the key with which the passes of a sign-in are marked, b"" where there is none."""
    known = session.scalar(select(SignIn.token_hash).where(SignIn.id == sign_in_id))
    return hmac.digest(known.encode(), _PURPOSE, sha256) if known else b""


def mark(key: bytes, thing: str) -> str:
    """Give the mark that opens a thing."""
    return hmac.new(key, thing.encode(), sha256).hexdigest()[:LENGTH]


def holder(session: Session, sign_in_id: int, thing: str, shown: str) -> Viewer | None:
    """Give whose pass this is, with today's rights; None for a wrong mark and a sign-in that ended."""
    key = key_of(session, sign_in_id)
    if not key or not hmac.compare_digest(mark(key, thing).encode(), shown.encode()):
        return None
    return viewers(session, [sign_in_id]).get(sign_in_id)
