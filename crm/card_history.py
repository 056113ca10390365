"""What was changed on a card, by whom and when."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import happenings
from crm.contacts import Contact
from crm.desk import contact_changed
from crm.parts import FIELD
from crm.rights import hidden_fields
from hub import audit
from hub.audit import Entry
from hub.clock import now
from hub.users import Viewer

KIND = "contact"


LOOKED_AT = 500  # entries of a history


def entry_of(session: Session, contact_id: int, entry_id: int) -> Entry | None:
    """Give an entry of this contact's history."""
    entry = session.get(Entry, entry_id)
    return entry if entry and (entry.kind, entry.record_id) == (KIND, contact_id) else None


def history(session: Session, viewer: Viewer, contact_id: int, key: str = "") -> list[Entry]:
    """Give what was changed on a card, or in one part of it, newest first, as far as this viewer may see it."""
    hidden = hidden_keys(session, viewer)
    wanted = select(Entry).where(Entry.kind == KIND, Entry.record_id == contact_id)
    entries = session.scalars(wanted.order_by(Entry.id.desc()).limit(LOOKED_AT)).all()
    return [
        entry
        for entry in entries
        if (key in entry.changes if key else entry.changes.keys() - hidden) and key not in hidden
    ]


def hidden_keys(session: Session, viewer: Viewer) -> frozenset[str]:
    """Give the keys of the parts that this viewer may not see."""
    return frozenset(f"{FIELD}{name}" for name in hidden_fields(session, viewer))


def last_change(session: Session, contact_id: int, key: str) -> Entry | None:
    """Give the last change of a part."""
    wanted = select(Entry).where(Entry.kind == KIND, Entry.record_id == contact_id)
    entries = session.scalars(wanted.order_by(Entry.id.desc()).limit(LOOKED_AT))
    return next((entry for entry in entries if key in entry.changes), None)


def record(
    session: Session,
    viewer: Viewer,
    contact: Contact,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> Entry | None:
    """Write down what changed on a card, and have everybody look again who sees it."""
    differences = audit.differences(before, after)
    if not differences:
        return None
    contact.changed_at = now()
    entry = audit.record(session, viewer, audit.CHANGED, KIND, contact.id, changes=differences)
    session.flush()
    contact_changed(session, contact)
    happenings.tell(session, happenings.FILLED, contact_id=contact.id)
    return entry
