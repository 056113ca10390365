"""Files of ours that Viber fetches: it takes none, so it is given an address that only we can make, and that ends.

`GET /viber/{channel}/{until}/{blob}/{proof}/{name}`: the proof is made with the bot's token over all the rest.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

from aiohttp import web

from connectors.viber.settings import ViberSettings
from hub.clock import now
from hub.languages import _
from hub.letters import Enclosure
from hub.web.keys import BLOBS, CHANNELS
from hub.web.problems import Problem

LASTS = 14 * 24 * 3600
"""Seconds; as long as Viber tries to deliver a message."""
_BLOB = re.compile(r"[0-9a-f]{64}")
_SHOWN = {"image/jpeg", "image/png", "image/gif", "video/mp4"}
PATH = "/viber/{channel}/{until}/{blob}/{proof}/{name}"


def address_of(hub: str, channel: str, secret: str, file: Enclosure) -> str:
    """Give where Viber fetches a file."""
    until, name = str(int(now().timestamp()) + LASTS), quote(file.name or "file", safe="")
    proof = _proof(secret, channel, until, file.blob, file.name or "file")
    return f"{hub.rstrip('/')}/viber/{channel}/{until}/{file.blob}/{proof}/{name}"


async def fetched(request: web.Request) -> web.StreamResponse:
    """Give a file to who has its address."""
    asked = request.match_info
    secret = next(
        (
            cast("ViberSettings", each.connector.settings).secret
            for each in request.app[CHANNELS]
            if each.kind == "viber" and each.name == asked["channel"]
        ),
        "",
    )
    right = _proof(secret, asked["channel"], asked["until"], asked["blob"], asked["name"])
    proven = bool(secret) and hmac.compare_digest(right.encode(), asked["proof"].encode(errors="replace"))
    path = request.app[BLOBS].path(asked["blob"]) if _BLOB.fullmatch(asked["blob"]) else None
    if not proven or path is None or _is_over(asked["until"]) or not path.is_file():
        return Problem(404, _("There is no such file, or its address has ended.")).response()
    return web.FileResponse(path, headers=_headers(asked["name"]))


def _proof(secret: str, *parts: str) -> str:
    words = "\0".join(("file", *parts)).encode(errors="replace")
    return hmac.new(secret.encode(), words, hashlib.sha256).hexdigest()


def _is_over(until: str) -> bool:
    known = until.isascii() and until.isdigit() and len(until) <= 12  # noqa: PLR2004 - the year 33658
    return not known or datetime.fromtimestamp(int(until), UTC) < now()


def _headers(name: str) -> dict[str, str]:
    """Say what a file is, by its name; a browser shall run nothing of it."""
    ending = name.rpartition(".")[2].lower()
    kind = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif",
            "mp4": "video/mp4", "pdf": "application/pdf"}.get(ending, "application/octet-stream")  # fmt: skip
    shown = "inline" if kind in _SHOWN else "attachment"
    return {
        "Content-Type": kind, "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox", "Cache-Control": "private",
    }  # fmt: skip
