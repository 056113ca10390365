"""Templates of documents as the company has them: made, tried with a real deal, and only then a version.

What somebody brought lies beside the versions until it was seen to make a document; nothing is made of it before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import number_series, ready_documents
from crm.desk import Refusal
from crm.documents import DocumentTemplate, DocumentVersion, add_version
from crm.number_series import NumberSeries
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.languages import LANGUAGES, _
from hub.said import said
from hub.users import Viewer

NAME = 60
KIND = "document_template"
FORMATS = ("pdf", "docx")


class DocumentTrial(Base):
    """What somebody brought as the next version of a template, in one language, or with "" in all."""

    __tablename__ = "document_trials"

    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("document_templates.id"))
    language: Mapped[str] = mapped_column(default="")
    blob: Mapped[str] = mapped_column(index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (UniqueConstraint("template_id", "language"),)


def make(session: Session, viewer: Viewer, name: str, format_: str, pattern: str) -> DocumentTemplate:
    """Make a template without a version yet, with a series of its own. Refusal says what is wrong."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME or not name.isprintable():
        raise Refusal(_("A name has 1 to %(most)s letters.", most=NAME))
    if format_ not in FORMATS:
        raise Refusal(_("A document is a PDF or a DOCX."))
    if _taken(session, name):
        raise Refusal(_("There is a template “%(name)s” already.", name=name))
    template = DocumentTemplate(name=name, format=format_, series_id=_series(session, name, pattern).id)
    session.add(template)
    session.flush()
    known = {"name": name, "format": format_, "pattern": pattern.strip()}
    audit.record(session, viewer, audit.MADE, KIND, template.id, changes=audit.differences({}, known))
    return template


def bring(
    session: Session, viewer: Viewer, template: DocumentTemplate, language: str, blob: str
) -> DocumentTrial:
    """Keep what somebody brought, to be tried; what was brought before and not taken is gone."""
    if language and language not in LANGUAGES:
        raise Refusal(_("There is no language “%(name)s” here.", name=language[:20]))
    trial = session.scalar(select(DocumentTrial).where(
        DocumentTrial.template_id == template.id, DocumentTrial.language == language
    ))  # fmt: skip
    if trial is None:
        trial = DocumentTrial(template_id=template.id, language=language)
        session.add(trial)
    trial.blob, trial.made_at, trial.made_by = blob, now(), viewer.user_id
    session.flush()
    audit.record(session, viewer, audit.CHANGED, KIND, template.id, words=said("brought to be tried"))
    return trial


def adopt(session: Session, viewer: Viewer, trial: DocumentTrial, blob: str) -> DocumentVersion:
    """Have what was tried be the template from now on. Refusal where something else was brought since."""
    if trial.blob != blob:
        raise Refusal(_("Somebody brought another one meanwhile: look at that first."))
    template = session.get_one(DocumentTemplate, trial.template_id)
    version = add_version(session, viewer, template, trial.blob, trial.language)
    session.delete(trial)
    session.flush()
    return version


def drop(session: Session, viewer: Viewer, trial: DocumentTrial) -> None:
    """Throw away what was brought."""
    audit.record(
        session, viewer, audit.CHANGED, KIND, trial.template_id, words=said("what was brought is thrown away")
    )
    session.delete(trial)
    session.flush()


def set_pattern(session: Session, viewer: Viewer, template: DocumentTemplate, pattern: str) -> None:
    """Have numbers be written otherwise from now on; they are counted on."""
    series, pattern = session.get_one(NumberSeries, template.series_id), pattern.strip()
    if wrong := number_series.fault(pattern):
        raise Refusal(wrong)
    if pattern != series.pattern:
        _require_apart(session, pattern, series)
        audit.record(session, viewer, audit.CHANGED, KIND, template.id,
                     changes={"pattern": (series.pattern, pattern)})  # fmt: skip
        series.pattern = pattern


def retire(session: Session, viewer: Viewer, template: DocumentTemplate) -> None:
    """Have nothing more be made of a template."""
    if template.retired_at is None:
        template.retired_at = now()
        audit.record(session, viewer, audit.CHANGED, KIND, template.id, words=said("retired"))


def take_up(session: Session, viewer: Viewer, template: DocumentTemplate) -> None:
    """Have documents be made of a retired template again."""
    if template.retired_at is not None:
        template.retired_at = None
        audit.record(session, viewer, audit.CHANGED, KIND, template.id, words=said("taken up again"))


def templates(session: Session) -> Sequence[DocumentTemplate]:
    """Give all templates, those that are retired last."""
    rows = session.scalars(select(DocumentTemplate)).all()
    return sorted(rows, key=lambda each: (each.retired_at is not None, _(each.name).casefold(), each.id))


def versions_of(session: Session, template_id: int) -> Sequence[DocumentVersion]:
    """Give the versions of a template, the newest first."""
    rows = select(DocumentVersion).where(DocumentVersion.template_id == template_id)
    return session.scalars(rows.order_by(DocumentVersion.id.desc())).all()


def trials_of(session: Session, template_id: int) -> Sequence[DocumentTrial]:
    """Give what was brought for a template and not yet taken."""
    rows = select(DocumentTrial).where(DocumentTrial.template_id == template_id)
    return session.scalars(rows.order_by(DocumentTrial.language)).all()


def _taken(session: Session, name: str) -> bool:
    named = (DocumentTemplate.name == name) | (DocumentTemplate.ready == name.casefold())
    return session.scalar(select(DocumentTemplate.id).where(named).limit(1)) is not None


def _require_apart(session: Session, pattern: str, own: NumberSeries | None = None) -> None:
    """Refuse a pattern by which two documents could have one number: another kind's, or one of its own from before."""
    on = now().date()
    written = {each.name: each.pattern for each in session.scalars(select(NumberSeries))}
    coming = {each.name: each.pattern for each in ready_documents.READY}  # which may not be in the store yet
    for name, other in {**coming, **written}.items():
        is_own = own is not None and name == own.name
        if is_own and number_series.by_year(pattern) == number_series.by_year(other):
            continue  # it is counted on
        if number_series.may_meet(pattern, other, on):
            raise Refusal(
                _("Numbers of “%(name)s” are written like that, as %(pattern)s: two documents would have the same one.",
                  name=_(name), pattern=other)
            )  # fmt: skip


def _series(session: Session, name: str, pattern: str) -> NumberSeries:
    pattern = pattern.strip()
    if wrong := number_series.fault(pattern):
        raise Refusal(wrong)
    if session.scalar(select(NumberSeries.id).where(NumberSeries.name == name)) is not None:
        raise Refusal(_("There is a template “%(name)s” already.", name=name))
    _require_apart(session, pattern)
    series = NumberSeries(name=name, pattern=pattern)
    session.add(series)
    session.flush()
    return series
