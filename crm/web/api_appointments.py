"""Visits to customers over the API: planned, moved, called off, and done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import cast

import msgspec
from aiohttp import web
from msgspec import UNSET
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import appointment_changes, appointment_deeds, appointments, desk
from crm.appointment_changes import FARTHEST, Plan
from crm.appointment_rights import sees_appointment
from crm.appointment_times import Span, free_times
from crm.appointments import Appointment
from crm.rights import deal_for, task_for
from crm.setup import setup
from crm.tasks import Task
from crm.web.api_appointment_shapes import (
    AppointmentIn,
    AppointmentOut,
    AppointmentPatch,
    AppointmentQuery,
    Cancelled,
    Done,
    FreeOut,
    FreeQuery,
    Reminder,
    State,
)
from crm.web.api_references import contact_with, person_with, refused
from crm.web.visit_views import visible
from hub.clock import now
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.etags import Match, if_match, tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, newest_first, page_of

Deed = Callable[[Session, Viewer, Appointment], None]


@endpoint("GET", "/appointments", scope="appointments:read", query=AppointmentQuery, returns=Page[AppointmentOut],
          summary="List visits, the latest planned first")  # fmt: skip
async def listed(request: web.Request, query: AppointmentQuery) -> Page[AppointmentOut]:
    """List visits."""
    return await request.app[DB].read(_listed, viewer_of(request), query)


@endpoint("GET", "/free-times", scope="appointments:read", query=FreeQuery, returns=FreeOut, errors=(409,),
          summary="Find when somebody has time for a visit")  # fmt: skip
async def free(request: web.Request, query: FreeQuery) -> FreeOut:
    """Find free times."""
    return await request.app[DB].read(_free, query)


@endpoint("GET", "/appointments/{id}", scope="appointments:read", returns=AppointmentOut, etag=tag_of,
          summary="Get one visit")  # fmt: skip
async def one(request: web.Request) -> AppointmentOut:
    """Give one visit."""
    return await request.app[DB].read(_one, viewer_of(request), path_id(request))


@endpoint("POST", "/appointments", scope="appointments:write", body=AppointmentIn, returns=AppointmentOut, status=201,
          etag=tag_of, errors=(409,), summary="Plan a visit; 409 says what is in the way and what is free")  # fmt: skip
async def make(request: web.Request, body: AppointmentIn) -> AppointmentOut:
    """Plan a visit."""
    return await write(request, _make, viewer_of(request), body)


@endpoint("PATCH", "/appointments/{id}", scope="appointments:write", body=AppointmentPatch, returns=AppointmentOut,
          etag=tag_of, errors=(409,), summary="Move or change a visit")  # fmt: skip
async def change(request: web.Request, body: AppointmentPatch) -> AppointmentOut:
    """Change a visit."""
    return await write(request, _change, viewer_of(request), path_id(request), body, if_match(request))


@endpoint("POST", "/appointments/{id}/cancellation", scope="appointments:write", body=Cancelled,
          returns=AppointmentOut, errors=(409,), summary="Call a visit off")  # fmt: skip
async def cancel(request: web.Request, body: Cancelled) -> AppointmentOut:
    """Call it off."""
    return await write(request, _cancel, viewer_of(request), path_id(request), body)


@endpoint("DELETE", "/appointments/{id}/cancellation", scope="appointments:write", returns=AppointmentOut,
          errors=(409,), summary="Have a visit that was called off take place after all")  # fmt: skip
async def restore(request: web.Request) -> AppointmentOut:
    """Have it take place."""
    return await write(request, _do, viewer_of(request), path_id(request), appointment_deeds.restore)


@endpoint("POST", "/appointments/{id}/miss", scope="appointments:write", returns=AppointmentOut, errors=(409,),
          summary="Say that nobody was there: the task of a visit needs another time")  # fmt: skip
async def miss(request: web.Request) -> AppointmentOut:
    """Say that it was in vain."""
    return await write(request, _do, viewer_of(request), path_id(request), appointment_changes.miss)


@endpoint("POST", "/appointments/{id}/completion", scope="appointments:write", body=Done, returns=AppointmentOut,
          errors=(409,), summary="Say that a visit is done, with the answers of its form")  # fmt: skip
async def complete(request: web.Request, body: Done) -> AppointmentOut:
    """Say that it is done."""
    return await write(request, _complete, viewer_of(request), path_id(request), body)


def _listed(session: Session, viewer: Viewer, query: AppointmentQuery) -> Page[AppointmentOut]:
    wanted = select(Appointment).where(sees_appointment(viewer))
    asked = {"contact_id": query.contact, "deal_id": query.deal, "person_id": query.person}
    for name, value in asked.items():
        wanted = wanted if value is None else wanted.where(getattr(Appointment, name) == value)
    rows = session.scalars(newest_first(wanted, Appointment.id, query)).all()
    return page_of(rows, query.limit, _out)


def _free(session: Session, query: FreeQuery) -> FreeOut:
    person = person_with(session, query.person, "/person")
    if not now() - FARTHEST < query.after < now() + FARTHEST:
        raise refused(_("Choose a time that is still to come, within two years."), "/after")
    way = timedelta(minutes=query.travel)
    span = Span(
        starts_at=query.after.astimezone(UTC), length=timedelta(minutes=query.minutes), before=way, after=way
    )
    return FreeOut(times=list(free_times(session, person, span, most=query.most)))


def _one(session: Session, viewer: Viewer, number: int) -> AppointmentOut:
    return _out(visible(session, viewer, number))


def _make(session: Session, viewer: Viewer, new: AppointmentIn) -> AppointmentOut:
    manner = appointments.manner(session)
    usual = {"minutes": manner.minutes, "before": manner.travel, "after": manner.travel}
    minutes, before, after = (
        usual[name] if getattr(new, name) is UNSET else getattr(new, name)
        for name in ("minutes", "before", "after")
    )
    plan = Plan(
        person_id=person_with(session, new.person, "/person").id, starts_at=new.starts_at, minutes=minutes,
        before=before, after=after, zone=setup(session).company.zone, address=new.address, purpose=new.purpose,
        remind_by=new.remind_by, invites=new.invites,
    )  # fmt: skip
    if new.task is not None:
        return _place(session, viewer, new.task, plan)
    deal = deal_for(session, viewer, new.deal) if new.deal is not None else None
    if new.deal is not None and deal is None:
        raise refused(_("There is no such deal."), "/deal")
    contact_id = new.contact if new.contact is not None else deal.contact_id if deal else None
    if contact_id is None:
        raise refused(_("Name a contact, a deal or a task"), "/contact")
    contact = contact_with(session, viewer, contact_id)
    if deal is not None and deal.contact_id != contact.id:
        raise refused(_("This deal is with another contact."), "/deal")
    row = appointment_deeds.make(
        session, viewer, plan, contact_id=contact.id, name=contact.name, deal_id=deal.id if deal else None
    )
    return _out(row)


def _place(session: Session, viewer: Viewer, task_id: int, plan: Plan) -> AppointmentOut:
    task = task_for(session, viewer, task_id)
    wish = appointments.wish_of(session, task.id) if task is not None and task.done_at is None else None
    if task is None or wish is None:
        raise refused(_("There is no such task that needs a visit."), "/task")
    row = appointment_changes.place(
        session, viewer, plan, contact_id=wish.contact_id, task=task, deal_id=wish.deal_id
    )
    return _out(row)


def _change(
    session: Session, viewer: Viewer, number: int, patch: AppointmentPatch, match: Match
) -> AppointmentOut:
    row = visible(session, viewer, number)
    match.check(tag_of(_out(row)))
    names = {"person": "person_id"}
    wanted = {
        names.get(name, name): value for name, value in msgspec.structs.asdict(patch).items() if value is not UNSET
    }  # fmt: skip
    plan = msgspec.structs.replace(appointment_changes.plan_of(row), **wanted)
    appointment_changes.change(session, viewer, row, plan)
    return _out(row)


def _cancel(session: Session, viewer: Viewer, number: int, wanted: Cancelled) -> AppointmentOut:
    row = visible(session, viewer, number)
    appointment_deeds.cancel(session, viewer, row, wanted.why)
    return _out(row)


def _do(session: Session, viewer: Viewer, number: int, deed: Deed) -> AppointmentOut:
    row = visible(session, viewer, number)
    deed(session, viewer, row)
    return _out(row)


def _complete(session: Session, viewer: Viewer, number: int, done: Done) -> AppointmentOut:
    row = visible(session, viewer, number)
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is None or task.done_at is not None or not row.is_planned:
        raise desk.Refusal(_("This visit is over already."))
    desk.complete(session, viewer, task, answers=done.answers)
    return _out(row)


def _out(row: Appointment) -> AppointmentOut:
    before, after = (each // timedelta(minutes=1) for each in row.travel)
    state, remind_by = cast("State", row.state), cast("Reminder", row.remind_by)
    return AppointmentOut(
        id=row.id, contact=row.contact_id, deal=row.deal_id, task=row.task_id, person=row.person_id, state=state,
        starts_at=row.starts_at, ends_at=row.ends_at, before=before, after=after, zone=row.zone, address=row.address,
        purpose=row.purpose, remind_by=remind_by, invites=row.invites, sequence=row.sequence, told=row.told,
        remind_at=row.remind_at, reminded_at=row.reminded_at, trouble=str(row.trouble),
    )  # fmt: skip
