"""Processes over the API: diagrams in and out, what is wrong in them, and published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import process_diagrams, processes
from crm.process_faults import Fault
from crm.process_leftovers import leftovers
from crm.process_xml import NotBpmn
from crm.processes import Process
from crm.refusals import Refusal
from crm.robots import Robot
from crm.web.api_references import refused
from hub.languages import _
from hub.shapes import convert
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.etags import Match, if_match, tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Fault as Pointed
from hub.web.problems import Problem

Diagram = Annotated[str, Meta(min_length=1, description="BPMN 2.0 XML, of a megabyte at most")]
ProcessName = Annotated[str, Meta(max_length=processes.NAME_LENGTH)]


class FaultOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in a diagram, at which of its elements."""

    element: str
    words: str


class ProcessOut(msgspec.Struct, frozen=True, kw_only=True):
    """A process; `version` is the newest that was published, None before one was.

    `warnings` say in words what that names that there is not any more, such as a department that is called otherwise.
    """

    id: int
    name: str
    version: int | None
    begins_with: str
    changed_at: datetime
    warnings: list[str]


class DraftOut(ProcessOut, frozen=True, kw_only=True):
    """A process with its draft, byte for byte, what is wrong in that, and what of other modelers does nothing here."""

    draft: str
    faults: list[FaultOut]
    leftovers: list[FaultOut]


class ProcessIn(Body, frozen=True, kw_only=True):
    """A new process; without a name that of its diagram."""

    diagram: Diagram
    name: ProcessName = ""


class DraftIn(Body, frozen=True, kw_only=True):
    """A draft as it is now."""

    diagram: Diagram


@endpoint("GET", "/processes", scope="processes:read", query=Paging, returns=Page[ProcessOut],
          summary="List processes, newest first")  # fmt: skip
async def listed(request: web.Request, query: Paging) -> Page[ProcessOut]:
    """List processes."""
    return await request.app[DB].read(_listed, query)


@endpoint("GET", "/processes/{id}", scope="processes:read", returns=DraftOut, etag=tag_of,
          summary="Get a process with its draft and what is wrong in it")  # fmt: skip
async def process(request: web.Request) -> DraftOut:
    """Give one."""
    return await request.app[DB].read(lambda session: _draft(session, _process(session, path_id(request))))


@endpoint("POST", "/processes", scope="processes:write", role="manager", body=ProcessIn, returns=DraftOut,
          etag=tag_of, status=201, errors=(409,),
          summary="Make a process from a BPMN 2.0 diagram; what is wrong in it is told")  # fmt: skip
async def make(request: web.Request, body: ProcessIn) -> DraftOut:
    """Make one."""
    return await write(request, _make, viewer_of(request), body)


@endpoint("PUT", "/processes/{id}/draft", scope="processes:write", role="manager", body=DraftIn, returns=DraftOut,
          etag=tag_of, errors=(409,),
          summary="Keep a draft; what is wrong in it is told. Without If-Match only what you drew last")  # fmt: skip
async def draw(request: web.Request, body: DraftIn) -> DraftOut:
    """Keep a draft."""
    return await write(request, _draw, viewer_of(request), path_id(request), body, if_match(request))


@endpoint("POST", "/processes/{id}/publication", scope="processes:write", role="manager", returns=ProcessOut,
          errors=(409,), summary="Publish the draft as a version; one with faults is a conflict")  # fmt: skip
async def publish(request: web.Request) -> ProcessOut:
    """Publish the draft."""
    return await write(request, _publish, viewer_of(request), path_id(request))


def _listed(session: Session, query: Paging) -> Page[ProcessOut]:
    wanted = select(Process).where(Process.retired_at.is_(None))
    rows = session.scalars(newest_first(wanted, Process.id, query)).all()
    return page_of(rows, query.limit, lambda row: convert(_told(session, row), ProcessOut))


def _process(session: Session, process_id: int) -> Process:
    found = session.get(Process, process_id)
    if found is None:
        raise Problem(404, _("There is no such process."))
    return found


def _own(session: Session, process_id: int) -> Process:
    """Give a process that is drawn as a diagram: what a stage does by itself is said as a list of deeds."""
    found = _process(session, process_id)
    if session.scalar(select(Robot.id).where(Robot.process_id == found.id)) is not None:
        raise Refusal(_("This is what a stage does by itself: say it at the stage"))
    return found


def _told(session: Session, row: Process) -> dict[str, object]:
    last = processes.newest(session, row.id)
    return {
        "id": row.id, "name": row.name, "version": last.number if last else None,
        "begins_with": last.begins_with if last else "", "changed_at": row.changed_at,
        "warnings": [str(each) for each in processes.lacking_in(session, last)] if last else [],
    }  # fmt: skip


def _draft(session: Session, row: Process) -> DraftOut:
    faults = processes.faults(session, process_diagrams.read(row.draft.encode()))
    shown = [FaultOut(element=fault.element, words=str(fault.words)) for fault in faults]
    left = [FaultOut(element=each.element, words=str(each.words)) for each in leftovers(row.draft.encode())]
    return convert(
        {**_told(session, row), "draft": row.draft, "faults": shown, "leftovers": left}, DraftOut, from_attributes=True
    )  # fmt: skip


def _make(session: Session, viewer: Viewer, new: ProcessIn) -> DraftOut:
    try:
        return _draft(session, processes.make(session, viewer, new.name, new.diagram.encode()))
    except NotBpmn as error:
        raise refused(str(error), "/diagram") from None


def _draw(session: Session, viewer: Viewer, process_id: int, new: DraftIn, match: Match) -> DraftOut:
    row = _own(session, process_id)
    processes.hold(session, row)
    match.check(tag_of(_draft(session, row)))
    if match.tags is None and row.changed_by != viewer.user_id:
        who = processes.who_drew(session, row)
        raise Refusal(_("%(name)s drew this draft last: get it, and send its ETag as If-Match", name=who))
    try:
        processes.draw(session, viewer, row, new.diagram.encode())
    except NotBpmn as error:
        raise refused(str(error), "/diagram") from None
    return _draft(session, row)


def _publish(session: Session, viewer: Viewer, process_id: int) -> ProcessOut:
    row = _own(session, process_id)
    try:
        processes.publish(session, viewer, row)
    except processes.Faulty as error:
        raise Problem(409, title=_("The diagram cannot be published"), errors=pointed(error.faults)) from None
    return convert(_told(session, row), ProcessOut)


def pointed(faults: Sequence[Fault]) -> list[Pointed]:
    """Give faults as a problem lists them."""
    return [Pointed(detail=str(fault.words), parameter=fault.element) for fault in faults]
