"""Documents of a deal: quotes, contracts, confirmations and reports, each made of a version of a template.

What a template makes of a deal is rendered outside any transaction (hub/papers.py), with the number that comes next.
The transaction that keeps it takes that number; where another was faster it is not kept, and made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import number_series
from crm.deals import Deal
from crm.number_series import NumberSeries
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.said import said
from hub.users import Viewer


class DocumentTemplate(Base):
    """What a kind of document is made of. `format` is pdf (typst) or docx; `ready` names one that Ringback brings."""

    __tablename__ = "document_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    format: Mapped[str]
    series_id: Mapped[int] = mapped_column(ForeignKey("number_series.id"))
    ready: Mapped[str] = mapped_column(default="")
    retired_at: Mapped[datetime | None]


class DocumentVersion(Base):
    """A template as it was from then on, in one language, or with "" in all. `blob` names its text or its DOCX."""

    __tablename__ = "document_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("document_templates.id"))
    language: Mapped[str] = mapped_column(default="")
    version: Mapped[int]
    blob: Mapped[str] = mapped_column(index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (UniqueConstraint("template_id", "language", "version"),)


class DealDocument(Base):
    """A document that was made. `blob` is also the SHA-256 of its content, `size` is in bytes.

    `amount` is what it comes to with tax, in the smallest unit of `currency`. `wish` names who asked for it and
    when, so that the same wish makes one document, however often it is carried out; None where a person asked.
    """

    __tablename__ = "deal_documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("document_versions.id"))
    series_id: Mapped[int] = mapped_column(ForeignKey("number_series.id"))
    number: Mapped[str]
    language: Mapped[str]
    blob: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    amount: Mapped[int]
    currency: Mapped[str]
    wish: Mapped[str | None] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        UniqueConstraint("series_id", "number"),
        Index("ix_deal_documents_deal", "deal_id", "id"),
        Index("ix_deal_documents_contact", "contact_id", "id"),
    )


class Overtaken(Exception):
    """Meanwhile its number was taken by another, or the deal was changed: make it anew."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a document is made of: of which deal as it stood when, for which day and number.

    `is_numbered`: it is the paper of something that has its number already and changes no more, such as an invoice.
    """

    deal_id: int
    deal_changed_at: datetime
    version_id: int
    language: str
    on: date
    number: str
    amount: int
    wish: str | None = None
    is_numbered: bool = False


class Content(msgspec.Struct, frozen=True):
    """What was made of it: the blob, durable already, and its bytes."""

    blob: str
    size: int


def keep(session: Session, viewer: Viewer, draft: Draft, content: Content) -> DealDocument:
    """Keep a document with its number. Overtaken where it says what is no longer so."""
    if draft.wish is not None and (there := wished(session, draft.wish)):
        return there
    version = session.get_one(DocumentVersion, draft.version_id)
    series = series_of(session, version)
    deal = session.get_one(Deal, draft.deal_id)
    if not draft.is_numbered and (
        number_series.take(session, series, draft.on) != draft.number
        or deal.changed_at != draft.deal_changed_at
    ):
        raise Overtaken  # the number goes back with the transaction
    document = DealDocument(
        deal_id=deal.id, contact_id=deal.contact_id, version_id=version.id, series_id=series.id, number=draft.number,
        language=draft.language, blob=content.blob, size=content.size, amount=draft.amount, currency=deal.currency,
        wish=draft.wish, made_by=viewer.user_id,
    )  # fmt: skip
    session.add(document)
    session.flush()
    audit.record(session, viewer, audit.MADE, "deal_document", document.id,
                 words=said("made %(number)s", number=draft.number))  # fmt: skip
    return document


def wished(session: Session, wish: str) -> DealDocument | None:
    """Give the document that this wish has made already."""
    return session.scalar(select(DealDocument).where(DealDocument.wish == wish))


def documents_of(session: Session, deal_id: int) -> Sequence[DealDocument]:
    """Give the documents of a deal, the newest first."""
    rows = select(DealDocument).where(DealDocument.deal_id == deal_id).order_by(DealDocument.id.desc())
    return session.scalars(rows).all()


def template_named(session: Session, name: str) -> DocumentTemplate | None:
    """Give the template of this name, or the one that Ringback brings under it, unless it is retired."""
    named = (DocumentTemplate.name == name) | (DocumentTemplate.ready == name)
    rows = select(DocumentTemplate).where(named, DocumentTemplate.retired_at.is_(None))
    return session.scalars(rows.order_by(DocumentTemplate.id)).first()


def newest(session: Session, template_id: int, language: str) -> DocumentVersion | None:
    """Give the newest version of a template in this language, or of one that speaks them all."""
    rows = select(DocumentVersion).where(
        DocumentVersion.template_id == template_id, DocumentVersion.language.in_((language, ""))
    )
    return session.scalars(rows.order_by(DocumentVersion.id.desc())).first()


def add_version(session: Session, viewer: Viewer | None, template: DocumentTemplate, blob: str,
                language: str = "") -> DocumentVersion:  # fmt: skip
    """Have a template be this from now on; documents keep the version that they were made of."""
    last = select(func.max(DocumentVersion.version)).where(
        DocumentVersion.template_id == template.id, DocumentVersion.language == language
    )
    version = DocumentVersion(
        template_id=template.id, language=language, version=(session.scalar(last) or 0) + 1, blob=blob,
        made_by=viewer.user_id if viewer else None,
    )  # fmt: skip
    session.add(version)
    session.flush()
    if viewer is not None:
        audit.record(session, viewer, audit.CHANGED, "document_template", template.id,
                     words=said("version %(number)s", number=version.version))  # fmt: skip
    return version


def series_of(session: Session, version: DocumentVersion) -> NumberSeries:
    """Give what documents of this version are counted by."""
    template = session.get_one(DocumentTemplate, version.template_id)
    return session.get_one(NumberSeries, template.series_id)
