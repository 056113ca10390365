"""The page of one visit, for the telephone of whoever goes: the way, a call, the form, photos, and a signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import run_steps
from crm.appointments import Appointment
from crm.contacts import Contact, handles_of
from crm.deals import Deal
from crm.process_elements import Answer
from crm.rights import contact_for, deal_for
from crm.setup import setup
from crm.tasks import Task
from crm.web.names import Way, called, ways
from crm.web.step_forms import findings_shown
from crm.web.visit_form import HERE
from crm.web.visit_views import visible
from crm.web.visit_words import VisitRow, map_of, visit_rows
from hub.clock import now
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, path_id, render, viewer_of


class Asks(msgspec.Struct, frozen=True, kw_only=True):
    """One question of the form; `kind` is text, number, date, moment or choice."""

    name: str
    label: str
    kind: str
    required: bool
    options: Sequence[tuple[str, str]]


class VisitPage(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _visit.html."""

    id: int
    visit: VisitRow
    name: str
    contact_href: str
    deal: tuple[int, str] | None
    map: str
    ways: Sequence[Way]
    known: Sequence[tuple[str, str]]
    asks: Sequence[Asks]
    task_id: int
    task_title: str
    open: bool
    begun: bool
    told: str
    told_at: datetime | None
    remind_at: datetime | None
    reminded_at: datetime | None
    why: str
    cancelled: bool
    signed: bool


@page("GET", f"{HERE}/{{id}}")
async def visit(request: web.Request) -> web.StreamResponse:
    """Show it."""
    shown = await request.app[DB].read(_page, viewer_of(request), path_id(request))
    template = "_visit.html" if is_fragment(request) else "visit.html"
    return await render(
        request, template, title=shown.name, sub=shown.visit.when, back=Back(HERE, _("Visits")), shown=shown
    )


def _page(session: Session, viewer: Viewer, appointment_id: int) -> VisitPage:
    row = visible(session, viewer, appointment_id)
    contact = session.get_one(Contact, row.contact_id)
    handles, country = handles_of(session, [contact.id])[contact.id], setup(session).company.country
    (line,) = visit_rows(session, [row])
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    return VisitPage(
        id=row.id, visit=line, name=called(contact.name, handles, country), deal=_deal(session, viewer, row),
        contact_href=f"/contacts/{contact.id}" if contact_for(session, viewer, contact.id) else "",
        map=map_of(row.address), ways=ways(handles, country),
        known=findings_shown(session, task) if task else (),
        asks=[_asks(each) for each in run_steps.form_of(session, task)] if task else (),
        task_id=task.id if task else 0, task_title=task.title if task else "",
        open=row.is_planned and task is not None and task.done_at is None, begun=row.starts_at <= now(),
        told=row.told_to, told_at=row.told_at, remind_at=row.remind_at, reminded_at=row.reminded_at,
        why=row.cancelled_why, cancelled=row.cancelled_at is not None,
        signed=any(each.kind == "signature" for each in line.papers),
    )  # fmt: skip


def _deal(session: Session, viewer: Viewer, row: Appointment) -> tuple[int, str] | None:
    found: Deal | None = deal_for(session, viewer, row.deal_id) if row.deal_id is not None else None
    return (found.id, found.title) if found else None


def _asks(answer: Answer) -> Asks:
    kinds = {"whole": "number", "day": "date", "yes": "choice"}
    yes = [("yes", _("Yes")), ("no", _("No"))]
    options = yes if answer.kind == "yes" else [(each, each) for each in answer.choices]
    return Asks(
        name=answer.name, label=answer.label, kind=kinds.get(answer.kind, answer.kind),
        required=answer.required and not answer.when, options=[("", ""), *options],
    )  # fmt: skip
