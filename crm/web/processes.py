"""The processes of the company: what there is, how far each is drawn, how many runs go by it; new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from aiohttp.web_request import FileField
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from crm import process_sheets, process_xml, processes
from crm.desk import Refusal
from crm.process_xml import NotBpmn
from crm.processes import Process, ProcessVersion
from crm.robots import Robot
from crm.runs import Run
from crm.web.people import Person, people_of
from crm.web.process_drafts import shipped
from crm.web.zones import zone_of
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/processes"
IS_ROBOT = exists().where(Robot.process_id == Process.id)

add_room(
    Room(href=HOME, name=N_("Processes"), icon="flow", order=64, role="manager", within="/settings",
         about=N_("How work goes from one person to the next by itself, drawn and published"))
)  # fmt: skip


class ProcessRow(msgspec.Struct, frozen=True, kw_only=True):
    """A process; `version` is the newest number, 0 before one was published; `differs`: its draft is another."""

    id: int
    name: str
    version: int
    published_at: datetime | None
    differs: bool
    begins_with: str
    going: int
    stuck: int
    by: Person | None
    changed_at: datetime


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _processes.html."""

    processes: Sequence[ProcessRow]
    retired: Sequence[tuple[int, str]]
    shipped: Sequence[tuple[str, str]]


@page("GET", HOME, role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show all processes."""
    shown = await request.app[DB].read(_listed)
    template = "_processes.html" if is_fragment(request) else "processes.html"
    return await render(request, template, title=_("Processes"), list=shown)


@page("POST", HOME, role="manager")
async def make(request: web.Request) -> web.StreamResponse:
    """Make a process: empty, from a file, or from one that came with Ringback."""
    said = await form(request)
    given = (await request.post()).get("file")
    raw = await read_file(given) if isinstance(given, FileField) and given.filename else b""
    made, name = await request.app[DB].write(_make, viewer_of(request), said, raw)
    toast = Toast(text=_("New process: %(name)s", name=name), href=f"{HOME}/{made}", words=_("Draw it"))
    return await changed(request, toast, back=f"{HOME}/{made}")


@page("POST", "/processes/{id}/retirement", role="manager")
async def retire(request: web.Request) -> web.StreamResponse:
    """Have no new runs begin by it."""
    name = await _retired(request, retired=True)
    undo = f"{HOME}/{path_id(request)}/retirement"
    return await changed(request, Toast(text=_("Retired: %(name)s", name=name), undo=undo), back=HOME)


@page("DELETE", "/processes/{id}/retirement", role="manager")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Have new runs begin by it again."""
    return await changed(
        request, Toast(text=_("Back: %(name)s", name=await _retired(request, retired=False))), back=HOME
    )


async def read_file(given: FileField) -> bytes:
    """Give what is in a file that was sent; one that is too large is no diagram."""
    raw = given.file.read(process_xml.LARGEST + 1)
    if len(raw) > process_xml.LARGEST:
        raise Refusal(_("This file is larger than a diagram may be"))
    return raw


def process_with(session: Session, process_id: int) -> Process:
    """Give a process that is drawn here; robots are set up at their stages."""
    found = session.scalars(select(Process).where(Process.id == process_id, ~IS_ROBOT)).first()
    if found is None:
        raise Problem(404, _("There is no such process."))
    return found


async def _retired(request: web.Request, *, retired: bool) -> str:
    def retire(session: Session, viewer: Viewer, process_id: int) -> str:
        found = process_with(session, process_id)
        processes.retire(session, viewer, found, retired=retired)
        return found.name

    return await request.app[DB].write(retire, viewer_of(request), path_id(request))


def _make(session: Session, viewer: Viewer, said: Mapping[str, str], raw: bytes) -> tuple[int, str]:
    name = " ".join(said.get("name", "").split())
    if not raw:
        if said.get("shipped"):
            raw = shipped().get(said["shipped"], b"")
        elif name:
            raw = process_sheets.empty(name)
        else:
            raise Refusal(_("Say what the process is called, or choose a file"))
    try:
        made = processes.make(session, viewer, name, raw)
    except NotBpmn as error:
        raise Refusal(str(error)) from None
    return made.id, made.name


def _listed(session: Session) -> Listed:
    drawn = session.scalars(select(Process).where(~IS_ROBOT).order_by(Process.name)).all()
    shown = [each for each in drawn if each.retired_at is None]
    last = _newest(session, [each.id for each in shown])
    going = _going(session)
    people = people_of(session, {each.changed_by for each in shown}, zone_of(session))
    return Listed(
        processes=[_row(each, last.get(each.id), going.get(each.id, (0, 0)), people) for each in shown],
        retired=[(each.id, each.name) for each in drawn if each.retired_at],
        shipped=[(name, name.removesuffix(".bpmn").replace("-", " ").capitalize()) for name in shipped()],
    )


def _row(
    process: Process, last: ProcessVersion | None, going: tuple[int, int], people: Mapping[int, Person]
) -> ProcessRow:
    return ProcessRow(
        id=process.id, name=process.name, version=last.number if last else 0,
        published_at=last.published_at if last else None,
        differs=last is not None and last.digest != processes.digest_of(process.draft),
        begins_with=last.begins_with if last else "", going=going[0], stuck=going[1],
        by=people.get(process.changed_by or 0), changed_at=process.changed_at,
    )  # fmt: skip


def _newest(session: Session, ids: Sequence[int]) -> Mapping[int, ProcessVersion]:
    rows = session.scalars(
        select(ProcessVersion).where(ProcessVersion.process_id.in_(ids)).order_by(ProcessVersion.number)
    )
    return {each.process_id: each for each in rows}


def _going(session: Session) -> Mapping[int, tuple[int, int]]:
    """Count the runs under way of each process, and those of them that are stuck."""
    rows = session.execute(
        select(ProcessVersion.process_id, func.count(), func.count(Run.stuck_at))
        .join(Run, Run.version_id == ProcessVersion.id).where(Run.ended_at.is_(None))
        .group_by(ProcessVersion.process_id)
    )  # fmt: skip
    return {row[0]: (row[1], row[2]) for row in rows}
