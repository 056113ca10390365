"""Letters of ours after they were written: taken back, sent again, written anew, or said to have arrived."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import letter_drafts, letter_fates, letter_writing
from crm.conversations import Interaction
from crm.desk import Refusal
from crm.rights import sees_interaction
from crm.sendings import Sending
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, page, path_id, viewer_of
from hub.web.problems import Problem

Deed = Callable[[Session, Viewer, Interaction], None]


@page("DELETE", "/letters/{id}")
async def take_back(request: web.Request) -> web.StreamResponse:
    """Take a letter back that has not left: it is a draft again."""
    contact_id, draft_id = await request.app[DB].write(_take_back, viewer_of(request), path_id(request))
    href = f"/contacts/{contact_id}?draft={draft_id}#composer" if draft_id else f"/contacts/{contact_id}"
    toast = Toast(text=_("Taken back: it is a draft again"), href=href, words=_("Go on writing"))
    return await changed(request, toast, back=href)


@page("POST", "/letters/{id}/again")
async def send_again(request: web.Request) -> web.StreamResponse:
    """Send a letter once more that is not known to have left."""
    contact_id = await request.app[DB].write(
        _do, viewer_of(request), path_id(request), letter_fates.send_again
    )
    return await changed(request, Toast(text=_("It is sent again")), back=f"/contacts/{contact_id}")


@page("POST", "/letters/{id}/arrival")
async def did_arrive(request: web.Request) -> web.StreamResponse:
    """Say that a letter did arrive of which nobody knows."""
    contact_id = await request.app[DB].write(
        _do, viewer_of(request), path_id(request), letter_fates.did_arrive
    )
    return await changed(
        request, Toast(text=_("Written down: it did arrive")), back=f"/contacts/{contact_id}"
    )


@page("POST", "/letters/{id}/draft")
async def write_anew(request: web.Request) -> web.StreamResponse:
    """Begin a letter with what stands in one that did not arrive."""
    contact_id, draft_id = await request.app[DB].write(_write_anew, viewer_of(request), path_id(request))
    href = f"/contacts/{contact_id}?draft={draft_id}#composer"
    toast = Toast(text=_("There is a draft of it"), href=href, words=_("Go on writing"))
    return await changed(request, toast, back=href)


def _take_back(session: Session, viewer: Viewer, touch_id: int) -> tuple[int, int]:
    touch = _ours(session, viewer, touch_id)
    wanted = letter_writing.withdraw(session, viewer, touch)
    if viewer.user_id is None:
        return wanted.contact_id, 0
    return wanted.contact_id, letter_drafts.begin(session, viewer.user_id, replace(wanted, at=None)).id


def _write_anew(session: Session, viewer: Viewer, touch_id: int) -> tuple[int, int]:
    touch = _ours(session, viewer, touch_id)
    if viewer.user_id is None:
        raise Refusal(_("Only a person writes drafts."))
    wanted = session.get_one(Sending, touch.id).letter
    anew = replace(wanted, at=None, contact_id=touch.contact_id, conversation_id=touch.conversation_id)
    return touch.contact_id, letter_drafts.begin(session, viewer.user_id, anew).id


def _do(session: Session, viewer: Viewer, touch_id: int, deed: Deed) -> int:
    touch = _ours(session, viewer, touch_id)
    deed(session, viewer, touch)
    return touch.contact_id


def _ours(session: Session, viewer: Viewer, touch_id: int) -> Interaction:
    """Give a letter of ours that this viewer may see."""
    wanted = select(Interaction).join(Sending, Sending.interaction_id == Interaction.id)
    found = session.scalar(wanted.where(Interaction.id == touch_id, sees_interaction(viewer)))
    if found is None:
        raise Problem(404, _("There is no such letter, or it was taken back."))
    return found
