"""Which organisations a list wants, and in which order; what it asks of their people, it asks of those one sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, select
from sqlalchemy.orm import Session

from crm.conditions import spans
from crm.contact_search import MOST_WORDS, has_word
from crm.contacts import Contact, Organisation
from crm.legs import Leg, Place, by_name, walk
from crm.listing import CHANGED, EMPTY, MADE, ME, MOST, NAME, NOBODY, Asked
from crm.rights import sees_contact, sees_organisation, sees_task
from crm.tasks import Task
from hub.clock import now
from hub.users import Viewer


class Row(NamedTuple):
    """An organisation of the list, and where it stands in it."""

    place: Place
    organisation: Organisation


def rows(session: Session, viewer: Viewer, asked: Asked, after: str, most: int) -> list[Row]:
    """Give so many organisations behind a place, in the order that was asked for."""
    name, down = asked.order
    key = {NAME: by_name(Organisation), CHANGED: Organisation.changed_at, MADE: Organisation.made_at}[name]
    wanted = select(Organisation).where(which(session, viewer, asked))
    walked = walk(session, [Leg(wanted, Organisation.id, key, down)], after, most)
    return [Row(place, found) for place, (found,) in walked]


def which(session: Session, viewer: Viewer, asked: Asked) -> ColumnElement[bool]:
    """Tell which organisations are wanted, of those that this viewer sees."""
    conditions = (Organisation.merged_into_id.is_(None), sees_organisation(viewer))
    return and_(*conditions, *_conditions(session, viewer, asked))


def count(session: Session, viewer: Viewer, asked: Asked, most: int = MOST) -> int:
    """Count them, up to so many."""
    some = select(Organisation.id).where(which(session, viewer, asked)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def ids(session: Session, viewer: Viewer, asked: Asked, among: Sequence[int] = ()) -> list[int]:
    """Give the numbers of all that are wanted, or of those `among` these."""
    return list(session.scalars(_ids(session, viewer, asked, among).order_by(Organisation.id)))


def people(session: Session, viewer: Viewer, asked: Asked, among: Sequence[int] = ()) -> list[int]:
    """Give the numbers of all people of those organisations, as far as the viewer sees them."""
    theirs = _people(viewer, Contact.organisation_id.in_(_ids(session, viewer, asked, among)))
    return list(session.scalars(theirs.order_by(Contact.id)))


def spokesmen(session: Session, viewer: Viewer, asked: Asked, among: Sequence[int] = ()) -> list[int]:
    """Give one person of each: whoever was last heard of."""
    latest = func.row_number().over(
        partition_by=Contact.organisation_id,
        order_by=(Contact.last_at.desc().nulls_last(), Contact.id.desc()),
    )
    theirs = _people(viewer, Contact.organisation_id.in_(_ids(session, viewer, asked, among)))
    ranked = theirs.add_columns(latest.label("rank")).subquery()
    return list(session.scalars(select(ranked.c.id).where(ranked.c.rank == 1).order_by(ranked.c.id)))


def _ids(session: Session, viewer: Viewer, asked: Asked, among: Sequence[int]) -> Select[int]:
    wanted = select(Organisation.id).where(which(session, viewer, asked))
    return wanted.where(Organisation.id.in_(among)) if among else wanted


def _conditions(session: Session, viewer: Viewer, asked: Asked) -> Iterator[ColumnElement[bool]]:
    yield from spans(session, asked, {CHANGED: Organisation.changed_at, MADE: Organisation.made_at})
    for word in asked.q.split()[:MOST_WORDS]:
        yield has_word(Organisation.name, word)
    if asked.department is not None:
        yield _has(viewer, Contact.department_id == asked.department)
    if asked.responsible:
        yield _has(viewer, _responsible(viewer, asked.responsible))
    if asked.has == EMPTY:  # who sees them by their people alone sees none of these
        yield ~_has(viewer) if viewer.sees_all else false()
    elif asked.has:
        yield _has(viewer)
    if asked.open:
        yield _open(viewer, asked.open)


def _has(viewer: Viewer, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell which have somebody who is so."""
    return (
        _people(viewer, Contact.organisation_id == Organisation.id, *conditions)
        .correlate(Organisation)
        .exists()
    )


def _people(viewer: Viewer, *conditions: ColumnElement[bool]) -> Select[int]:
    return select(Contact.id).where(Contact.merged_into_id.is_(None), sees_contact(viewer), *conditions)


def _responsible(viewer: Viewer, whose: str) -> ColumnElement[bool]:
    if whose == NOBODY:
        return Contact.responsible_id.is_(None)
    return Contact.responsible_id == (viewer.user_id if whose == ME else int(whose))


def _open(viewer: Viewer, which: str) -> ColumnElement[bool]:
    """Tell for which something is to be done: whatever the column counts."""
    late = (Task.due_at < now(),) if which == "late" else ()
    has = exists().where(
        Contact.organisation_id == Organisation.id, Task.contact_id == Contact.id, Task.done_at.is_(None),
        sees_task(viewer), *late,
    ).correlate(Organisation)  # fmt: skip
    return ~has if which == "none" else has
