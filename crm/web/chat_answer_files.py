"""Files that go along with an answer in a chat: dropped onto it, pasted or chosen."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from crm import chat_drafts
from crm.chat_drafts import ChatDraft, ChatDraftFile
from crm.desk import Refusal
from crm.web.answer_box import files
from crm.web.composer import File
from crm.web.draft_files import received
from crm.web.seen import visible
from hub.languages import _
from hub.letters import Enclosure
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

MOST = 20  # files of one answer
LARGEST = 100 * 1024 * 1024  # bytes of all; a messenger's own limit is said when it is sent


@page("POST", "/contacts/{id}/answer/files")
async def add(request: web.Request) -> web.StreamResponse:
    """Have files go along."""
    viewer, contact_id = viewer_of(request), path_id(request)
    room = await request.app[DB].write(_room, viewer, contact_id)
    for file in await received(request, room, LARGEST):
        await request.app[DB].write(_add, viewer, contact_id, file)
    return await _show(request)


@page("DELETE", "/contacts/{id}/answer/files/{enclosure}")
async def remove(request: web.Request) -> web.StreamResponse:
    """Have a file stay here."""
    await request.app[DB].write(_remove, viewer_of(request), path_id(request), path_id(request, "enclosure"))
    return await _show(request)


async def _show(request: web.Request) -> web.StreamResponse:
    if not is_fragment(request):
        back = f"/contacts/{path_id(request)}?by=chat#composer"
        return await changed(request, Toast(text=_("Draft kept")), back=back)
    shown = await request.app[DB].read(_files, viewer_of(request), path_id(request))
    return await render(request, "_draft_files.html", files=shown)


def _room(session: Session, viewer: Viewer, contact_id: int) -> int:
    draft = _draft(session, viewer, contact_id)
    return LARGEST - sum(each.size for each in chat_drafts.files_of(session, draft.id))


def _add(session: Session, viewer: Viewer, contact_id: int, file: Enclosure) -> None:
    draft = _draft(session, viewer, contact_id)
    if len(chat_drafts.files_of(session, draft.id)) >= MOST:
        raise Problem(413, _("An answer takes at most %(most)s files along.", most=MOST))
    chat_drafts.attach(session, draft, file)


def _remove(session: Session, viewer: Viewer, contact_id: int, file_id: int) -> None:
    draft, file = _draft(session, viewer, contact_id), session.get(ChatDraftFile, file_id)
    if file is not None and file.draft_id == draft.id:  # else it was taken away already, or sent
        session.delete(file)


def _files(session: Session, viewer: Viewer, contact_id: int) -> list[File]:
    contact = visible(session, viewer, contact_id)
    draft = chat_drafts.draft_of(session, viewer.user_id, contact.id)
    return files(session, contact.id, draft) if draft else []


def _draft(session: Session, viewer: Viewer, contact_id: int) -> ChatDraft:
    contact = visible(session, viewer, contact_id)
    if viewer.user_id is None:
        raise Refusal(_("Only a person writes drafts."))
    return chat_drafts.locked(session, viewer.user_id, contact.id)
