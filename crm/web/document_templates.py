"""Templates of documents: made, kept as versions, counted by series of their own. Trials: template_trials.py."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import document_trials
from crm.documents import DocumentVersion
from crm.web import document_template_views as views
from crm.web import left_behind
from crm.web.composer import whole_number
from crm.web.document_making import MAKER
from crm.web.document_template_views import template_of
from crm.web.files import disposition
from hub.blobs import Blobs
from hub.languages import LANGUAGES, N_, _
from hub.users import Viewer
from hub.web.frame import Back, Room, add_room
from hub.web.keys import BLOBS, DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/document-templates"
MOST_TEXT = 200_000  # letters of a template that is written on the page
FORMATS = {"pdf": N_("PDF, written in typst"), "docx": N_("DOCX, from Word or LibreOffice")}

add_room(
    Room(href=HOME, name=N_("Templates of documents"), icon="doc", order=66, role="manager", within="/settings",
         about=N_("Quotes, contracts and reports: what they look like and how they are counted"))
)  # fmt: skip

Values = Mapping[str, str]


@page("GET", HOME, role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show the templates."""
    await request.app[MAKER].bring()
    rows = await request.app[DB].read(views.listed)
    return await render(
        request, "document_templates.html", title=_("Templates of documents"), rows=rows,
        formats=[(key, _(words)) for key, words in FORMATS.items()], back=Back("/settings", _("Settings")),
    )  # fmt: skip


@page("POST", HOME, role="manager")
async def make(request: web.Request) -> web.StreamResponse:
    """Make a template, which has no version yet."""
    said = await form(request)
    made = await request.app[DB].write(_make, viewer_of(request), said)
    toast = Toast(text=_("Made: now bring its text or its file"), href=f"{HOME}/{made}", words=_("Go there"))
    return await changed(request, toast, back=f"{HOME}/{made}")


@page("GET", HOME + "/{id}", role="manager")
async def one(request: web.Request) -> web.StreamResponse:
    """Show a template; `deal` is of which deal it is shown what may be said."""
    deal_id = whole_number(request.query.get("deal", ""))
    shown = await request.app[DB].read(views.shown, path_id(request), deal_id)
    if shown.format == "pdf":
        text = await _text(request.app[BLOBS], await request.app[DB].read(_newest, shown.id))
        shown = msgspec.structs.replace(shown, text=text)
    return await render(
        request, "document_template.html", title=shown.name, back=Back(HOME, _("Templates of documents")), one=shown,
        languages=list(LANGUAGES.items()),
    )  # fmt: skip


@page("GET", HOME + "/{id}/versions/{version}", role="manager")
async def version(request: web.Request) -> web.StreamResponse:
    """Give a version to be saved."""
    blob, name = await request.app[DB].read(_version, path_id(request), path_id(request, "version"))
    path = request.app[BLOBS].path(blob)
    if not path.is_file():
        raise Problem(410, _("This file is no longer kept."))
    return web.FileResponse(path, headers={
        "Content-Type": "application/octet-stream", "Content-Disposition": disposition(name),
        "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store",
    })  # fmt: skip


@page("POST", HOME + "/{id}", role="manager")
async def change(request: web.Request) -> web.StreamResponse:
    """Have its numbers be written otherwise."""
    said, template_id = await form(request), path_id(request)
    coming = await request.app[DB].write(_change, viewer_of(request), template_id, said)
    return await changed(
        request, Toast(text=_("The next one is %(number)s", number=coming)), back=f"{HOME}/{template_id}"
    )


@page("POST", HOME + "/{id}/retirement", role="manager")
async def retire(request: web.Request) -> web.StreamResponse:
    """Have nothing more be made of it."""
    name = await request.app[DB].write(_retire, viewer_of(request), path_id(request), retired=True)
    toast = Toast(text=_("Retired: %(name)s", name=name), undo=f"{HOME}/{path_id(request)}/retirement")
    return await changed(request, toast, back=f"{HOME}/{path_id(request)}")


@page("DELETE", HOME + "/{id}/retirement", role="manager")
async def take_up(request: web.Request) -> web.StreamResponse:
    """Have documents be made of it again."""
    name = await request.app[DB].write(_retire, viewer_of(request), path_id(request), retired=False)
    return await changed(
        request, Toast(text=_("Taken up again: %(name)s", name=name)), back=f"{HOME}/{path_id(request)}"
    )


async def _text(blobs: Blobs, blob: str) -> str:
    """Give the text of a version to go on from, "" where there is none that a page can hold."""
    try:
        content = await blobs.get(blob) if blob else b""
        return content.decode() if len(content) <= MOST_TEXT else ""
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def _newest(session: Session, template_id: int) -> str:
    """Give what is gone on from: what was brought last, else the newest version."""
    trial = next(iter(document_trials.trials_of(session, template_id)), None)
    version = next(iter(document_trials.versions_of(session, template_id)), None)
    return trial.blob if trial else version.blob if version else ""


def _make(session: Session, viewer: Viewer, said: Values) -> int:
    return document_trials.make(
        session, viewer, said.get("name", ""), said.get("format", ""), said.get("pattern", "")
    ).id


def _change(session: Session, viewer: Viewer, template_id: int, said: Values) -> str:
    template = template_of(session, template_id)
    document_trials.set_pattern(session, viewer, template, said.get("pattern", ""))
    return views.coming(session, template)


def _retire(session: Session, viewer: Viewer, template_id: int, *, retired: bool) -> str:
    template = template_of(session, template_id)
    change = document_trials.retire if retired else document_trials.take_up
    _done, left = left_behind.after(session, lambda: change(session, viewer, template))
    return _(template.name) + left


def _version(session: Session, template_id: int, version_id: int) -> tuple[str, str]:
    found = session.get(DocumentVersion, version_id)
    if found is None or found.template_id != template_id:
        raise Problem(404, _("There is no such version."))
    template = template_of(session, template_id)
    kind = "typ" if template.format == "pdf" else template.format
    marks = filter(None, (template.ready or template.name, found.language, str(found.version)))
    return found.blob, f"{'-'.join(marks).replace(' ', '-')}.{kind}"
