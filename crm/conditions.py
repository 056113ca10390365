"""What a list of contacts is narrowed down to, as conditions for the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, false, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm import field_values
from crm.contacts import MAIL, PHONE, Contact, Handle
from crm.fields import CustomField, fold
from crm.listing import CHANGED, LAST, MADE, ME, NOBODY, Asked, Span
from crm.search import people_matching
from crm.setup import setup
from crm.tags import ids_with
from crm.tasks import Task
from hub.clock import now
from hub.languages import listener
from hub.unindexed import Unindexed
from hub.users import Viewer

FEW = 1000
LAST_YEAR = 9999


def conditions(session: Session, viewer: Viewer, asked: Asked) -> list[ColumnElement[bool]]:
    """Give everything that the wanted contacts meet."""
    state = setup(session)
    found = spans(session, asked, {LAST: Contact.last_at, CHANGED: Contact.changed_at, MADE: Contact.made_at})
    found += [_field(viewer, state.fields.get(fold(name)), value) for name, value in asked.fields.items()]
    if asked.q:
        found.append(Contact.id.in_(people_matching(session, viewer, asked.q)))
    if asked.tag is not None:
        found.append(Contact.id.in_(ids_with(asked.tag)))
    if asked.department is not None:
        found.append(Unindexed(Contact.department_id) == asked.department)
    if asked.organisation is not None:
        found.append(Contact.organisation_id == asked.organisation)
    if asked.responsible:
        found.append(_responsible(viewer, asked.responsible))
    if asked.open:
        found.append(_open(session, asked.open))
    if asked.has:
        found.append(_has(asked.has))
    return found


def _responsible(viewer: Viewer, whose: str) -> ColumnElement[bool]:
    if whose == NOBODY:
        return Unindexed(Contact.responsible_id).is_(None)
    return Contact.responsible_id == (viewer.user_id if whose == ME else int(whose))


def _open(session: Session, which: str) -> ColumnElement[bool]:
    """Tell who has something open. Few are looked up one by one; many are met soon by walking on."""
    late = (Task.due_at < now(),) if which == "late" else ()
    has = exists().where(Task.contact_id == Contact.id, Task.done_at.is_(None), *late).correlate(Contact)
    if which == "none":
        return ~has
    those = select(Task.contact_id).where(Task.contact_id.is_not(None), Task.done_at.is_(None), *late)
    many = session.scalar(select(func.count()).select_from(those.limit(FEW).subquery())) == FEW
    return has if many else Contact.id.in_(those.correlate(None))


def _has(what: str) -> ColumnElement[bool]:
    kind = PHONE if what.endswith("phone") else MAIL
    has = exists().where(Handle.contact_id == Contact.id, Handle.kind == kind).correlate(Contact)
    return ~has if what.startswith("no-") else has


def spans(
    session: Session, asked: Asked, columns: Mapping[str, InstrumentedAttribute[Any]]
) -> list[ColumnElement[bool]]:
    """Give the bounds in time: whole days where the reader is."""
    zone = listener().zone or ZoneInfo(setup(session).company.zone)
    return [_within(columns[name], span, zone) for name, span in asked.spans.items()]


def _within(column: InstrumentedAttribute[Any], span: Span, zone: ZoneInfo) -> ColumnElement[bool]:
    bounds = []
    if span.since:
        bounds.append(column >= datetime.combine(span.since, time(), zone))
    if span.until and span.until.year < LAST_YEAR:
        bounds.append(column < datetime.combine(span.until + timedelta(days=1), time(), zone))
    return and_(true(), *bounds)


def promised() -> ColumnElement[bool]:
    """Tell to whom a promise runs."""
    running = exists().where(Task.contact_id == Contact.id, Task.done_at.is_(None), Task.due_at.is_not(None))
    return running.correlate(Contact)


def _field(viewer: Viewer, field: CustomField | None, text: str) -> ColumnElement[bool]:
    """Tell who has this value in a field. One that is not seen is nobody's."""
    return field_values.holds(field, text) if field is not None and field.is_seen_by(viewer) else false()
