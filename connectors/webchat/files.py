"""Files of a chat: each has an address that opens it and nothing else, since a picture in a page sends no pass."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from msgspec import structs

from connectors.webchat import passes
from connectors.webchat.desk import Desk, at_desk
from hub.clock import now
from hub.image_kinds import kind_of
from hub.languages import _
from hub.visits import Kept, Shown
from hub.web.keys import BLOBS
from hub.web.origin import base_url
from hub.web.problems import Problem

UNKNOWN = "application/octet-stream"
HEAD = 64  # bytes by which a picture is known
DIGITS = 15


async def file(request: web.Request) -> web.StreamResponse:
    """Give a file of a chat: shown where it is a picture beyond doubt, else to be saved."""
    found, path = await _asked(request)
    with path.open("rb") as opened:
        kind = kind_of(opened.read(HEAD))
    return web.FileResponse(path, headers={
        "Content-Type": kind or UNKNOWN,
        "Content-Disposition": f"{'inline' if kind else 'attachment'}; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": "private, max-age=86400",
    })  # fmt: skip


def with_addresses(request: web.Request, desk: Desk, message: Shown) -> Shown:
    """Say of a message's files where they are."""
    files = tuple(_with_address(request, desk, each) for each in message.files)
    return structs.replace(message, files=files) if files else message


async def _asked(request: web.Request) -> tuple[Kept, Path]:
    desk, number = at_desk(request, any_site=True), request.match_info["id"]
    file_id = int(number) if number.isascii() and number.isdigit() and len(number) <= DIGITS else 0
    may = passes.opens(desk.gate.settings.secret, file_id, request.match_info["opener"], now())
    found = await desk.reception.file(desk.channel.id, file_id) if may else None
    path = request.app[BLOBS].path(found.blob) if found else None
    if found is None or path is None or not path.is_file():
        raise Problem(404, _("There is no such file."))
    return found, path


def _with_address(request: web.Request, desk: Desk, kept: Kept) -> Kept:
    opener = passes.opener(desk.gate.settings.secret, kept.id, now())
    address = (
        f"{base_url(request)}/chat/{desk.channel.token}/files/{kept.id}/{opener}/{quote(kept.name, safe='')}"
    )
    return structs.replace(kept, blob="", href=address)
