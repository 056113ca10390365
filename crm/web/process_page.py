"""One process: its draft, drawn in the browser and checked here, and its versions; its files: process_files.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import process_diagrams, processes
from crm.desk import Refusal
from crm.process_elements import Diagram
from crm.process_leftovers import leftovers
from crm.process_xml import NotBpmn
from crm.processes import Faulty, Overtaken, Process, ProcessVersion
from crm.web.people import Person, people_of
from crm.web.process_pieces import Pieces, pieces
from crm.web.process_words import words
from crm.web.processes import HOME, process_with
from crm.web.stressed import stressed
from crm.web.zones import zone_of
from hub.languages import _, ngettext
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of


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
    leftovers: Sequence[FaultRow]
    differs: bool
    versions: Sequence[VersionRow]
    changed_at: datetime
    by: Person | None


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


@page("POST", "/processes/{id}/draft", role="manager")
async def draw(request: web.Request) -> web.StreamResponse:
    """Keep the draft, and tell its mark; what is wrong in it is asked for."""
    said = await form(request)
    xml, was = said.get("diagram", "").encode(), said.get("was", "")
    kept = await request.app[DB].write(_keep, viewer_of(request), path_id(request), xml, was)
    return web.json_response({"was": kept})


@page("POST", "/processes/{id}/publication", role="manager")
async def publish(request: web.Request) -> web.StreamResponse:
    """Publish the draft that was seen."""
    was = (await form(request)).get("was", "")
    number, name = await request.app[DB].write(_publish, viewer_of(request), path_id(request), was)
    text = _("Published: %(name)s, version %(number)s", name=name, number=number)
    return await changed(request, Toast(text=text), back=f"{HOME}/{path_id(request)}")


@page("GET", "/processes/{id}/drawn", role="manager")
async def drawn(request: web.Request) -> web.StreamResponse:
    """Show how far it is drawn and published."""
    shown = await request.app[DB].read(
        lambda session: _drawn(session, process_with(session, path_id(request)))
    )
    return await render(request, "_process_drawn.html", drawn=shown)


def _keep(session: Session, viewer: Viewer, process_id: int, xml: bytes, was: str) -> str:
    found = process_with(session, process_id)
    _draw(session, viewer, found, xml, was)
    session.flush()
    return processes.mark_of(found)


def _draw(session: Session, viewer: Viewer, found: Process, xml: bytes, was: str) -> None:
    try:
        processes.draw(session, viewer, found, xml, was)
    except (NotBpmn, Overtaken) as error:
        raise Refusal(str(error)) from None


def _publish(session: Session, viewer: Viewer, process_id: int, was: str) -> tuple[int, str]:
    found = process_with(session, process_id)
    try:
        made = processes.publish(session, viewer, found, was)
    except Overtaken as error:
        raise Refusal(str(error)) from None
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


def _whole(session: Session, process_id: int) -> Whole:
    found = process_with(session, process_id)
    diagram = process_diagrams.read(found.draft.encode())
    return Whole(
        name=found.name, drawn=_drawn(session, found, diagram), pieces=pieces(session),
        steps=[(node.id, diagram.called(node.id)) for node in diagram.nodes.values()],
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
        faults=[
            FaultRow(each.element, stressed(str(each.words))) for each in processes.faults(session, diagram)
        ],
        leftovers=[
            FaultRow(each.element, stressed(str(each.words))) for each in leftovers(found.draft.encode())
        ],
        differs=not versions or versions[0].digest != processes.digest_of(found.draft),
        versions=[
            VersionRow(number=each.number, at=each.published_at, by=people.get(each.published_by or 0))
            for each in versions
        ],
        changed_at=found.changed_at,
        by=people.get(found.changed_by or 0),
    )
