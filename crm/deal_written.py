"""What people do with deals, written into the audit, and told to who sees them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from crm.deals import Deal
from crm.tasks import audience_of
from hub import audit, rows
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.users import Viewer

KIND = "deal"
ANSWER = "fields."


def state(deal: Deal) -> dict[str, object]:
    """Give a deal as the audit keeps it."""
    return {
        "title": deal.title, "value": deal.value, "currency": deal.currency, "probability": deal.probability,
        "expected_on": deal.expected_on.isoformat() if deal.expected_on else None, "source": deal.source,
        "department_id": deal.department_id, "responsible_id": deal.responsible_id,
        "pipeline_id": deal.pipeline_id, "stage_id": deal.stage_id, "lost_reason_id": deal.lost_reason_id,
        "lost_why": deal.lost_why, **{f"{ANSWER}{name}": value for name, value in deal.fields.items()},
    }  # fmt: skip


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
    return True


def change(session: Session, viewer: Viewer, deal: Deal, **values: object) -> bool:
    """Change columns of a deal, write that down as `written` does, and tell whether anything is otherwise now."""
    values = {name: value for name, value in values.items() if getattr(deal, name) != value}
    if not values:
        return False
    session.flush()
    before = state(deal)
    rows.change(session, deal, **values, changed_at=now())
    differences = audit.differences(before, state(deal))
    audit.write(session, viewer, audit.CHANGED, KIND, deal.id, changes=differences)
    told(session, deal)
    return True


def told(session: Session, deal: Deal) -> None:
    """Have everybody who sees a deal look again."""
    audience = audience_of(deal.responsible_id, deal.department_id)
    announce(session, Notice(kind=KIND, id=deal.id, audience=audience))
