"""The company's own fields, as what a form's answer may be said to be."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.fields import COMPUTED, CustomField
from hub.web.targets import Target


def targets(session: Session) -> list[Target]:
    """Give them in order."""
    kept = CustomField.retired_at.is_(None) & (CustomField.kind != COMPUTED)
    rows = session.scalars(select(CustomField).where(kept).order_by(CustomField.position))
    return [Target(row.name, row.label, tuple(row.aliases)) for row in rows]
