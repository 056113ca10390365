"""Runs of processes over the API: begun, told what happened, and how far each is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Concatenate, Literal, ParamSpec

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from crm import desk, processes, run_mending, run_moves, runs
from crm.contacts import Contact
from crm.deals import Deal
from crm.process_troubles import Stuck
from crm.processes import Process, ProcessVersion
from crm.rights import contact_for, deal_for, run_for, sees_run
from crm.runs import Run
from crm.standing import is_late_run
from crm.web.api_references import contact_with, refused
from crm.web.api_shapes import Id
from hub.languages import _
from hub.shapes import convert
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

P = ParamSpec("P")

Message = Literal[
    "payment received", "form submitted", "call answered", "mail received", "stage changed", "document signed",
    "visit done", "part payment received",
]  # fmt: skip


class StepOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something that began in a run: by what, until when, and the task that it is for somebody."""

    element: str
    name: str
    began_at: datetime
    cause: str
    ended_at: datetime | None
    ended_by: int | None
    dropped_at: datetime | None
    task: int | None


class RunOut(msgspec.Struct, frozen=True, kw_only=True):
    """A run. `stuck` says why it cannot go on; `due_at` when the next of its times is there."""

    id: int
    process: int
    version: int
    deal: int | None
    contact: int
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    waits_for: list[str]
    stuck: str


class WholeRunOut(RunOut, frozen=True, kw_only=True):
    """A run with its history, in order."""

    steps: list[StepOut]


class RunIn(Body, frozen=True, kw_only=True):
    """Begin a process for a deal, or for a contact alone.

    Where it runs for the same already: only with the newest of those runs, beside which it shall begin once more.
    """

    process: Id
    deal: Id | None = None
    contact: Id | None = None
    beside: Id | None = None


class News(Body, frozen=True, kw_only=True):
    """Something that happened to a deal, or to a contact."""

    message: Message
    deal: Id | None = None
    contact: Id | None = None


class RunMove(Body, frozen=True, kw_only=True):
    """Leave the open step at one element and go on at another, for a reason."""

    at: Annotated[str, Meta(max_length=120, description="The element where it is")]
    to: Annotated[str, Meta(max_length=120, description="The element where it goes on")]
    why: Annotated[str, Meta(min_length=1, max_length=300)]


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """How many runs went on or began by it."""

    runs: int


class RunEnd(Body, frozen=True, kw_only=True):
    """End a run, for a reason."""

    why: Annotated[str, Meta(min_length=1, max_length=300)]


class RunQuery(Paging, frozen=True, kw_only=True):
    """Which runs."""

    contact: Annotated[Id | None, Meta(description="Only those with the contact of this id")] = None
    deal: Annotated[Id | None, Meta(description="Only those for the deal of this id")] = None
    state: Annotated[
        Literal["open", "late", "stuck"] | None,
        Meta(description="Only those under way; at a step whose promise broke; or that cannot go on"),
    ] = None
    going: Annotated[bool | None, Meta(description="Only those under way, or that ended")] = None


@endpoint("GET", "/runs", scope="processes:read", query=RunQuery, returns=Page[RunOut],
          summary="List runs, newest first: of a contact, of a deal, or those that are late or stuck")  # fmt: skip
async def listed_runs(request: web.Request, query: RunQuery) -> Page[RunOut]:
    """List runs."""
    return await request.app[DB].read(_runs, viewer_of(request), query)


@endpoint(
    "GET", "/runs/{id}", scope="processes:read", returns=WholeRunOut, summary="Get a run with its history"
)
async def run(request: web.Request) -> WholeRunOut:
    """Give one."""
    return await request.app[DB].read(_run, viewer_of(request), path_id(request))


@endpoint("POST", "/runs", scope="processes:write", body=RunIn, returns=WholeRunOut, status=201,
          errors=(409,), summary="Begin a published process for a deal or a contact")  # fmt: skip
async def begin(request: web.Request, body: RunIn) -> WholeRunOut:
    """Begin a run."""
    return await write(request, _begin, viewer_of(request), body)


@endpoint("POST", "/runs/{id}/moves", scope="processes:write", role="head", body=RunMove, returns=WholeRunOut,
          errors=(409,), summary="Have a run go on at another step, for a reason")  # fmt: skip
async def move(request: web.Request, body: RunMove) -> WholeRunOut:
    """Move a run by hand."""
    return await write(request, _move, viewer_of(request), path_id(request), body)


@endpoint("POST", "/runs/{id}/attempt", scope="processes:write", returns=WholeRunOut, errors=(409,),
          summary="Have a run that was stuck try again; 409 says why it still cannot go on")  # fmt: skip
async def try_again(request: web.Request) -> WholeRunOut:
    """Have it go on."""
    return await write(request, _act, viewer_of(request), path_id(request), run_mending.try_again)


@endpoint("POST", "/runs/{id}/ending", scope="processes:write", role="head", body=RunEnd, returns=WholeRunOut,
          errors=(409,), summary="End a run, for a reason; what was still to do in it is no longer needed")  # fmt: skip
async def stop(request: web.Request, body: RunEnd) -> WholeRunOut:
    """End a run by hand."""
    if not body.why.strip():
        raise refused(_("Say why it ends"), "/why")
    return await write(request, _act, viewer_of(request), path_id(request), run_mending.stop, body.why)


@endpoint("POST", "/process-messages", scope="processes:write", body=News, returns=Moved,
          errors=(409,), summary="Tell what happened: the runs that wait for it go on")  # fmt: skip
async def tell(request: web.Request, body: News) -> Moved:
    """Tell what happened."""
    return await write(request, _tell, viewer_of(request), body)


def _runs(session: Session, viewer: Viewer, query: RunQuery) -> Page[RunOut]:
    wanted = select(Run).where(sees_run(viewer))
    if query.contact is not None:
        contact = contact_for(session, viewer, query.contact)  # he may go by another id since
        wanted = wanted.where(Run.contact_id == contact.id if contact else false())
    if query.deal is not None:
        wanted = wanted.where(Run.deal_id == query.deal)
    if query.state is not None:
        wanted = wanted.where(Run.ended_at.is_(None), *_STATES[query.state]())
    if query.going is not None:
        wanted = wanted.where(Run.ended_at.is_(None) if query.going else Run.ended_at.is_not(None))
    rows = session.scalars(newest_first(wanted, Run.id, query)).all()
    return page_of(rows, query.limit, lambda row: convert(_told_run(session, row), RunOut))


_STATES: Mapping[str, Callable[[], Sequence[ColumnElement[bool]]]] = {
    "open": lambda: (), "late": lambda: (is_late_run(),), "stuck": lambda: (Run.stuck_at.is_not(None),),
}  # fmt: skip


def _run(session: Session, viewer: Viewer, run_id: int) -> WholeRunOut:
    found = _seen(session, viewer, run_id)
    nodes = processes.plan_of(session, found.version_id, found.plan).diagram.nodes
    steps = [
        StepOut(
            element=step.element, name=nodes[step.element].name, began_at=step.began_at, cause=str(step.cause),
            ended_at=step.ended_at, ended_by=step.ended_by, dropped_at=step.dropped_at, task=step.task_id,
        )
        for step in runs.steps_of(session, found.id)
    ]  # fmt: skip
    return convert({**_told_run(session, found), "steps": steps}, WholeRunOut)


def _told_run(session: Session, row: Run) -> dict[str, object]:
    version = session.get_one(ProcessVersion, row.version_id)
    return {
        "id": row.id, "process": version.process_id, "version": version.number, "deal": row.deal_id,
        "contact": row.contact_id, "started_at": row.started_at, "ended_at": row.ended_at, "due_at": row.due_at,
        "waits_for": row.waits_for, "stuck": str(row.stuck),
    }  # fmt: skip


def _tell(session: Session, viewer: Viewer, news: News) -> Moved:
    contact, deal = _whose(session, viewer, news)
    deal_id, contact_id = (deal.id, None) if deal else (None, contact.id)
    return Moved(runs=run_moves.hear(session, news.message, deal_id=deal_id, contact_id=contact_id))


def _begin(session: Session, viewer: Viewer, new: RunIn) -> WholeRunOut:
    contact, deal = _whose(session, viewer, new)
    version = processes.newest(session, _process(session, new.process))
    if version is None:
        raise refused(_("This process was never published: publish it first"), "/process")
    try:
        made = run_mending.begin(
            session, viewer, version, deal=deal, contact_id=contact.id, beside=new.beside
        )
    except Stuck as error:
        raise desk.Refusal(str(error)) from None
    return _run(session, viewer, made.id)


def _act(
    session: Session, viewer: Viewer, run_id: int, deed: Callable[Concatenate[Session, Viewer, Run, P], None],
    *args: P.args, **kwargs: P.kwargs,
) -> WholeRunOut:  # fmt: skip
    found = _seen(session, viewer, run_id)
    try:
        deed(session, viewer, found, *args, **kwargs)
    except Stuck as error:
        raise desk.Refusal(str(error)) from None
    return _run(session, viewer, run_id)


def _seen(session: Session, viewer: Viewer, run_id: int) -> Run:
    found = run_for(session, viewer, run_id)
    if found is None:
        raise Problem(404, _("There is no such run."))
    return found


def _move(session: Session, viewer: Viewer, run_id: int, wanted: RunMove) -> WholeRunOut:
    _seen(session, viewer, run_id)
    waiting = (
        step for step in runs.steps_of(session, run_id)
        if step.element == wanted.at and step.ended_at is None and step.dropped_at is None
    )  # fmt: skip
    step = next(waiting, None)
    if step is None:
        raise refused(_("The run is not there"), "/at")
    return _act(session, viewer, run_id, run_mending.move_by_hand, step, wanted.to, wanted.why)


def _whose(session: Session, viewer: Viewer, new: RunIn | News) -> tuple[Contact, Deal | None]:
    deal = deal_for(session, viewer, new.deal) if new.deal is not None else None
    if new.deal is not None and deal is None:
        raise refused(_("There is no such deal."), "/deal")
    contact_id = deal.contact_id if deal else new.contact
    if contact_id is None:
        raise refused(_("Name a deal or a contact"), "/contact")
    return contact_with(session, viewer, contact_id), deal


def _process(session: Session, process_id: int) -> int:
    if session.get(Process, process_id) is None:
        raise refused(_("There is no such process."), "/process")
    return process_id
