"""What happened to a task, in words, newest first."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from crm.tasks import Task, history
from crm.web.people import people_of
from crm.web.zones import zone_of
from hub.languages import _


class Happened(msgspec.Struct, frozen=True):
    """One line of the history."""

    at: datetime
    words: str


def history_of(session: Session, task: Task) -> list[Happened]:
    """Give what happened to a task, down to its beginning."""
    changes = history(session, task.id)
    zone = zone_of(session)
    people = people_of(session, [change.by for change in changes], zone)
    told = []
    for change in changes:
        person = people.get(change.by or 0)
        told.append(
            Happened(change.at, _capital(f"{change.words} · {person.name}" if person else change.words))
        )
    return [*told, Happened(task.created_at, f"{_('Came in')} · {task.why}")]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
