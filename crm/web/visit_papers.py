"""What comes from a customer's place: photos, each once, and a signature on glass or typed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.orm import Session

from crm import appointment_papers
from crm.appointment_papers import MOST
from crm.web.draft_files import received
from crm.web.visit_form import HERE
from crm.web.visit_views import visible
from hub import image_kinds, image_sizes
from hub.blobs import Blobs
from hub.languages import _, ngettext
from hub.letters import Enclosure
from hub.users import Viewer
from hub.web.keys import BLOBS, DB
from hub.web.pages import Toast, changed, form, page, path_id, viewer_of
from hub.web.problems import Problem

LARGEST = 25 * 1024 * 1024  # bytes of all photos that are sent at once
LARGEST_SIGNATURE = 300_000
DRAWN = "data:image/png;base64,"
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


@page("POST", f"{HERE}/{{id}}/photos")
async def photos(request: web.Request) -> web.StreamResponse:
    """Keep photos. A script says by `key` which one it is; without one, the same bytes are the same photo."""
    viewer, number, key = viewer_of(request), path_id(request), request.query.get("key", "")
    await request.app[DB].read(visible, viewer, number)
    files = [await _looked_at(request.app[BLOBS], each) for each in await received(request, LARGEST, LARGEST)]
    if not files:
        raise Problem(422, _("There is no photo in what was sent."))
    kept = await request.app[DB].write(_keep, viewer, number, key, files)
    words = ngettext("%(num)s photo kept", "%(num)s photos kept", kept) if kept else _("It was kept already")
    return await changed(request, Toast(text=words), back=f"{HERE}/{number}")


@page("POST", f"{HERE}/{{id}}/signature")
async def signature(request: web.Request) -> web.StreamResponse:
    """Keep that the customer signed."""
    viewer, number, said = viewer_of(request), path_id(request), await form(request)
    await request.app[DB].read(visible, viewer, number)
    file = await _drawn(request.app[BLOBS], said.get("drawn", ""))
    name, key = said.get("signer", ""), said.get("key", "")
    new = await request.app[DB].write(_sign, viewer, number, key, name, file)
    words = _("Signed: %(name)s", name=" ".join(name.split())) if new else _("It was kept already")
    return await changed(request, Toast(text=words), back=f"{HERE}/{number}")


async def _looked_at(blobs: Blobs, file: Enclosure) -> Enclosure:
    """Give a photo with what it really is; what a browser cannot show is refused."""
    content = await blobs.get(file.blob)
    kind = image_kinds.kind_of(content)
    if not kind or not image_sizes.is_bearable(content):
        words = _("“%(name)s” is no photo that a browser shows: send JPEG, PNG or WebP.", name=file.name)
        raise Problem(415, words)
    name = file.name if "." in file.name else f"{file.name}.{SUFFIXES[kind]}"
    return Enclosure(name=name, type=kind, blob=file.blob, size=file.size)


async def _drawn(blobs: Blobs, text: str) -> Enclosure | None:
    """Read what was drawn on the glass, None where nothing was."""
    if not text:
        return None
    if not text.startswith(DRAWN) or len(text) > LARGEST_SIGNATURE * 4 // 3 + len(DRAWN):
        raise Problem(422, _("This signature could not be read."))
    try:
        content = base64.b64decode(text.removeprefix(DRAWN), validate=True)
    except (ValueError, binascii.Error):
        raise Problem(422, _("This signature could not be read.")) from None
    if image_kinds.kind_of(content) != "image/png" or not image_sizes.is_bearable(content):
        raise Problem(422, _("This signature could not be read."))
    return Enclosure(
        name=_("signature.png"), type="image/png", blob=await blobs.put(content), size=len(content)
    )


def _keep(session: Session, viewer: Viewer, number: int, key: str, files: Sequence[Enclosure]) -> int:
    row, kept = visible(session, viewer, number), 0
    for place, file in enumerate(files[:MOST]):
        own = f"{key}.{place}" if key and place else key or file.blob
        kept += appointment_papers.keep_photo(session, viewer, row, own, file)
    return kept


def _sign(session: Session, viewer: Viewer, number: int, key: str, name: str, file: Enclosure | None) -> bool:
    row = visible(session, viewer, number)
    own = key or (file.blob if file else f"typed:{row.id}.{row.sequence}")
    return appointment_papers.sign(session, viewer, row, own, name, file)
