"""The room Settings: everything that is set up here and not every day, each with a sentence."""

from __future__ import annotations

from aiohttp import web

from hub.languages import N_, _
from hub.web.frame import Room, add_room, rooms_for
from hub.web.pages import page, render, viewer_of

add_room(Room(href="/settings", name=N_("Settings"), icon="gear", order=90, key="s"))


@page("GET", "/settings")
async def settings(request: web.Request) -> web.StreamResponse:
    """Show the rooms within that are open to this viewer."""
    rooms = rooms_for(viewer_of(request), "/settings")
    return await render(request, "settings.html", title=_("Settings"), rooms=rooms)
