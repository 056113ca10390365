"""What people do with deals, written into the audit, and told to who sees them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

from sqlalchemy.orm import Session

from crm import happenings
from crm.deals import Deal
from crm.tasks import audience_of
from hub import audit, rows
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.users import Viewer

KIND = "deal"
ANSWER, DAY = "fields.", "expected_on"
KEPT = (
    "title", "value", "currency", "probability", DAY, "source", "department_id", "responsible_id", "pipeline_id",
    "stage_id", "lost_reason_id", "lost_why",
)  # fmt: skip


def state(deal: Deal) -> dict[str, object]:
    """Give a deal as the audit keeps it."""
    return _kept({name: getattr(deal, name) for name in (*KEPT, "fields")})


def _kept(values: Mapping[str, object]) -> dict[str, object]:
    """Give columns of a deal as the audit keeps them; those are left out of which it keeps nothing."""
    told = {name: values[name] for name in KEPT if name in values}
    if isinstance(day := told.get(DAY), date):
        told[DAY] = day.isoformat()
    fields = cast("Mapping[str, object]", values.get("fields", {}))
    return told | {f"{ANSWER}{name}": value for name, value in fields.items()}


def written(
    session: Session, viewer: Viewer, deal: Deal, before: Mapping[str, object], *, words: str = "", **beside: object
) -> bool:  # fmt: skip
    """Write down how a deal differs from what it was, and have everybody look again; tell whether it does.

    `beside` is what else of it is otherwise now than `before` says: its lines, who takes part.
    """
    differences = audit.differences(before, state(deal) | beside)
    if not differences:
        return False
    deal.changed_at = now()
    audit.write(session, viewer, audit.CHANGED, KIND, deal.id, changes=differences, words=words)
    session.flush()
    told(session, deal)
    happenings.tell(session, happenings.FILLED, deal_id=deal.id)
    return True


def change(session: Session, viewer: Viewer, deal: Deal, **values: object) -> bool:
    """Change columns of a deal, write that down as `written` does, and tell whether anything is otherwise now."""
    values = {name: value for name, value in values.items() if getattr(deal, name) != value}
    if not values:
        return False
    session.flush()
    before = {name: getattr(deal, name) for name in values}
    rows.change(session, deal, **values, changed_at=now())
    differences = audit.differences(_kept(before), _kept(values))
    audit.write(session, viewer, audit.CHANGED, KIND, deal.id, changes=differences)
    told(session, deal)
    return True


def told(session: Session, deal: Deal) -> None:
    """Have everybody who sees a deal look again."""
    audience = audience_of(deal.responsible_id, deal.department_id)
    announce(session, Notice(kind=KIND, id=deal.id, audience=audience))
