"""Segments in the audit: what they are called, and what their fields are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.segments import Segment
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.audit_kinds import Kind, add_kind


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(session.execute(select(Segment.id, Segment.name).where(Segment.id.in_(ids))).all())


def _labels(_session: Session, _viewer: Viewer) -> Mapping[str, str]:
    return {"name": _("Name"), "rule": _("Who is meant")}


add_kind(Kind("segment", N_("Segment"), "/segments/{id}", _names, labels=_labels))
