"""The pictures within a letter: those that came along, and those that lie outside, fetched by the hub.

Their addresses are passes: each opens one picture that stands in one letter, to one sign-in. What cannot be shown is
a small picture that says why.
"""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from html import escape
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.attachments import Attachment
from crm.letter_reading import Address
from crm.rights import letter_for
from hub import passes
from hub.image_kinds import kind_of
from hub.image_sizes import HEAD, is_bearable
from hub.languages import _
from hub.remote_images import IMAGES, NotShownError
from hub.web.keys import BLOBS, DB
from hub.web.pages import page, path_id
from hub.web.problems import Problem

CARRIED = "cid:"
OUTSIDE = ("http://", "https://")
LONGEST = 3_000  # characters of an address
MOST = 200  # pictures of one letter from outside
SHOWN = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
    "Referrer-Policy": "no-referrer",
}
NOTHING = """<svg xmlns="http://www.w3.org/2000/svg" width="280" height="40" font-family="sans-serif" font-size="12">\
<title>{0}</title><rect x=".5" y=".5" width="279" height="39" fill="none" stroke="#999" stroke-dasharray="4"/>\
<text x="10" y="24" fill="#555">{0}</text></svg>"""


def addresses(letter_id: int, sign_in: int, key: bytes, *, outside: bool) -> Address:
    """Give what gives our address of a letter's pictures; those that lie `outside` have one if they are shown."""
    left = MOST if outside else 0

    def address(source: str) -> str:
        nonlocal left
        lies_outside = source.lower().startswith(OUTSIDE)
        carried = source[: len(CARRIED)].lower() == CARRIED
        if len(source) > LONGEST or not (carried or (lies_outside and left > 0)):
            return ""
        left -= lies_outside
        known = urlsafe_b64encode(source.encode("utf-8", "replace")).decode().rstrip("=")
        seal = passes.mark(key, _thing(letter_id, known))
        return f"/letters/{letter_id}/images/{seal}?by={sign_in}&of={known}"

    return address


@page("GET", "/letters/{id}/images/{seal}", role=None)
async def image(request: web.Request) -> web.StreamResponse:
    """Give a picture to who holds a pass for it and sees the letter."""
    letter_id, known = path_id(request), request.query.get("of", "")
    by = request.query.get("by", "")
    sign_in = int(by) if by.isascii() and by.isdigit() and len(by) < 19 else 0  # noqa: PLR2004 - digits of an id
    source = _source(known)
    found = await request.app[DB].read(_found, letter_id, sign_in, known, request.match_info["seal"], source)
    try:
        if source.lower().startswith(OUTSIDE):
            fetched = await request.app[IMAGES].get(source)
            return web.Response(body=fetched.content, content_type=fetched.type, headers=SHOWN)
        return await _carried(request, found)
    except NotShownError as error:
        told = NOTHING.format(escape(str(error)))
        return web.Response(
            text=told, content_type="image/svg+xml", headers={**SHOWN, "Cache-Control": "no-store"}
        )


async def _carried(request: web.Request, found: Attachment | None) -> web.StreamResponse:
    """Give a picture that came along, if it is one."""
    path = request.app[BLOBS].path(found.blob) if found else None
    kind = await asyncio.to_thread(_kind, path) if path else ""
    if path is None or not kind:
        raise NotShownError(_("This picture did not come along, or is none."))
    return web.FileResponse(path, headers={**SHOWN, "Content-Type": kind})


def _found(
    session: Session, letter_id: int, sign_in: int, known: str, seal: str, source: str
) -> Attachment | None:
    """Give the file that a pass opens, None for what lies outside; a problem for who has no pass."""
    viewer = passes.holder(session, sign_in, _thing(letter_id, known), seal)
    if viewer is None or letter_for(session, viewer, letter_id) is None:
        raise Problem(404, _("There is nothing at this address."))
    name = unquote(source[len(CARRIED) :]).lower()
    wanted = select(Attachment).where(
        Attachment.interaction_id == letter_id,
        func.lower(Attachment.content_id) == name,
        Attachment.content_id != "",
    )
    return session.scalars(wanted.order_by(Attachment.id).limit(1)).first()


def _thing(letter_id: int, known: str) -> str:
    return f"letter {letter_id} {known}"


def _source(known: str) -> str:
    """Read where a picture lies; "" for what nobody wrote."""
    try:
        return urlsafe_b64decode(known + "=" * (-len(known) % 4)).decode()
    except ValueError:
        return ""


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            return kind_of(head) if is_bearable(head) else ""
    except FileNotFoundError:
        return ""
