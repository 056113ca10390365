"""The company's own fields, as what a form's answer may be said to be."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.fields import CustomField
from hub.web.targets import Target


def targets(session: Session) -> list[Target]:
    """Give them in order."""
    rows = session.scalars(select(CustomField).order_by(CustomField.position))
    return [Target(row.name, row.label, tuple(row.aliases)) for row in rows]
