"""The programs of others that processes tell of deals: named by admins, each with a secret that is shown once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import web_hooks
from crm.web import left_behind
from crm.web_hooks import WebHook
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.audit_kinds import Kind, add_kind
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/web-hooks"

add_room(
    Room(href=HOME, name=N_("Web hooks"), icon="flow", order=66, role="admin", within="/settings",
         about=N_("Programs of others that processes tell of deals"))
)  # fmt: skip


@page("GET", HOME, role="admin")
async def every(request: web.Request) -> web.StreamResponse:
    """Show them."""
    return await _show(request)


@page("POST", HOME, role="admin")
async def name_one(request: web.Request) -> web.StreamResponse:
    """Name one, and show its secret this once."""
    said, viewer = await form(request), viewer_of(request)

    def keep(session: Session) -> tuple[str, str]:
        row = web_hooks.name_one(
            session, viewer, said.get("name", ""), said.get("url", ""), inside=bool(said.get("inside"))
        )
        return row.name, row.secret

    return await _show(request, *await request.app[DB].write(keep))


@page("POST", "/web-hooks/{id}/removal", role="admin")
async def take_off(request: web.Request) -> web.StreamResponse:
    """Take one off."""
    viewer = viewer_of(request)

    def take(session: Session) -> str:
        row, left = left_behind.after(session, lambda: web_hooks.take_off(session, viewer, path_id(request)))
        if row is None:
            raise Problem(404, _("There is no such web hook."))
        return row.name + left

    name = await request.app[DB].write(take)
    return await changed(request, Toast(text=_("Taken off: %(name)s", name=name)), back=HOME)


async def _show(request: web.Request, name: str = "", secret: str = "") -> web.StreamResponse:
    rows = await request.app[DB].read(
        lambda session: [(row.id, row.name, row.url, row.inside) for row in web_hooks.every(session)]
    )
    response = await render(
        request, "web_hooks.html", title=_("Web hooks"), back=Back("/settings", _("Settings")), hooks=rows,
        named=name, secret=secret,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    return dict(session.execute(select(WebHook.id, WebHook.name).where(WebHook.id.in_(ids))).all())


def _admins(_session: Session, viewer: Viewer, _number: int) -> bool:
    return viewer.role == "admin"


add_kind(Kind(web_hooks.KIND, N_("Web hook"), HOME, _names, _admins))
