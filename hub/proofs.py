"""A little work that a browser does for a form: a machine that posts ten thousand times would have to do it as often.

The hub hands out a challenge, "SALT.EXPIRES.HASH.SIGNATURE", of which the browser looks for the number below MOST whose
SHA-256 behind the salt is that hash; "CHALLENGE.NUMBER" is the proof. Challenges are signed and not kept. A proof
counts once, before it expires. Nobody else is asked, and nothing about the visitor is in it.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Index, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base
from hub.rows_unless_there import insert_unless_there

MOST = 30_000  # hashes; a browser makes them in well under half a second, in a worker
LASTS = timedelta(hours=2)  # who begins to write may be called to the telephone
LONGEST = 300
SLICE = 1000


class ProofKey(Base):
    """The key with which challenges are signed; there is one, made when a hub begins for the first time."""

    __tablename__ = "proof_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str]


class SpentProof(Base):
    """A proof that counted, for which item; forgotten once it would have expired."""

    __tablename__ = "spent_proofs"

    id: Mapped[int] = mapped_column(primary_key=True)
    salt: Mapped[str] = mapped_column(unique=True)
    inbound_id: Mapped[int]
    expires_at: Mapped[datetime]

    __table_args__ = (Index("ix_spent_proofs_expires_at", "expires_at"),)


def key_of(session: Session) -> str | None:
    """Give the key, None before it was made."""
    return session.scalar(select(ProofKey.secret).where(ProofKey.id == 1))


def make_key(session: Session) -> str:
    """Give the key, and make it if nobody did."""
    insert_unless_there(session, ProofKey, id=1, secret=secrets.token_hex(32))
    found = key_of(session)
    assert found is not None  # noqa: S101 - it was just made
    return found


def challenge(key: str, moment: datetime) -> str:
    """Give a new challenge."""
    salt, expires = secrets.token_hex(12), int((moment + LASTS).timestamp())
    hashed = _hash(salt, secrets.randbelow(MOST))
    return f"{salt}.{expires}.{hashed}.{_signature(key, salt, expires, hashed)}"


def spend(session: Session, proof: str, inbound_id: int, moment: datetime) -> bool:
    """Tell whether a proof is right and counts for this item, at which it was received at a moment; and spend it."""
    key = key_of(session)
    parts = proof[:LONGEST].split(".")
    if key is None or len(parts) != 5 or not proof.isascii():  # noqa: PLR2004 - see above
        return False
    salt, until, hashed, signature, number = parts
    if not until.isdigit() or len(until) > 12 or not hmac.compare_digest(  # noqa: PLR2004 - digits of a moment
        signature, _signature(key, salt, int(until), hashed)
    ):  # fmt: skip
        return False
    if int(until) < moment.timestamp() or not hmac.compare_digest(hashed, _hash(salt, number)):
        return False
    expires = moment + LASTS
    insert_unless_there(session, SpentProof, salt=salt, inbound_id=inbound_id, expires_at=expires)
    by = session.scalar(select(SpentProof.inbound_id).where(SpentProof.salt == salt))
    return by == inbound_id


def forget(session: Session) -> int:
    """Forget a slice of what expired, and count it."""
    old = session.scalars(select(SpentProof.id).where(SpentProof.expires_at < now()).limit(SLICE)).all()
    session.execute(delete(SpentProof).where(SpentProof.id.in_(old)))
    return len(old)


def _hash(salt: str, number: object) -> str:
    return sha256(f"{salt}{number}".encode()).hexdigest()


def _signature(key: str, salt: str, expires: int, hashed: str) -> str:
    return hmac.digest(key.encode(), f"{salt}.{expires}.{hashed}".encode(), "sha256").hex()[:32]
