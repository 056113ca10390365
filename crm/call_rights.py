"""Which calls a viewer sees."""

from __future__ import annotations

from sqlalchemy import ColumnElement, ScalarSelect, Select, or_, select, true, union
from sqlalchemy.orm import Session

from crm.alarms import Alarm
from crm.call_parts import CallPart, was_in
from crm.calls import Call
from crm.contacts import Contact
from crm.deals import Deal
from crm.rights import sees_contact
from crm.tasks import Task
from hub.users import User, Viewer


def sees_call(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which calls this viewer sees: those with contacts he sees, his department's, and those he was in.

    Whoever placed a call was in it, and so was whose telephone rang or talked. Contacts are asked of one call after
    the other, so that a list that is walked costs what is shown of it.
    """
    if viewer.sees_all:
        return true()
    theirs = select(Contact.id).where(Contact.id == Call.contact_id, sees_contact(viewer))
    seen = [
        Call.placed_by == viewer.user_id,
        was_in(Call.id, _extension(viewer)).correlate(Call),
        theirs.correlate(Call).exists(),
    ]
    if viewer.department_id is not None:
        seen.insert(0, Call.department_id == viewer.department_id)
    return or_(*seen)


def calls_of(viewer: Viewer) -> list[Select[int]]:
    """Give the numbers of the calls that `sees_call` tells of, each kind along an index. Not for who sees all."""
    found = [
        select(Call.id).where(Call.placed_by == viewer.user_id),
        select(CallPart.call_id).where(CallPart.extension == _extension(viewer)),
        select(Call.id).where(Call.contact_id.in_(union(*_contacts_of(viewer)))),
    ]
    if viewer.department_id is not None:
        found.insert(0, select(Call.id).where(Call.department_id == viewer.department_id))
    return found


def _contacts_of(viewer: Viewer) -> list[Select[int | None]]:
    """Give the numbers of the contacts that `sees_contact` tells of."""
    told = select(Alarm.task_id).where(Alarm.user_id == viewer.user_id, Alarm.answered_at.is_(None))
    found: list[Select[int | None]] = [
        select(Contact.id).where(Contact.responsible_id == viewer.user_id),
        select(Task.contact_id).where(Task.assignee_id == viewer.user_id),
        select(Task.contact_id).where(Task.id.in_(told)),
        select(Deal.contact_id).where(Deal.responsible_id == viewer.user_id),
    ]
    if viewer.department_id is not None:
        found.append(select(Contact.id).where(Contact.department_id == viewer.department_id))
        found.append(select(Task.contact_id).where(Task.department_id == viewer.department_id))
        found.append(select(Deal.contact_id).where(Deal.department_id == viewer.department_id))
    return found


def _extension(viewer: Viewer) -> ScalarSelect[str]:
    return select(User.extension).where(User.id == viewer.user_id).scalar_subquery()


def call_for(session: Session, viewer: Viewer, call_id: int) -> Call | None:
    """Give a call if this viewer may see it."""
    return session.scalar(select(Call).where(Call.id == call_id, sees_call(viewer)))
