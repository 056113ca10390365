"""Documents and their templates in the audit: what they are called, and who may see their history."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.documents import DealDocument, DocumentTemplate
from crm.rights import deal_for
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.audit_kinds import Kind, add_kind

LABELS = {"name": N_("Name"), "format": N_("Kind of file"), "pattern": N_("Pattern of its numbers")}


def _numbers(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = select(DealDocument.id, DealDocument.number).where(DealDocument.id.in_(ids))
    return dict(session.execute(rows).all())


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    rows = select(DocumentTemplate.id, DocumentTemplate.name).where(DocumentTemplate.id.in_(ids))
    return {template_id: _(name) for template_id, name in session.execute(rows)}


def _sees(session: Session, viewer: Viewer, document_id: int) -> bool:
    document = session.get(DealDocument, document_id)
    return document is not None and deal_for(session, viewer, document.deal_id) is not None


add_kind(Kind("deal_document", N_("Document"), "/documents/{id}/content", _numbers, _sees))
add_kind(Kind("document_template", N_("Template of documents"), "/document-templates/{id}", _names,
              labels=lambda _session, _viewer: {key: _(words) for key, words in LABELS.items()}))  # fmt: skip
