"""The road from a browser to the live consoles: `/live`."""

from __future__ import annotations

from aiohttp import web

from hub.languages import _
from hub.live import LIVE, NOT_SIGNED_IN
from hub.web.keys import CALLER
from hub.web.origin import is_own
from hub.web.problems import Problem


async def live(request: web.Request) -> web.StreamResponse:
    """Open a WebSocket for a signed-in person; a foreign page gets none, since browsers let it try."""
    if not is_own(request):
        raise Problem(403, _("This came from another site."))
    if not web.WebSocketResponse().can_prepare(request):
        raise Problem(
            426, _("A WebSocket is spoken here."), headers={"Upgrade": "websocket", "Connection": "Upgrade"}
        )
    caller = request[CALLER]
    if caller.sign_in is None or caller.viewer is None:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await socket.close(code=NOT_SIGNED_IN)
        return socket
    return await request.app[LIVE].serve(request, caller.sign_in, caller.viewer)
