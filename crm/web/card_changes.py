"""The history of a card, or of one of its fields, as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from crm import card_history
from crm.web.card_fields import labels_of
from crm.web.card_values import told
from crm.web.seen import visible
from hub.audit import Entry
from hub.languages import _
from hub.users import Viewer


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a part, as its history shows it."""

    who: str
    at: datetime
    field: str
    before: str
    after: str


def _history(session: Session, viewer: Viewer, contact_id: int, key: str) -> tuple[str, list[Change]]:
    contact = visible(session, viewer, contact_id)
    labels, entries = labels_of(session, viewer), card_history.history(session, viewer, contact.id, key)
    hidden = card_history.hidden_keys(session, viewer)
    changes = [change for entry in entries for change in _changes(entry, key, labels, hidden)]
    return labels.get(key, _("History")) if key else _("History"), changes


def _changes(entry: Entry, key: str, labels: Mapping[str, str], hidden: frozenset[str]) -> list[Change]:
    return [
        Change(
            who=entry.who,
            at=entry.at,
            field=labels.get(field, field),
            before=told(pair[0]),
            after=told(pair[1]),
        )
        for field, pair in entry.changes.items()
        if field not in hidden and (not key or field == key)
    ]
