"""The links by which documents are signed, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base


class Signing(Base):
    """A link by which a document is signed. `digest` is that of its token, which stands nowhere.

    `signed_by` is the name as it was typed, `address` and `agent` say where it came from; `sha256` names the bytes.
    """

    __tablename__ = "signings"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("deal_documents.id"))
    digest: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(default="")
    declined_at: Mapped[datetime | None]
    declined_why: Mapped[str] = mapped_column(default="")
    revoked_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_signings_document", "document_id", "id"),)


def signings_of(session: Session, document_id: int) -> Sequence[Signing]:
    """Give the links of a document, the newest first."""
    rows = select(Signing).where(Signing.document_id == document_id).order_by(Signing.id.desc())
    return session.scalars(rows).all()


def signature_of(session: Session, document_id: int) -> Signing | None:
    """Give the signature of a document."""
    return next((each for each in signings_of(session, document_id) if each.signed_at is not None), None)
