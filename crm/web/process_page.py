"""One process: its draft, drawn in the browser and checked here, its versions, and its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec
from aiohttp import web
from aiohttp.web_request import FileField
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import process_diagrams, processes
from crm.desk import Refusal
from crm.process_elements import Diagram
from crm.process_faults import Fault
from crm.process_xml import NotBpmn
from crm.processes import Faulty, Overtaken, Process, ProcessVersion
from crm.web.people import Person, people_of
from crm.web.process_pieces import Pieces, pieces
from crm.web.process_words import words
from crm.web.processes import HOME, process_with, read_file
from crm.web.stressed import stressed
from crm.web.zones import zone_of
from hub.languages import _, ngettext
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of
from hub.web.problems import Problem

XML = "application/xml"


class FaultRow(msgspec.Struct, frozen=True):
    """What is wrong, at which element: that one's name, "" where it is the whole."""

    element: str
    words: Markup


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A published version."""

    number: int
    at: datetime
    by: Person | None


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _process_drawn.html; `was` tells this draft from another, `differs` from the newest version."""

    id: int
    was: str
    faults: Sequence[FaultRow]
    differs: bool
    versions: Sequence[VersionRow]
    changed_at: datetime
    by: Person | None


class Newer(msgspec.Struct, frozen=True, kw_only=True):
    """The values of process_newer.html: the draft of a colleague, and `diagram`, the file that would replace it."""

    id: int
    name: str
    by: Person | None
    at: datetime
    was: str
    diagram: str


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """The values of process.html; `steps` are the elements of the draft, for whoever cannot draw here."""

    name: str
    drawn: Drawn
    pieces: Pieces
    steps: Sequence[tuple[str, str]]


@page("GET", "/processes/{id}", role="manager")
async def process(request: web.Request) -> web.StreamResponse:
    """Show a process to be drawn."""
    shown = await request.app[DB].read(_whole, path_id(request))
    return await render(
        request, "process.html", title=shown.name, sub="", back=Back(HOME, _("Processes")), process=shown,
        drawn=shown.drawn, words=words(),
    )  # fmt: skip


@page("GET", "/processes/{id}/draft", role="manager")
async def draft(request: web.Request) -> web.StreamResponse:
    """Give the draft as a file, byte for byte."""
    name, xml = await request.app[DB].read(
        lambda session: (
            process_with(session, path_id(request)).name,
            process_with(session, path_id(request)).draft,
        )
    )
    return bpmn(f"{name}.bpmn", xml, "private, no-store")


@page("GET", "/processes/{id}/versions/{number}", role="manager")
async def version(request: web.Request) -> web.StreamResponse:
    """Give a version as a file, byte for byte."""
    name, xml = await request.app[DB].read(_version, path_id(request), path_id(request, "number"))
    return bpmn(f"{name}-{path_id(request, 'number')}.bpmn", xml, "private, max-age=86400")


@page("POST", "/processes/{id}/draft", role="manager")
async def draw(request: web.Request) -> web.StreamResponse:
    """Keep the draft, and tell its mark; what is wrong in it is asked for."""
    said = await form(request)
    xml, was = said.get("diagram", "").encode(), said.get("was", "")
    kept = await request.app[DB].write(_keep, viewer_of(request), path_id(request), xml, was)
    return web.json_response({"was": kept})


@page("POST", "/processes/{id}/file", role="manager")
async def take_file(request: web.Request) -> web.StreamResponse:
    """Have a file be the draft; where a colleague drew since the page was opened, ask first."""
    asked = await form(request)
    raw = await _given(request, asked)
    newer = await request.app[DB].write(
        _replace, viewer_of(request), path_id(request), raw, asked.get("was", "")
    )
    here = f"{HOME}/{path_id(request)}"
    if newer is not None:
        back = Back(here, newer.name)
        return await render(
            request, "process_newer.html", status=409, title=newer.name, back=back, newer=newer
        )
    return await changed(
        request, Toast(text=_("The file is the draft now"), href=here, words=_("Show it")), back=here
    )


async def _given(request: web.Request, asked: Mapping[str, str]) -> bytes:
    """Give the file that was sent, or the one that was sent before and is still wanted."""
    given = (await request.post()).get("file")
    if isinstance(given, FileField) and given.filename:
        return await read_file(given)
    if not asked.get("diagram"):
        raise Refusal(_("Choose a file"))
    return asked["diagram"].encode()


@page("POST", "/processes/{id}/publication", role="manager")
async def publish(request: web.Request) -> web.StreamResponse:
    """Publish the draft."""
    number, name = await request.app[DB].write(_publish, viewer_of(request), path_id(request))
    text = _("Published: %(name)s, version %(number)s", name=name, number=number)
    return await changed(request, Toast(text=text), back=f"{HOME}/{path_id(request)}")


@page("GET", "/processes/{id}/drawn", role="manager")
async def drawn(request: web.Request) -> web.StreamResponse:
    """Show how far it is drawn and published."""
    shown = await request.app[DB].read(
        lambda session: _drawn(session, process_with(session, path_id(request)))
    )
    return await render(request, "_process_drawn.html", drawn=shown)


def bpmn(name: str, xml: str, lasts: str) -> web.Response:
    """Give a diagram as a file that no browser runs anything of."""
    plain = "".join(each if each.isalnum() or each in " -." else "_" for each in name)
    headers = {
        "Cache-Control": lasts, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(plain)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }  # fmt: skip
    return web.Response(body=xml.encode(), content_type=XML, headers=headers)


def _keep(session: Session, viewer: Viewer, process_id: int, xml: bytes, was: str) -> str:
    found = process_with(session, process_id)
    _draw(session, viewer, found, xml, was)
    session.flush()
    return processes.mark_of(found)


def _replace(session: Session, viewer: Viewer, process_id: int, xml: bytes, was: str) -> Newer | None:
    """Have a file be the draft, unless a colleague drew another since: give that."""
    found = process_with(session, process_id)
    # What he drew himself since, such as in the page itself, he knows of.
    knows = found.changed_by == viewer.user_id
    try:
        processes.draw(session, viewer, found, xml, "" if knows else was)
    except Overtaken:
        who = people_of(session, {found.changed_by}, zone_of(session)).get(found.changed_by or 0)
        return Newer(
            id=found.id, name=found.name, by=who, at=found.changed_at, was=processes.mark_of(found),
            diagram=xml.decode(),
        )  # fmt: skip
    except NotBpmn as error:
        raise Refusal(str(error)) from None
    return None


def _draw(session: Session, viewer: Viewer, found: Process, xml: bytes, was: str) -> None:
    try:
        processes.draw(session, viewer, found, xml, was)
    except (NotBpmn, Overtaken) as error:
        raise Refusal(str(error)) from None


def _publish(session: Session, viewer: Viewer, process_id: int) -> tuple[int, str]:
    found = process_with(session, process_id)
    try:
        made = processes.publish(session, viewer, found)
    except Faulty as error:
        wrong = len(error.faults)
        raise Refusal(
            ngettext(
                "Not published: %(num)s thing is wrong in it, such as: %(first)s",
                "Not published: %(num)s things are wrong in it, such as: %(first)s",
                wrong, num=wrong, first=str(error.faults[0].words),
            )
        ) from None  # fmt: skip
    return made.number, found.name


def _version(session: Session, process_id: int, number: int) -> tuple[str, str]:
    found = session.scalars(
        select(ProcessVersion).where(ProcessVersion.process_id == process_id, ProcessVersion.number == number)
    ).first()
    if found is None:
        raise Problem(404, _("There is no such process."))
    return session.get_one(Process, process_id).name, found.xml


def _whole(session: Session, process_id: int) -> Whole:
    found = process_with(session, process_id)
    diagram = process_diagrams.read(found.draft.encode())
    return Whole(
        name=found.name, drawn=_drawn(session, found, diagram), pieces=pieces(session),
        steps=[(node.id, node.called) for node in diagram.nodes.values()],
    )  # fmt: skip


def _drawn(session: Session, found: Process, diagram: Diagram | None = None) -> Drawn:
    session.flush()
    diagram = diagram or process_diagrams.read(found.draft.encode())
    versions = session.scalars(
        select(ProcessVersion)
        .where(ProcessVersion.process_id == found.id)
        .order_by(ProcessVersion.number.desc())
    ).all()
    people = people_of(
        session, {found.changed_by, *(each.published_by for each in versions)}, zone_of(session)
    )
    return Drawn(
        id=found.id,
        was=processes.mark_of(found),
        faults=[_fault(each) for each in processes.faults(session, diagram)],
        differs=not versions or versions[0].digest != processes.digest_of(found.draft),
        versions=[
            VersionRow(number=each.number, at=each.published_at, by=people.get(each.published_by or 0))
            for each in versions
        ],
        changed_at=found.changed_at,
        by=people.get(found.changed_by or 0),
    )


def _fault(fault: Fault) -> FaultRow:
    return FaultRow(fault.element, stressed(str(fault.words)))
