"""The page of one deal: how far it is, what is sold, who takes part, what happened. Its form stands in deal_form.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import deal_changes, money, pipelines, run_known, runs
from crm.answer_words import in_words
from crm.contacts import Contact
from crm.deal_board import stands_too_long
from crm.deals import Deal, DealPart, moves_of
from crm.desk import Refusal
from crm.pipelines import LostReason, Pipeline, Stage
from crm.rights import contact_for, sees_task
from crm.setup import setup
from crm.tasks import Task
from crm.web import deal_documents, deal_invoices
from crm.web.deal_cards import contact_names, since
from crm.web.deal_documents import Documents
from crm.web.deal_invoices import Invoices
from crm.web.deal_lines import Lines, lines
from crm.web.deal_moves import seen, stage_names
from crm.web.deals import HERE
from crm.web.new_task import chosen_contact
from crm.web.people import Person, people_of
from crm.web.run_rows import RunsOfDeal, runs_of_deal
from crm.web.task_rows import TaskRow, task_rows
from crm.web.timeline import Asked, Timeline, timeline
from crm.web.visit_words import Visits, visits_of_deal
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.moments import written
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of

LONGEST_ROLE = 60

Values = Mapping[str, str]


class Step(msgspec.Struct, frozen=True):
    """A stage as a step: before the one where the deal is, that one, or after it."""

    id: int
    name: str
    state: str
    ends: str


class Linked(msgspec.Struct, frozen=True):
    """A contact; `href` is "" for who may not open the card. `role` is as what he takes part."""

    id: int
    name: str
    href: str
    role: str = ""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """How it came from one stage into another."""

    came: str
    to: str
    at: datetime
    who: str
    why: str


class DealView(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deal.html and _deal_aside.html."""

    id: int
    title: str
    value: str
    pipeline: str
    steps: Sequence[Step]
    open: bool
    won_at: datetime | None
    lost_at: datetime | None
    lost_reason: str
    lost_why: str
    since: str
    since_at: datetime
    stale: bool
    probability: int
    own_probability: bool
    expected: str
    late: bool
    source: str
    answers: Sequence[tuple[str, str]]
    responsible: Person | None
    department: str
    contact: Linked
    parts: Sequence[Linked]
    moves: Sequence[Move]
    lines: Lines


class Shown(NamedTuple):
    """A deal, its tasks (open ones, and how many were done), runs and visits; on its page papers and invoices."""

    deal: DealView
    tasks: Sequence[TaskRow]
    done_tasks: int
    flow: RunsOfDeal
    visits: Visits
    papers: Documents | None = None
    invoices: Invoices | None = None


@page("GET", "/deals/{id}")
async def deal(request: web.Request) -> web.StreamResponse:
    """Show a deal; to a script the part of it that stands in the middle."""
    viewer, deal_id = viewer_of(request), path_id(request)
    if is_fragment(request):
        return await render(request, "_deal.html", deal=await request.app[DB].read(_shown, viewer, deal_id))
    shown, history = await request.app[DB].read(_whole, viewer, deal_id)
    return await render(
        request, "deal.html", title=shown.deal.title, sub=shown.deal.contact.name, back=Back(HERE, _("Deals")),
        timeline=history, **shown._asdict(),
    )  # fmt: skip


@page("GET", "/deals/{id}/aside")
async def aside(request: web.Request) -> web.StreamResponse:
    """Show what stands beside it."""
    shown = await request.app[DB].read(_beside, viewer_of(request), path_id(request))
    return await render(request, "_deal_aside.html", **shown._asdict())


@page("POST", "/deals/{id}/parts")
async def add_part(request: web.Request) -> web.StreamResponse:
    """Have one more contact take part."""
    said, deal_id = await form(request), path_id(request)
    words = await request.app[DB].write(_add_part, viewer_of(request), deal_id, said)
    return await changed(request, Toast(text=words), back=f"{HERE}/{deal_id}")


@page("DELETE", "/deals/{id}/parts/{part}")
async def remove_part(request: web.Request) -> web.StreamResponse:
    """Have a contact take part no more."""
    deal_id = path_id(request)
    words = await request.app[DB].write(_remove_part, viewer_of(request), deal_id, path_id(request, "part"))
    return await changed(request, Toast(text=words), back=f"{HERE}/{deal_id}")


def _shown(session: Session, viewer: Viewer, deal_id: int) -> DealView:
    return view(session, viewer, seen(session, viewer, deal_id))


def _whole(session: Session, viewer: Viewer, deal_id: int) -> tuple[Shown, Timeline | None]:
    shown = _beside(session, viewer, deal_id)
    found = seen(session, viewer, deal_id)
    shown = shown._replace(
        papers=deal_documents.view(session, found), invoices=deal_invoices.view(session, found)
    )
    contact = contact_for(session, viewer, shown.deal.contact.id)
    return shown, timeline(session, viewer, contact.id, Asked()) if contact else None


def _beside(session: Session, viewer: Viewer, deal_id: int) -> Shown:
    found = seen(session, viewer, deal_id)
    return Shown(
        view(session, viewer, found), *_tasks(session, viewer, found), runs_of_deal(session, deal_id),
        visits_of_deal(session, viewer, found.id),
    )  # fmt: skip


def _tasks(session: Session, viewer: Viewer, found: Deal) -> tuple[Sequence[TaskRow], int]:
    """Give the open tasks of its contact, but for steps of other deals, and how many were done since it was opened."""
    own = select(Task).where(
        Task.contact_id == found.contact_id, sees_task(viewer), runs.of_no_other(Task.id, found.id)
    )  # fmt: skip
    tasks = session.scalars(own.where(Task.done_at.is_(None)).order_by(Task.id)).all()
    done = own.where(Task.done_at >= found.made_at).with_only_columns(func.count())
    return task_rows(session, viewer, tasks), session.scalar(done) or 0


def view(session: Session, viewer: Viewer, found: Deal) -> DealView:
    """Show a deal."""
    moment, zone, state = now(), zone_of(session), setup(session)
    stage = session.get_one(Stage, found.stage_id)
    place = state.departments.get(found.department_id or 0)
    reason = session.get(LostReason, found.lost_reason_id) if found.lost_reason_id else None
    today = moment.astimezone(zone).date()
    return DealView(
        id=found.id, title=found.title, value=money.written(found.value, found.currency),
        pipeline=session.get_one(Pipeline, found.pipeline_id).name, steps=_steps(session, found, stage),
        open=found.is_open, won_at=found.won_at, lost_at=found.lost_at, lost_why=found.lost_why,
        lost_reason=reason.name if reason else "", since=since(found, moment), since_at=found.stage_since,
        stale=stands_too_long(found, stage, moment), source=found.source,
        probability=stage.probability if found.probability is None else found.probability,
        own_probability=found.probability is not None,
        expected=written(found.expected_on, "d MMM y") if found.expected_on else "",
        late=bool(found.is_open and found.expected_on and found.expected_on < today),
        answers=[(name, in_words(value)) for name, value in run_known.answers(session, found)],
        responsible=people_of(session, [found.responsible_id], zone).get(found.responsible_id or 0),
        department=place.name if place else "", contact=_linked(session, viewer, {found.contact_id: ""})[0],
        parts=_linked(session, viewer, _roles(session, found.id)), moves=_moves(session, found),
        lines=lines(session, found),
    )  # fmt: skip


def _steps(session: Session, found: Deal, stage: Stage) -> Sequence[Step]:
    """Show the stages of its pipeline; one that is retired stands there as long as the deal is in it."""
    listed = pipelines.stages_of(session, [found.pipeline_id])[found.pipeline_id]
    if stage not in listed:
        listed = sorted([*listed, stage], key=lambda each: (each.position, each.id))
    at = listed.index(stage)
    return [
        Step(
            each.id, each.name, "now" if place == at else "past" if place < at and not each.ends else "", each.ends
        )
        for place, each in enumerate(listed)
    ]  # fmt: skip


def _roles(session: Session, deal_id: int) -> dict[int, str]:
    rows = session.execute(select(DealPart.contact_id, DealPart.role).where(DealPart.deal_id == deal_id))
    return dict(iter(rows))


def _linked(session: Session, viewer: Viewer, roles: Mapping[int, str]) -> Sequence[Linked]:
    names = contact_names(session, set(roles))
    return [
        Linked(
            each, names.get(each, ""), f"/contacts/{each}" if contact_for(session, viewer, each) else "", role
        )
        for each, role in roles.items()
    ]


def _moves(session: Session, found: Deal) -> Sequence[Move]:
    """Show how it came to where it is, newest first."""
    made = moves_of(session, found.id)
    names = stage_names(session, {each for move in made for each in (move.from_id, move.to_id) if each})
    people = people_of(session, {move.by for move in made}, zone_of(session))
    return [
        Move(
            came=names.get(move.from_id or 0, ""), to=names.get(move.to_id, ""), at=move.at, why=move.why,
            who=people[move.by or 0].name if move.by in people else "",
        )
        for move in reversed(made)
    ]  # fmt: skip


def _add_part(session: Session, viewer: Viewer, deal_id: int, said: Values) -> str:
    found = seen(session, viewer, deal_id)
    contact, fits = chosen_contact(session, viewer, said)
    if contact is None:
        raise Refusal(_("Several fit: choose one.") if fits else _("Nobody fits this."))
    roles = _roles(session, found.id) | {contact.id: said.get("role", "")[:LONGEST_ROLE]}
    deal_changes.set_parts(session, viewer, found, roles)
    return _("%(name)s takes part", name=contact_names(session, {contact.id})[contact.id])


def _remove_part(session: Session, viewer: Viewer, deal_id: int, contact_id: int) -> str:
    found = seen(session, viewer, deal_id)
    roles = _roles(session, found.id)
    roles.pop(contact_id, None)
    deal_changes.set_parts(session, viewer, found, roles)
    contact = session.get(Contact, contact_id)
    return _("%(name)s takes part no more", name=contact.name if contact else "")
