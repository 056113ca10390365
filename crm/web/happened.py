"""What happened with a contact, in the order of time: every touch, and everything done to its tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.conversations import Interaction
from crm.rights import sees_task
from crm.tasks import Task, TaskChange
from crm.web.places import Place
from hub.users import Viewer

CHANGE, TOUCH = 0, 1  # ranks of what happened in one moment
EVERYTHING, CHANGES = "everything", "changes"
KINDS = {
    "calls": "call",
    "mail": "mail",
    "chats": "chat",
    "forms": "form",
    "orders": "order",
    "notes": "note",
}


class Happened(NamedTuple):
    """One row: an interaction, or what was done to a task of this title."""

    place: Place
    what: Interaction | TaskChange
    title: str = ""


class Source(NamedTuple):
    """What a filter lets through of what happened with a contact, and this viewer may see."""

    session: Session
    contact_id: int
    viewer: Viewer
    show: str = EVERYTHING

    def newest(self, limit: int, before: Place | None) -> list[Happened]:
        """Give rows of both kinds together, newest first."""
        found: list[Happened] = []
        if self.show != CHANGES:
            touches = self._touches(before).order_by(Interaction.at.desc(), Interaction.id.desc())
            newest = self.session.scalars(touches.limit(limit))
            found += [Happened(Place(row.at, TOUCH, row.id), row) for row in newest]
        if self.show not in KINDS:
            changes = self._changes(before).order_by(TaskChange.at.desc(), TaskChange.id.desc())
            rows = self.session.execute(changes.limit(limit))
            found += [Happened(Place(row.at, CHANGE, row.id), row, title) for row, title in rows]
        return sorted(found, key=lambda row: row.place, reverse=True)[:limit]

    def count(self, before: Place | None = None) -> int:
        """Count the rows, all or those beyond a place."""
        return sum(self._counts(before))

    def counts(self) -> dict[str, int]:
        """Count what each filter would let through, all of them in two questions."""
        touches = select(Interaction.kind, func.count()).where(Interaction.contact_id == self.contact_id)
        kinds = dict(self.session.execute(touches.group_by(Interaction.kind)).all())
        changes = self.session.scalar(self._changes(None).with_only_columns(func.count())) or 0
        by_filter = {show: kinds.get(kind, 0) for show, kind in KINDS.items()}
        return {EVERYTHING: sum(kinds.values()) + changes, **by_filter, CHANGES: changes}

    def _counts(self, before: Place | None) -> Iterator[int]:
        if self.show != CHANGES:
            yield self.session.scalar(self._touches(before).with_only_columns(func.count())) or 0
        if self.show not in KINDS:
            yield self.session.scalar(self._changes(before).with_only_columns(func.count())) or 0

    def _touches(self, before: Place | None) -> Select[Interaction]:
        query = select(Interaction).where(Interaction.contact_id == self.contact_id)
        if self.show in KINDS:
            query = query.where(Interaction.kind == KINDS[self.show])
        return query.where(before.beyond(Interaction.at, Interaction.id, TOUCH)) if before else query

    def _changes(self, before: Place | None) -> Select[TaskChange, str]:
        query = select(TaskChange, Task.title).join(Task, Task.id == TaskChange.task_id)
        query = query.where(Task.contact_id == self.contact_id, sees_task(self.viewer))
        return query.where(before.beyond(TaskChange.at, TaskChange.id, CHANGE)) if before else query
