"""The content of a document: a PDF to be looked at, a DOCX to be saved; never run by a browser."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from sqlalchemy.orm import Session

from crm import document_sendings
from crm.web.deal_documents import found
from crm.web.files import disposition
from hub.languages import _
from hub.letters import Enclosure
from hub.users import Viewer
from hub.web.keys import BLOBS, DB
from hub.web.pages import page, path_id, viewer_of
from hub.web.problems import Problem

# A browser shows a PDF by a program of its own, which wants these; a page of ours may frame it.
POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@page("GET", "/documents/{id}/content")
async def content(request: web.Request) -> web.StreamResponse:
    """Give a document."""
    file = await request.app[DB].read(_file, viewer_of(request), path_id(request))
    return paper(request.app[BLOBS].path(file.blob), file, save="save" in request.query)


def paper(path: Path, file: Enclosure, *, save: bool = False) -> web.FileResponse:
    """Answer with a document: a PDF is shown unless it is to be saved."""
    if not path.is_file():
        raise Problem(410, _("This file is no longer kept."))
    shown = file.type == document_sendings.TYPES["pdf"] and not save
    how = disposition(file.name)
    return web.FileResponse(path, headers={
        "Content-Type": file.type,
        "Content-Disposition": how.replace("attachment", "inline", 1) if shown else how,
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    })  # fmt: skip


def preview(content: bytes, format_: str) -> web.Response:
    """Answer with what a document would be."""
    how = disposition(f"{_('preview')}.{format_}")
    return web.Response(body=content, headers={
        "Content-Type": document_sendings.TYPES[format_],
        "Content-Disposition": how.replace("attachment", "inline", 1) if format_ == "pdf" else how,
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    })  # fmt: skip


def _file(session: Session, viewer: Viewer, document_id: int) -> Enclosure:
    return document_sendings.enclosure(session, found(session, viewer, document_id))
