"""Which contacts a list wants, and in which order: what `crm.listing` was asked for, as questions to the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from crm.conditions import conditions, promised
from crm.contacts import Contact, Organisation
from crm.legs import Leg, Place, by_name, walk
from crm.listing import CHANGED, DUE, FIRM, LAST, MADE, MOST, NAME, Asked
from crm.rights import sees_contact
from crm.tasks import Task
from hub.unindexed import Unindexed
from hub.users import Viewer

Lines = Select[Contact, str | None]


class Row(NamedTuple):
    """A contact of the list: where it stands in it, and who it is."""

    place: Place
    contact: Contact
    organisation: str


def rows(session: Session, viewer: Viewer, asked: Asked, after: str, most: int) -> list[Row]:
    """Give so many contacts behind a place, in the order that was asked for."""
    lines = select(Contact, Organisation.name).select_from(Contact).where(which(session, viewer, asked))
    walked = walk(session, _legs(lines, asked), after, most)
    return [Row(place, contact, firm or "") for place, (contact, firm) in walked]


def which(session: Session, viewer: Viewer, asked: Asked) -> ColumnElement[bool]:
    """Tell which contacts are wanted, of those that this viewer sees."""
    return and_(Contact.merged_into_id.is_(None), sees_contact(viewer), *conditions(session, viewer, asked))


def count(session: Session, viewer: Viewer, asked: Asked, most: int = MOST) -> int:
    """Count them, up to so many."""
    some = select(Contact.id).where(which(session, viewer, asked)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def ids(session: Session, viewer: Viewer, asked: Asked, among: Sequence[int] = ()) -> list[int]:
    """Give the numbers of all that are wanted, or of those `among` these."""
    wanted = select(Contact.id).where(which(session, viewer, asked)).order_by(Contact.id)
    return list(session.scalars(wanted.where(Contact.id.in_(among)) if among else wanted))


def _legs(lines: Lines, asked: Asked) -> list[Leg]:
    name, down = asked.order
    if name == FIRM:
        alone = _with_firm(lines).where(Contact.organisation_id.is_(None))
        return [_leg(_by_firm(lines), by_name(Organisation), down), _leg(alone, None, down)]
    if name == DUE:
        others = _with_firm(lines).where(~promised())
        return [_leg(_by_deadline(lines).where(_is_first()), Task.due_at, down), _leg(others, None, down)]
    if name == LAST:
        spoken = _with_firm(lines).where(Contact.last_at.is_not(None))
        silent = _with_firm(lines).where(Contact.last_at.is_(None))
        return [_leg(spoken, Contact.last_at, down), _leg(silent, None, down)]
    column = {NAME: by_name(Contact), CHANGED: Contact.changed_at, MADE: Contact.made_at}[name]
    return [_leg(_with_firm(lines), column, down)]


def _leg(lines: Lines, key: Any, down: bool) -> Leg:  # noqa: ANN401, FBT001 - a column; as an order is turned
    return Leg(lines, Contact.id, key, down)


def _with_firm(lines: Lines) -> Lines:
    return lines.outerjoin(Organisation, Contact.organisation_id == Organisation.id)


def _by_firm(lines: Lines) -> Lines:
    return lines.join(Organisation, Contact.organisation_id == Unindexed(Organisation.id))


def _by_deadline(lines: Lines) -> Lines:
    """Walk along the open tasks as they are due, and on to the contacts."""
    return _with_firm(lines.join(Task, Contact.id == Unindexed(Task.contact_id)))


def _is_first() -> ColumnElement[bool]:
    """Tell which promised task is its contact's most pressing one."""
    other = aliased(Task)
    earlier = or_(other.due_at < Task.due_at, and_(other.due_at == Task.due_at, other.id < Task.id))
    before = exists().where(other.contact_id == Contact.id, other.done_at.is_(None), earlier)
    return and_(Task.done_at.is_(None), Task.due_at.is_not(None), ~before.correlate(Contact, Task))
