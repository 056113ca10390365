"""Requests that open deals: whoever asks by a channel that a pipeline is opened by has a deal in it from then on.

Somebody who asks again has the deal that is open already. What came moves the runs that wait for it, and the processes
begin that begin with it, for that deal.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm import deal_changes, distribution, happenings
from crm.contacts import Contact
from crm.deal_changes import NewDeal
from crm.deals import Deal, is_open
from crm.pipelines import pipelines
from crm.refusals import Refusal
from crm.runs import TASK_KIND
from crm.setup import kept, setup
from crm.tasks import Task
from hub import audit, rows
from hub.statements import Statement


class Request(NamedTuple):
    """What somebody asked for, in short, and by which channel: its name and what people call it."""

    contact_id: int
    interaction_id: int
    words: str
    channel: str
    title: str
    at: datetime


def came(session: Session, request: Request, message: str = "") -> Task | None:
    """Open the deal of a request, tell that it came, and give the first task of a process that began by it."""
    deal = _deal(session, request)
    if not message:
        return None
    last = _LAST.one(session, {"contact": request.contact_id})[0] if deal else None
    moved = happenings.tell(
        session, message, deal_id=deal.id if deal else None, contact_id=request.contact_id
    )
    if not moved or deal is None:
        return None
    made = select(Task).where(
        Task.contact_id == request.contact_id, Task.kind == TASK_KIND, Task.done_at.is_(None),
        Task.id > (last or 0),
    )  # fmt: skip
    return session.scalars(made.order_by(Task.id).limit(1)).first()


def opens(session: Session, channel: str) -> int | None:
    """Give the first pipeline that is opened by a channel."""
    return next((each.id for each in kept(session, pipelines) if channel in each.opened_by), None)


_DEALS = Deal.__table__.c
_LAST = Statement(select(func.max(Task.id)).where(Task.contact_id == bindparam("contact")))
_SAME = Statement(
    select(*_DEALS)
    .where(
        _DEALS.contact_id == bindparam("contact"), _DEALS.pipeline_id == bindparam("pipeline"), is_open(),
    )
    .order_by(_DEALS.id.desc())
    .limit(1)
)  # fmt: skip


def _deal(session: Session, request: Request) -> Deal | None:
    pipeline_id = opens(session, request.channel)
    if pipeline_id is None:
        return None
    # Of two requests of one person at once, the second finds the first one's deal.
    contact = rows.held(session, Contact, request.contact_id)
    there = rows.record(session, _SAME, {"contact": contact.id, "pipeline": pipeline_id}, Deal)
    if there is not None:
        return there
    try:
        return deal_changes.open_deal(
            session, audit.RINGBACK, contact, _wanted(session, contact, request, pipeline_id)
        )
    except Refusal:  # it has no stage to begin in any more: the request itself must not be lost for that
        return None


def _wanted(session: Session, contact: Contact, request: Request, pipeline_id: int) -> NewDeal:
    department = setup(session).departments.get(contact.department_id or 0)
    whose = distribution.choose(session, department, contact.responsible_id, request.at).user_id
    return NewDeal(
        title=request.words or request.title, pipeline_id=pipeline_id, source=request.title, responsible_id=whose,
        department_id=contact.department_id, interaction_id=request.interaction_id,
    )  # fmt: skip
