"""How a web chat comes onto a site: a line to be copied, what a strict site has to allow, a page to try it in."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web
from sqlalchemy.orm import Session

from connectors.webchat.settings import ChatSettings
from hub import channel_changes
from hub.audit import Entry
from hub.channel_changes import Refusal
from hub.channels import Channel
from hub.languages import _
from hub.shapes import convert
from hub.users import Viewer
from hub.web.channel_deeds import answer_change
from hub.web.channels import find
from hub.web.frame import Back, has_role
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import form as posted
from hub.web.pages import page, path_id, render, viewer_of
from hub.web.problems import Problem
from hub.web.shell import POLICY

KIND = "webchat"


class Chat(NamedTuple):
    """A web chat's channel."""

    id: int
    title: str
    token: str
    settings: ChatSettings


@page("GET", "/web-chats/{id}", role="manager")
async def sites(request: web.Request) -> web.StreamResponse:
    """Show the ways."""
    return await _show(request, await _asked(request))


@page("POST", "/web-chats/{id}", role="admin")
async def allow(request: web.Request) -> web.StreamResponse:
    """Say which sites may have it."""
    chat = await _asked(request)
    text = (await posted(request)).get("origins", "")
    origins = [line.strip().rstrip("/") for line in text.splitlines() if line.strip()]
    try:
        entry = await request.app[DB].write(_save, viewer_of(request), chat.id, origins)
    except Refusal as refusal:
        return await _show(request, chat, text, str(refusal))
    return await answer_change(request, chat.id, entry, f"/web-chats/{chat.id}")


@page("GET", "/web-chats/{id}/preview", role="manager")
async def preview(request: web.Request) -> web.StreamResponse:
    """Give a page such as a site has, with the chat in it: what is written there comes in like a visitor's."""
    chat = await _asked(request)
    response = await render(request, "chat_preview.html", chat=chat)
    response.headers["Content-Security-Policy"] = f"{POLICY}frame-ancestors 'self'"
    return response


def snippet(hub: str, token: str) -> str:
    """Give the line for a page: imported, since a page waits for a script that stands in it, also for a dead one."""
    return f'<script>import("{hub}/chat/{token}.js").catch(() => {{}})</script>'


def policy(hub: str) -> str:
    """Give what a site with a Content-Security-Policy has to allow."""
    sockets = hub.replace("http", "ws", 1)
    return f"script-src {hub}; connect-src {hub} {sockets}; img-src {hub}"


async def _show(request: web.Request, chat: Chat, text: str | None = None, error: str = "") -> web.Response:
    hub = base_url(request)
    return await render(
        request, "chat_sites.html", status=422 if error else 200, title=chat.title, sub=_("Web chat"), chat=chat,
        hosted=f"{hub}/chat/{chat.token}", snippet=snippet(hub, chat.token), policy=policy(hub),
        strict=f'<script src="{hub}/chat/{chat.token}.js" async></script>',
        origins="\n".join(chat.settings.origins) if text is None else text, error=error,
        may_change=has_role(viewer_of(request), "admin"), back=Back(f"/channels/{chat.id}", chat.title),
    )  # fmt: skip


async def _asked(request: web.Request) -> Chat:
    return await request.app[DB].read(_chat, path_id(request))


def _chat(session: Session, channel_id: int) -> Chat:
    row = session.get(Channel, channel_id)
    if row is None or row.kind != KIND:
        raise Problem(404, _("There is no such chat."))
    return Chat(row.id, row.title, row.token, convert(row.settings, ChatSettings))


def _save(session: Session, viewer: Viewer, channel_id: int, origins: list[str]) -> Entry | None:
    row = find(session, channel_id, lock=True)
    return channel_changes.change(session, viewer, row, {**row.settings, "origins": origins})
