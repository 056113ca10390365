"""The built files of the browser side: names with a hash are kept for ever, compressed twins preferred."""

from __future__ import annotations

import re

from aiohttp import web

from hub.languages import _
from hub.web.environment import STATIC
from hub.web.problems import Problem

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
HASHED = re.compile(r"-[0-9a-f]{10}\.")
WORKER, SCOPE = "visits-worker-", "/visits"
"""The one script that may answer for pages (js/visits-worker.js), and for which."""
FOR_EVER = "public, max-age=31536000, immutable"


async def static_file(request: web.Request) -> web.FileResponse:
    """Give one file; only those that the build made are there."""
    name = request.match_info["name"]
    path = STATIC / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise Problem(404, _("There is nothing at this address."))
    lasts = FOR_EVER if HASHED.search(name) else "public, no-cache"
    headers = {"Cache-Control": lasts, "Vary": "Accept-Encoding"}
    if name.startswith(WORKER):
        headers["Service-Worker-Allowed"] = SCOPE
    return web.FileResponse(path, headers=headers)
