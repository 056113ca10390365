"""Tries to sign in, counted so that nobody can guess for long.

A try is counted before the password is looked at and forgotten when it was right, so a thousand tries at once
have no more chances than one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base

WINDOW = timedelta(minutes=15)
TRIES_PER_MAIL = 5
TRIES_PER_ADDRESS = 20
EMAIL_LENGTH = 320  # RFC 3696, errata: the longest address there can be


class FailedSignIn(Base):
    """A try that did not succeed, or not yet."""

    __tablename__ = "failed_sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(default=now)


@dataclass(frozen=True, slots=True)
class Try:
    """Whether a try may be made: how many are left after it, or when the next one may be."""

    left: int
    opens_at: datetime | None = None


def begin_try(session: Session, email: str, address: str) -> Try:
    """Count one more try for this mail address from this network address, unless there were too many."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.at <= now() - WINDOW))
    email = email.strip().lower()[:EMAIL_LENGTH]
    by_mail = session.scalars(_tries(FailedSignIn.email == email)).all()
    by_address = session.scalars(_tries(FailedSignIn.address == address)).all()
    for tries, most in ((by_mail, TRIES_PER_MAIL), (by_address, TRIES_PER_ADDRESS)):
        if len(tries) >= most:
            return Try(0, tries[-most] + WINDOW)
    session.add(FailedSignIn(email=email, address=address))
    return Try(min(TRIES_PER_MAIL - len(by_mail), TRIES_PER_ADDRESS - len(by_address)) - 1)


def forget_tries(session: Session, email: str) -> int:
    """Forget the tries for this mail address, since its owner is in, and count them."""
    gone = delete(FailedSignIn).where(FailedSignIn.email == email).returning(FailedSignIn.id)
    return len(session.scalars(gone).all())


def _tries(criterion: ColumnElement[bool]) -> Select[datetime]:
    return (
        select(FailedSignIn.at).where(criterion, FailedSignIn.at > now() - WINDOW).order_by(FailedSignIn.at)
    )
