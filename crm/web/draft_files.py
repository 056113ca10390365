"""Files that go along with a draft: dropped onto it or chosen, one after the other into the blob folder."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from aiohttp import BodyPartReader, web
from sqlalchemy.orm import Session

from crm import letter_drafts
from crm.letter_drafts import DraftFile
from crm.letter_writing import LARGEST
from crm.web.composer import File, files, own
from hub.blobs import Blobs
from hub.languages import _
from hub.letters import Enclosure
from hub.users import Viewer
from hub.web.keys import BLOBS, DB
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

MOST = 50  # files of one letter
NAME = 200
AT_ONCE = 20  # in one request
UNKNOWN = "application/octet-stream"


@page("POST", "/drafts/{id}/files")
async def add(request: web.Request) -> web.StreamResponse:
    """Have files go along."""
    viewer, draft_id = viewer_of(request), path_id(request)
    room = await request.app[DB].read(_room, viewer, draft_id)
    for file in await received(request, room, LARGEST):
        await request.app[DB].write(_add, viewer, draft_id, file)
    return await _show(request)


@page("DELETE", "/drafts/{id}/files/{file}")
async def remove(request: web.Request) -> web.StreamResponse:
    """Have a file stay here."""
    await request.app[DB].write(_remove, viewer_of(request), path_id(request), path_id(request, "file"))
    return await _show(request)


async def _show(request: web.Request) -> web.StreamResponse:
    draft_id = path_id(request)
    if not is_fragment(request):
        return await changed(request, Toast(text=_("Draft kept")), back=f"/drafts/{draft_id}")
    shown = await request.app[DB].read(_files, viewer_of(request), draft_id)
    return await render(request, "_draft_files.html", files=shown, draft_id=draft_id)


async def received(request: web.Request, room: int, largest: int, each: int = 0) -> list[Enclosure]:
    """Read the files of a posted form into the blob folder, as many bytes as there is room for of `largest`.

    A file alone has at most `each`, where that is said.
    """
    if not request.content_type.startswith("multipart/"):
        raise Problem(415, _("Send files as a form does."))
    found: list[Enclosure] = []
    with suppress(ValueError, LookupError):  # what is no whole form ends here
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.filename and len(found) < AT_ONCE:
                file = await _read(part, room, largest, each, request.app[BLOBS])
                room -= file.size
                found.append(file)
    return found


async def _read(part: BodyPartReader, room: int, largest: int, each: int, blobs: Blobs) -> Enclosure:
    size, name = 0, " ".join((part.filename or "").replace("\0", "").split())[-NAME:]
    with NamedTemporaryFile(dir=blobs.folder, suffix=".coming") as written:
        while chunk := await part.read_chunk(256 * 1024):
            size += len(chunk)
            if each and size > each:
                raise Problem(
                    413, _("“%(name)s” is too large: at most %(most)s MB.", name=name, most=each // 1024**2)
                )
            if size > room:
                raise Problem(413, _("All files together have at most %(most)s MB.", most=largest // 1024**2))
            await asyncio.to_thread(written.write, chunk)
        written.flush()
        blob = await blobs.put_file(Path(written.name))
    kind = part.headers.get("Content-Type", UNKNOWN).partition(";")[0].strip().lower()[:NAME]
    return Enclosure(name=name or _("file"), type=kind or UNKNOWN, blob=blob, size=size)


def _room(session: Session, viewer: Viewer, draft_id: int) -> int:
    return LARGEST - sum(
        each.size for each in letter_drafts.files_of(session, own(session, viewer, draft_id).id)
    )


def _add(session: Session, viewer: Viewer, draft_id: int, file: Enclosure) -> None:
    draft = own(session, viewer, draft_id)
    known = letter_drafts.files_of(session, draft.id)
    if len(known) >= MOST:
        raise Problem(413, _("A letter takes at most %(most)s files along.", most=MOST))
    letter_drafts.attach(session, draft, file)


def _remove(session: Session, viewer: Viewer, draft_id: int, file_id: int) -> None:
    draft, file = own(session, viewer, draft_id), session.get(DraftFile, file_id)
    if file is None or file.draft_id != draft.id:
        raise Problem(404, _("There is no such file."))
    session.delete(file)


def _files(session: Session, viewer: Viewer, draft_id: int) -> list[File]:
    return files(session, own(session, viewer, draft_id))
