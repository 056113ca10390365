"""Processes and their runs over the API: diagrams in and out, what is wrong in them, published, begun, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import desk, process_diagrams, processes, run_moves, runs
from crm.contacts import Contact
from crm.deals import Deal
from crm.process_engine import Stuck
from crm.process_faults import Fault
from crm.process_xml import LARGEST, NotBpmn
from crm.processes import Process, ProcessVersion
from crm.rights import contact_for
from crm.runs import Run
from crm.web.api_references import contact_with, refused
from crm.web.api_shapes import Id
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Fault as Pointed
from hub.web.problems import Problem

Diagram = Annotated[str, Meta(min_length=1, max_length=LARGEST, description="BPMN 2.0 XML")]
ProcessName = Annotated[str, Meta(max_length=processes.NAME_LENGTH)]


class FaultOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in a diagram, at which of its elements."""

    element: str
    words: str


class ProcessOut(msgspec.Struct, frozen=True, kw_only=True):
    """A process; `version` is the newest that was published, None before one was."""

    id: int
    name: str
    version: int | None
    begins_with: str
    changed_at: datetime


class DraftOut(ProcessOut, frozen=True, kw_only=True):
    """A process with its draft, byte for byte, and what is wrong in that."""

    draft: str
    faults: list[FaultOut]


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


class ProcessIn(Body, frozen=True, kw_only=True):
    """A new process; without a name that of its diagram."""

    diagram: Diagram
    name: ProcessName = ""


class DraftIn(Body, frozen=True, kw_only=True):
    """A draft as it is now."""

    diagram: Diagram


class RunIn(Body, frozen=True, kw_only=True):
    """Begin a process for a deal, or for a contact alone."""

    process: Id
    deal: Id | None = None
    contact: Id | None = None


class RunQuery(Paging, frozen=True, kw_only=True):
    """Which runs."""

    contact: Annotated[Id, Meta(description="Those with the contact of this id")]
    going: Annotated[bool | None, Meta(description="Only those under way, or that ended")] = None


@endpoint("GET", "/processes", scope="processes:read", query=Paging, returns=Page[ProcessOut],
          summary="List processes, newest first")  # fmt: skip
async def listed(request: web.Request, query: Paging) -> Page[ProcessOut]:
    """List processes."""
    return await request.app[DB].read(_listed, query)


@endpoint("GET", "/processes/{id}", scope="processes:read", returns=DraftOut,
          summary="Get a process with its draft and what is wrong in it")  # fmt: skip
async def process(request: web.Request) -> DraftOut:
    """Give one."""
    return await request.app[DB].read(lambda session: _draft(session, _process(session, path_id(request))))


@endpoint("POST", "/processes", scope="processes:write", role="manager", body=ProcessIn, returns=DraftOut, status=201,
          summary="Make a process from a BPMN 2.0 diagram; what is wrong in it is told")  # fmt: skip
async def make(request: web.Request, body: ProcessIn) -> DraftOut:
    """Make one."""
    return await write(request, _make, viewer_of(request), body)


@endpoint("PUT", "/processes/{id}/draft", scope="processes:write", role="manager", body=DraftIn, returns=DraftOut,
          summary="Keep a draft; what is wrong in it is told")  # fmt: skip
async def draw(request: web.Request, body: DraftIn) -> DraftOut:
    """Keep a draft."""
    return await write(request, _draw, viewer_of(request), path_id(request), body)


@endpoint("POST", "/processes/{id}/publication", scope="processes:write", role="manager", returns=ProcessOut,
          summary="Publish the draft as a version; one with faults is a conflict, which names them")  # fmt: skip
async def publish(request: web.Request) -> ProcessOut:
    """Publish the draft."""
    return await write(request, _publish, viewer_of(request), path_id(request))


@endpoint("GET", "/runs", scope="processes:read", query=RunQuery, returns=Page[RunOut],
          summary="List the runs with a contact, newest first")  # fmt: skip
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
          summary="Begin a published process for a deal or a contact")  # fmt: skip
async def begin(request: web.Request, body: RunIn) -> WholeRunOut:
    """Begin a run."""
    return await write(request, _begin, viewer_of(request), body)


def _listed(session: Session, query: Paging) -> Page[ProcessOut]:
    wanted = select(Process).where(Process.retired_at.is_(None))
    rows = session.scalars(newest_first(wanted, Process.id, query)).all()
    return page_of(rows, query.limit, lambda row: msgspec.convert(_told(session, row), ProcessOut))


def _process(session: Session, process_id: int) -> Process:
    found = session.get(Process, process_id)
    if found is None:
        raise Problem(404, _("There is no such process."))
    return found


def _told(session: Session, row: Process) -> dict[str, object]:
    last = processes.newest(session, row.id)
    return {
        "id": row.id, "name": row.name, "version": last.number if last else None,
        "begins_with": last.begins_with if last else "", "changed_at": row.changed_at,
    }  # fmt: skip


def _draft(session: Session, row: Process) -> DraftOut:
    faults = processes.faults(session, process_diagrams.read(row.draft.encode()))
    shown = [FaultOut(element=fault.element, words=str(fault.words)) for fault in faults]
    return msgspec.convert(
        {**_told(session, row), "draft": row.draft, "faults": shown}, DraftOut, from_attributes=True
    )


def _make(session: Session, viewer: Viewer, new: ProcessIn) -> DraftOut:
    try:
        return _draft(session, processes.make(session, viewer, new.name, new.diagram.encode()))
    except NotBpmn as error:
        raise refused(str(error), "/diagram") from None


def _draw(session: Session, viewer: Viewer, process_id: int, new: DraftIn) -> DraftOut:
    row = _process(session, process_id)
    try:
        processes.draw(session, viewer, row, new.diagram.encode())
    except NotBpmn as error:
        raise refused(str(error), "/diagram") from None
    return _draft(session, row)


def _publish(session: Session, viewer: Viewer, process_id: int) -> ProcessOut:
    row = _process(session, process_id)
    try:
        processes.publish(session, viewer, row)
    except processes.Faulty as error:
        raise Problem(
            409, title=_("The diagram cannot be published"), errors=_pointed(error.faults)
        ) from None
    return msgspec.convert(_told(session, row), ProcessOut)


def _pointed(faults: Sequence[Fault]) -> list[Pointed]:
    return [Pointed(detail=str(fault.words), parameter=fault.element) for fault in faults]


def _runs(session: Session, viewer: Viewer, query: RunQuery) -> Page[RunOut]:
    contact = contact_for(session, viewer, query.contact)
    if contact is None:
        raise Problem(404, _("There is no such contact."))
    wanted = select(Run).where(Run.contact_id == contact.id)
    if query.going is not None:
        wanted = wanted.where(Run.ended_at.is_(None) if query.going else Run.ended_at.is_not(None))
    rows = session.scalars(newest_first(wanted, Run.id, query)).all()
    return page_of(rows, query.limit, lambda row: msgspec.convert(_told_run(session, row), RunOut))


def _run(session: Session, viewer: Viewer, run_id: int) -> WholeRunOut:
    found = session.get(Run, run_id)
    if found is None or contact_for(session, viewer, found.contact_id) is None:
        raise Problem(404, _("There is no such run."))
    nodes = processes.plan_of(session, found.version_id, found.plan).diagram.nodes
    steps = [
        StepOut(
            element=step.element, name=nodes[step.element].name, began_at=step.began_at, cause=str(step.cause),
            ended_at=step.ended_at, ended_by=step.ended_by, dropped_at=step.dropped_at, task=step.task_id,
        )
        for step in runs.steps_of(session, found.id)
    ]  # fmt: skip
    return msgspec.convert({**_told_run(session, found), "steps": steps}, WholeRunOut)


def _told_run(session: Session, row: Run) -> dict[str, object]:
    version = session.get_one(ProcessVersion, row.version_id)
    return {
        "id": row.id, "process": version.process_id, "version": version.number, "deal": row.deal_id,
        "contact": row.contact_id, "started_at": row.started_at, "ended_at": row.ended_at, "due_at": row.due_at,
        "waits_for": row.waits_for, "stuck": str(row.stuck),
    }  # fmt: skip


def _begin(session: Session, viewer: Viewer, new: RunIn) -> WholeRunOut:
    contact, deal = _whose(session, viewer, new)
    version = processes.newest(session, _process(session, new.process).id)
    if version is None:
        raise refused(_("This process was never published: publish it first"), "/process")
    try:
        made = run_moves.start(session, version, deal=deal, contact_id=contact.id, by=viewer.user_id)
    except Stuck as error:
        raise desk.Refusal(str(error)) from None
    return _run(session, viewer, made.id)


def _whose(session: Session, viewer: Viewer, new: RunIn) -> tuple[Contact, Deal | None]:
    deal = session.get(Deal, new.deal) if new.deal is not None else None
    if new.deal is not None and (deal is None or contact_for(session, viewer, deal.contact_id) is None):
        raise refused(_("There is no such deal."), "/deal")
    contact_id = deal.contact_id if deal else new.contact
    if contact_id is None:
        raise refused(_("Name a deal or a contact"), "/contact")
    return contact_with(session, viewer, contact_id), deal
