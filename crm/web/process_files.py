"""The files of a process: its draft and its versions given byte for byte, and a file taken in as the draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

import msgspec
from aiohttp import web
from aiohttp.web_request import FileField
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import processes
from crm.desk import Refusal
from crm.process_xml import NotBpmn
from crm.processes import Overtaken, Process, ProcessVersion
from crm.web.people import Person, people_of
from crm.web.processes import HOME, process_with, read_file
from crm.web.zones import zone_of
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of
from hub.web.problems import Problem

XML = "application/xml"


class Newer(msgspec.Struct, frozen=True, kw_only=True):
    """The values of process_newer.html: the draft of a colleague, and `diagram`, the file that would replace it."""

    id: int
    name: str
    by: Person | None
    at: datetime
    was: str
    diagram: str


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


def bpmn(name: str, xml: str, lasts: str) -> web.Response:
    """Give a diagram as a file that no browser runs anything of."""
    plain = "".join(each if each.isalnum() or each in " -." else "_" for each in name)
    headers = {
        "Cache-Control": lasts, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(plain)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }  # fmt: skip
    return web.Response(body=xml.encode(), content_type=XML, headers=headers)


def _version(session: Session, process_id: int, number: int) -> tuple[str, str]:
    found = session.scalars(
        select(ProcessVersion).where(ProcessVersion.process_id == process_id, ProcessVersion.number == number)
    ).first()
    if found is None:
        raise Problem(404, _("There is no such process."))
    return session.get_one(Process, process_id).name, found.xml


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
