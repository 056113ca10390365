"""API tokens: a program's way in. Shown once when made; the store keeps a hash.

A token has scopes: `all`, or a resource and a verb such as `contacts:read`. `tasks:write` includes
`tasks:read`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub import audit
from hub.clock import now
from hub.db import Base, Document
from hub.users import Viewer

PREFIX = "rb_"
ALL = "all"
SCOPE = re.compile(r"[a-z][a-z-]*:(read|write)")
TOUCH_EVERY = timedelta(minutes=1)


class ApiToken(Base):
    """One token and when it was last used."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(Document)
    made_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def viewer(self) -> Viewer:
        """Give the rights of whoever holds it: a program sees everything its scopes open."""
        return Viewer(None, "admin", None, self.name)

    @property
    def stale(self) -> bool:
        """Tell whether it is time to note that it was used."""
        return self.used_at is None or self.used_at <= now() - TOUCH_EVERY


def create(session: Session, name: str, scopes: Sequence[str]) -> str:
    """Make a token and give it, the only time that it can be read. ValueError says what is wrong."""
    name = name.strip()
    if not name:
        raise ValueError("a token needs a name")
    if not scopes:
        raise ValueError("a token needs a scope, such as all or contacts:read")
    for scope in scopes:
        if scope != ALL and not SCOPE.fullmatch(scope):
            raise ValueError(
                f"“{scope}” is no scope; write all, or a resource and read or write: contacts:read"
            )
    if session.scalar(select(ApiToken.id).where(ApiToken.name == name, ApiToken.revoked_at.is_(None))):
        raise ValueError(f"there is a token called “{name}” already")
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(ApiToken(name=name, hash=_hash(token), scopes=sorted(set(scopes))))
    return token


def find(session: Session, token: str) -> ApiToken | None:
    """Give the token's row unless it was revoked."""
    return session.scalar(
        select(ApiToken).where(ApiToken.hash == _hash(token), ApiToken.revoked_at.is_(None))
    )


def touch(session: Session, token_id: int) -> None:
    """Note that a token is used; that it was, in this hour, stands in the audit."""
    row = session.get_one(ApiToken, token_id)
    before, row.used_at = row.used_at, now()
    if before is None or before < row.used_at.replace(minute=0, second=0, microsecond=0):
        audit.record(session, row.viewer, audit.USED, "token", row.id)


def revoke(session: Session, name: str) -> None:
    """End a token; LookupError with words where there is none of this name."""
    row = session.scalar(select(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None)))
    if row is None:
        raise LookupError(f"there is no token called “{name}”")
    row.revoked_at = now()


def opens(scopes: Collection[str], needed: str) -> bool:
    """Tell whether these scopes allow what needs this one; who may write may read."""
    resource, _, verb = needed.partition(":")
    return ALL in scopes or needed in scopes or (verb == "read" and f"{resource}:write" in scopes)


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
