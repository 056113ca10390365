"""What waits, beside every page: the counts of the rooms and the bell ask for themselves when something changed."""

from __future__ import annotations

from aiohttp import web

from hub.web.frame import FRAME, navigation
from hub.web.keys import DB
from hub.web.pages import page, render, viewer_of


@page("GET", "/frame/rooms")
async def rooms(request: web.Request) -> web.StreamResponse:
    """Give the rooms as seen from the page `at`."""
    viewer, at = viewer_of(request), request.query.get("at", "")
    frame = await request.app[DB].read(request.app[FRAME], viewer)
    return await render(request, "_rooms.html", nav=navigation(viewer, at, frame.counts), at=at)


@page("GET", "/frame/bell")
async def bell(request: web.Request) -> web.StreamResponse:
    """Give the bell with the viewer's open alarms."""
    frame = await request.app[DB].read(request.app[FRAME], viewer_of(request))
    return await render(request, "_bell.html", alarms_open=frame.alarms_open)
