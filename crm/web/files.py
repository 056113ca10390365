"""Files that came with a request: handed out to whoever may see its contact, and never run by a browser."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.attachments import Attachment
from crm.conversations import Interaction
from crm.rights import sees_interaction
from crm.web.chat_files import AUDIO, VIDEO
from crm.web.file_words import PICTURES
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import BLOBS, DB
from hub.web.pages import page, path_id, viewer_of
from hub.web.problems import Problem

# What a stranger claims about a file is repeated only where no browser would do anything with it.
HARMLESS = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"})
SHOWN = HARMLESS | AUDIO | VIDEO
UNKNOWN = "application/octet-stream"


@page("GET", "/files/{id}")
async def file(request: web.Request) -> web.StreamResponse:
    """Give one file to be saved; a picture with `look` to be looked at."""
    found = await request.app[DB].read(_find, viewer_of(request), path_id(request))
    if found is None:
        raise Problem(404, _("There is no such file, or it belongs to a contact of another department."))
    path = request.app[BLOBS].path(found.blob)
    if not path.is_file():
        raise Problem(410, _("This file is no longer kept."))
    claimed = found.type.partition(";")[0].strip().lower()
    looked_at = "look" in request.query and claimed in PICTURES
    return web.FileResponse(path, headers={
        "Content-Type": claimed if claimed in SHOWN else UNKNOWN,
        "Content-Disposition": "inline" if looked_at else disposition(found.name),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
    })  # fmt: skip


def disposition(name: str) -> str:
    """Have a file saved under its name: in ASCII for old programs, in full for all others (RFC 6266)."""
    plain = "".join(letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_"
                    for letter in name)  # fmt: skip
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _find(session: Session, viewer: Viewer, file_id: int) -> Attachment | None:
    wanted = select(Attachment).join(Interaction).where(Attachment.id == file_id, sees_interaction(viewer))
    return session.scalar(wanted)
