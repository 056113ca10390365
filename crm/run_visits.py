"""Appointments of a process's steps: a step that says how long a visit takes gets one as it opens.

Whoever has the task goes, at the moment that an answer named. Where that cannot be, the task says why, and somebody
chooses another time: nothing stands still without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from sqlalchemy.orm import Session

from crm import appointment_changes, appointments
from crm.appointment_changes import Plan
from crm.appointment_times import Unfit, read_moment
from crm.deals import Deal
from crm.expressions import Result
from crm.process_elements import Node
from crm.run_tasks import Known
from crm.setup import setup
from crm.tasks import Task
from hub import audit
from hub.clock import now
from hub.said import said

A_CENTURY = timedelta(days=36_500)  # beyond it a moment may have no like in another zone


def open_step(
    session: Session, node: Node, task: Task, contact: Known, deal: Deal | None, values: Mapping[str, Result]
) -> None:  # fmt: skip
    """Set the appointment of a step that began."""
    visit = node.work.visit if node.work else None
    if visit is None:
        return
    zone, deal_id = setup(session).company.zone, deal.id if deal else None
    starts_at, trouble = _moment(values, visit.on, visit.at, ZoneInfo(zone))
    plan = Plan(
        person_id=task.assignee_id or 0, starts_at=starts_at, minutes=visit.minutes, zone=zone,
        address=str(values.get(visit.address) or ""), purpose=node.called,
    )  # fmt: skip
    if not trouble and task.assignee_id is None:
        trouble = said("Nobody has the task yet")
        appointment_changes.wish_for(
            session, task, contact.id, deal_id, plan, trouble, keeps_time=True, is_new=True
        )
    elif trouble:
        appointment_changes.wish_for(session, task, contact.id, deal_id, plan, trouble, is_new=True)
    else:
        travel = appointments.manner(session).travel
        whole = replace(plan, before=travel, after=travel)
        try:
            appointment_changes.place(
                session, audit.RINGBACK, whole, contact_id=contact.id, task=task, deal_id=deal_id
            )
        except Unfit as error:
            appointment_changes.wish_for(session, task, contact.id, deal_id, plan, error.words)


def drop(session: Session, task: Task) -> None:
    """Have the appointment of a step that is no longer needed not take place."""
    if (wish := appointments.wish_of(session, task.id)) is not None:
        session.delete(wish)
    row = appointments.of_task(session, task.id)
    if row is not None and row.is_planned:
        appointment_changes.cancel(session, audit.RINGBACK, row)


def _moment(values: Mapping[str, Result], on: str, at: str, zone: ZoneInfo) -> tuple[datetime, str]:
    """Give when it is to be, by the answers that say so, and what is wrong with them."""
    day, hour = values.get(on), values.get(at)
    text = f"{day.isoformat()}T{hour or ''}" if isinstance(day, date) else str(hour or "")
    if not text.rstrip("T"):
        return now(), said("It is not known when it is to be")
    try:
        read = read_moment(text, zone)
        if now() - A_CENTURY < read < now() + A_CENTURY:
            return read, ""
    except Unfit:
        pass
    return now(), said("“%(text)s” is no time", text=text[:60])
