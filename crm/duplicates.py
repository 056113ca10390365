"""Pairs of contacts that may be one person, and what people say of them. crm/lookout.py finds them."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import (
    Float,
    ForeignKey,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import merging
from crm.belongings import STAYS
from crm.contacts import Contact
from crm.likeness import Reason
from hub import audit
from hub.clock import now
from hub.db import Base, Document
from hub.languages import N_
from hub.said import said
from hub.users import Viewer

Reasons = list[dict[str, str]]


class Pair(Base):
    """Two who may be one, the smaller number first. `ruled_out` are the reasons that somebody found too weak."""

    __tablename__ = "duplicate_pairs"

    id: Mapped[int] = mapped_column(primary_key=True)
    a_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    b_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    score: Mapped[float] = mapped_column(Float)
    reasons: Mapped[Reasons] = mapped_column(Document)
    found_at: Mapped[datetime] = mapped_column(default=now)
    dismissed_at: Mapped[datetime | None]
    dismissed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ruled_out: Mapped[list[str]] = mapped_column(Document, default=list)

    __table_args__ = (
        UniqueConstraint("a_id", "b_id"),
        Index("ix_duplicate_pairs_best", "score", "id"),
        {"info": STAYS},
    )


def dismiss(session: Session, viewer: Viewer, pair: Pair) -> None:
    """Say that they are two people: it does not come back, unless something new speaks for it."""
    pair.dismissed_at, pair.dismissed_by = now(), viewer.user_id
    pair.ruled_out = sorted({*pair.ruled_out, *(reason.key for reason in reasons_of(pair))})
    _record(session, viewer, pair, N_("is not the same person as %(name)s"))


def reconsider(session: Session, viewer: Viewer, pair: Pair) -> None:
    """Take back that they are two people."""
    pair.dismissed_at = pair.dismissed_by = None
    pair.ruled_out = []
    _record(session, viewer, pair, N_("may be the same person as %(name)s after all"))


def reasons_of(pair: Pair) -> list[Reason]:
    """Give what speaks for two being one."""
    return msgspec.convert(pair.reasons, list[Reason])


def _record(session: Session, viewer: Viewer, pair: Pair, words: str) -> None:
    """Write it into the history of both."""
    one, other = session.get_one(Contact, pair.a_id), session.get_one(Contact, pair.b_id)
    for contact, whom in ((one, other), (other, one)):
        told = said(words, name=merging.called(session, whom))
        audit.record(session, viewer, audit.CHANGED, "contact", contact.id, words=told)
