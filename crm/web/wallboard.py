"""The room Wallboard: who waits in which queue, how the day goes, who answers. For a big screen and for a phone."""

from __future__ import annotations

import msgspec
from aiohttp import web

from crm.web.wall_views import Shown, shown
from hub.languages import N_, _
from hub.web.frame import Room, add_room
from hub.web.keyboard import LISTS, add_key
from hub.web.keys import DB
from hub.web.pages import page, render, viewer_of

HERE = "/wallboard"

add_room(Room(href=HERE, name=N_("Wallboard"), icon="screen", order=40, key="w"))
add_key("b", N_("Wallboard on the big screen, and back"), LISTS)


@page("GET", "/wallboard")
async def wallboard(request: web.Request) -> web.StreamResponse:
    """Show it; with `screen` for a screen on the wall, without anything around."""
    wall = await _wall(request)
    return await render(
        request, "wallboard.html", title=_("Wallboard"), sub="", big="screen" in request.query,
        **msgspec.structs.asdict(wall),
    )  # fmt: skip


@page("GET", "/wallboard/now")
async def now_shown(request: web.Request) -> web.StreamResponse:
    """Show the part of it that changes."""
    wall, big = await _wall(request), "screen" in request.query
    return await render(request, "_wall.html", big=big, **msgspec.structs.asdict(wall))


async def _wall(request: web.Request) -> Shown:
    return await request.app[DB].read(shown, viewer_of(request))
