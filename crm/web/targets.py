"""The company's own fields and its mailing lists, as what a form's answer may be said to be."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.fields import COMPUTED, CustomField
from crm.mailing_lists import mailing_lists, meaning
from hub.languages import _
from hub.web.targets import Target


def targets(session: Session) -> list[Target]:
    """Give the fields in order, then the lists to which an answer may be the consent."""
    kept = CustomField.retired_at.is_(None) & (CustomField.kind != COMPUTED)
    rows = session.scalars(select(CustomField).where(kept).order_by(CustomField.position))
    own = [Target(row.name, row.label, tuple(row.aliases)) for row in rows]
    return own + [
        Target(meaning(each.id), _("Agrees to: %(list)s", list=each.name)) for each in mailing_lists(session)
    ]
