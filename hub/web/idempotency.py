"""A POST that is sent again does nothing again: `Idempotency-Key`.

The key, what was done and the answer are one transaction, so a hub that is killed in between has done both or
nothing, and of two that come at once the second waits and gets the first one's answer. Only what succeeded is
kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base, Database
from hub.languages import _
from hub.rows_unless_there import insert_unless_there
from hub.web.problems import Problem

P = ParamSpec("P")
T = TypeVar("T")

KEPT = timedelta(days=1)
KEY = r"^[!-~]{1,255}$"


class IdempotentAnswer(Base):
    """What was answered to a POST with a key. `owner` is whose key it is: user:3 or token:5."""

    __tablename__ = "idempotency"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    key: Mapped[str]
    request_hash: Mapped[str]
    status: Mapped[int]
    body: Mapped[bytes]
    etag: Mapped[str | None]
    made_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (UniqueConstraint("owner", "key"),)


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer as it goes over the wire."""

    status: int
    body: bytes
    etag: str | None = None


class Replayed(Exception):
    """It was done before; this is what was answered."""

    def __init__(self, answer: Rendered) -> None:
        """Keep the answer."""
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose key it is, and the hash of the request that it stands for."""

    owner: str
    key: str
    request_hash: str


def checked(key: str) -> str:
    """Give the key, or a problem when it is none."""
    if not re.match(KEY, key) or key.endswith("\n"):
        raise Problem(400, _("An Idempotency-Key has 1 to 255 visible ASCII characters."))
    return key


async def write_once(
    db: Database,
    claim: Claim,
    render: Callable[[T], Rendered],
    fn: Callable[Concatenate[Session, P], T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Do as `db.write`, but once for a claim; Replayed carries what was answered the first time."""

    def once(session: Session) -> T | Rendered:
        row_id = _claim(session, claim)
        if row_id is None:
            return _before(session, claim)
        result = fn(session, *args, **kwargs)
        row, answer = session.get_one(IdempotentAnswer, row_id), render(result)
        row.status, row.body, row.etag = answer.status, answer.body, answer.etag
        return result

    result = await db.write(once)
    if isinstance(result, Rendered):
        raise Replayed(result)
    return result


def answered(session: Session, claim: Claim) -> None:
    """Replayed where a claim was done before, for a deed that takes longer than a transaction may."""
    same = (IdempotentAnswer.owner == claim.owner, IdempotentAnswer.key == claim.key)
    kept = select(IdempotentAnswer.id).where(*same, IdempotentAnswer.made_at > now() - KEPT)
    if session.scalar(kept) is not None:
        raise Replayed(_before(session, claim))


def claim_once(session: Session, claim: Claim) -> None:
    """Claim a key in the transaction of the deed that follows; Replayed when that was done before."""
    if _claim(session, claim) is None:
        raise Replayed(_before(session, claim))


def keep_place(session: Session, claim: Claim, address: str) -> None:
    """Keep to which page the first time of a claim led."""
    mine = (IdempotentAnswer.owner == claim.owner, IdempotentAnswer.key == claim.key)
    session.execute(update(IdempotentAnswer).where(*mine).values(body=address.encode()))


def _claim(session: Session, claim: Claim) -> int | None:
    session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.made_at <= now() - KEPT))
    return insert_unless_there(
        session, IdempotentAnswer, owner=claim.owner, key=claim.key, request_hash=claim.request_hash,
        status=0, body=b"", made_at=now(),
    )  # fmt: skip


def _before(session: Session, claim: Claim) -> Rendered:
    row = session.scalars(
        select(IdempotentAnswer).where(
            IdempotentAnswer.owner == claim.owner, IdempotentAnswer.key == claim.key
        )
    ).one()
    if row.request_hash != claim.request_hash:
        raise Problem(422, _("This Idempotency-Key was used for another request. Take a new one."))
    return Rendered(row.status, row.body, row.etag)
