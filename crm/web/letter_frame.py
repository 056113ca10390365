"""A letter as it was sent, in a frame that can do nothing.

The frame has no scripts, no forms, no origin and reaches nobody but us; what is within was sanitised before. Links open
beside it. What has no HTML, or too much to be shown, is shown as its text.
"""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web
from markupsafe import Markup
from sqlalchemy.orm import Session

from crm import picture_senders
from crm.letter_html import shown
from crm.letter_reading import TooMuchError
from crm.rights import letter_for
from crm.web.letter_images import addresses
from hub import passes
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import CALLER, DB
from hub.web.pages import page, path_id, render, viewer_of
from hub.web.problems import Problem

ASKED = "shown"  # what ?pictures= says where they are asked for
FREEDOMS = ("allow-popups", "allow-popups-to-escape-sandbox")
MAY = " ".join(FREEDOMS)
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src-elem 'self'; style-src-attr 'unsafe-inline'; "
    f"form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox {MAY}"
)


class Stranger(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as it came, and whether its pictures are shown without asking. `key` marks passes."""

    html: str
    text: str
    trusted: bool
    key: bytes


@page("GET", "/letters/{id}/html")
async def html(request: web.Request) -> web.StreamResponse:
    """Give what the frame shows."""
    letter_id, sign_in = path_id(request), request[CALLER].sign_in or 0
    found = await request.app[DB].read(stranger, viewer_of(request), letter_id, sign_in)
    outside = found.trusted or request.query.get("pictures") == ASKED
    safe = await asyncio.to_thread(_safe, found, letter_id, sign_in, outside)
    response = await render(request, "_letter_frame.html", html=safe, text=found.text)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def stranger(session: Session, viewer: Viewer, letter_id: int, sign_in: int = 0) -> Stranger:
    """Give a letter; a problem for one that is not there or not for this viewer."""
    letter = letter_for(session, viewer, letter_id)
    if letter is None:
        raise Problem(404, _("There is no such letter, or it belongs to a contact of another department."))
    return Stranger(
        html=letter.html, text=letter.text, trusted=picture_senders.is_trusted(session, letter),
        key=passes.key_of(session, sign_in),
    )  # fmt: skip


def _safe(found: Stranger, letter_id: int, sign_in: int, outside: bool) -> Markup:  # noqa: FBT001 - a tick
    """Give what may be shown of its HTML, nothing where there is none or too much."""
    try:
        safe = shown(found.html, addresses(letter_id, sign_in, found.key, outside=outside))
    except TooMuchError:
        return Markup()
    return Markup(safe.html)  # noqa: S704 - sanitised
