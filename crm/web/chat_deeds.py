"""Messages of ours in chats after they were written: tried again, or said to have left."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_writing
from crm.chats import ChatMessage
from crm.conversations import Interaction
from crm.rights import sees_interaction
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, page, path_id, viewer_of
from hub.web.problems import Problem

Deed = Callable[[Session, Viewer, ChatMessage], None]


@page("POST", "/chat-messages/{id}/again")
async def send_again(request: web.Request) -> web.StreamResponse:
    """Send a message once more that did not leave, or is not known to have left."""
    contact_id = await request.app[DB].write(
        _do, viewer_of(request), path_id(request), chat_writing.try_again
    )
    return await changed(request, Toast(text=_("It is sent again")), back=f"/contacts/{contact_id}")


@page("POST", "/chat-messages/{id}/arrival")
async def did_leave(request: web.Request) -> web.StreamResponse:
    """Say that a message did leave of which nobody knows."""
    contact_id = await request.app[DB].write(_do, viewer_of(request), path_id(request), chat_writing.settle)
    return await changed(request, Toast(text=_("Written down: it left")), back=f"/contacts/{contact_id}")


def _do(session: Session, viewer: Viewer, touch_id: int, deed: Deed) -> int:
    wanted = select(Interaction).join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
    ours = wanted.where(
        Interaction.id == touch_id, ChatMessage.outgoing_id.is_not(None), sees_interaction(viewer)
    )
    touch = session.scalar(ours)
    if touch is None:
        raise Problem(404, _("There is no such message, or it is not yours to see."))
    deed(session, viewer, session.get_one(ChatMessage, touch.id))
    return touch.contact_id
