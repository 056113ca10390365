"""Our plug-in for WordPress, to be downloaded, and the secret by which its site is known, shown once."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web
from msgspec import structs
from sqlalchemy.orm import Session

from connectors.forms.senders.wordpress import WordPress
from connectors.forms.web import sites
from connectors.forms.web.channels import Form, asked_form, latest, raw_of
from connectors.forms.wordpress_zip import NAME, packed
from hub import channel_changes
from hub.clock import now
from hub.users import Viewer
from hub.web.channels import find
from hub.web.keys import CHANNELS, DB
from hub.web.pages import form, page, path_id, viewer_of

BYTES = 24
DAYS, LOOKED_AT = timedelta(days=14), 200


@page("GET", "/form-builder/{id}/sites/ringback-wordpress.zip", role="manager")
async def download(request: web.Request) -> web.Response:
    """Give the plug-in; it is the same for every form, and knows nothing of this hub."""
    await asked_form(request)
    headers = {"Content-Disposition": f'attachment; filename="{NAME}"', "Cache-Control": "no-cache"}
    return web.Response(body=packed(), content_type="application/zip", headers=headers)


@page("POST", "/form-builder/{id}/sites/secret", role="admin")
async def make_secret(request: web.Request) -> web.StreamResponse:
    """Give the form a new secret and show it this once; the one before goes on holding."""
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(BYTES)).decode()}"
    asked = await asked_form(request)
    if not (await form(request)).get("sure") and (others := await _shut_out(request, asked, secret)):
        return await sites.show(request, asked, shuts_out=others)
    await request.app[DB].write(_keep, viewer_of(request), path_id(request), secret)
    await request.app[CHANNELS].load()
    response = await sites.show(request, await asked_form(request), secret=secret)
    response.headers["Cache-Control"] = "no-store"
    return response


async def _shut_out(request: web.Request, asked: Form, secret: str) -> list[str]:
    """Name the senders seen in the last days, beside our plug-in, that would be refused once this secret holds."""
    settings = asked.settings
    values = _with(structs.asdict(settings), secret)
    reader = asked.reader(structs.replace(settings, **values))
    items = await request.app[DB].read(latest, asked.id, LOOKED_AT)

    def look() -> list[str]:
        since = now() - DAYS
        raws = [raw_of(item) for item in items if item.received_at > since]
        found = {reader.sent_by(raw) for raw in raws if reader.doubt(raw)}
        return sorted(found - {WordPress.title})

    return await asyncio.to_thread(look)


def _with(values: Mapping[str, object], secret: str) -> dict[str, object]:
    before = values.get("secret", "") or values.get("earlier_secret", "")
    return {"secret": secret, "earlier_secret": before}


def _keep(session: Session, viewer: Viewer, channel_id: int, secret: str) -> None:
    row = find(session, channel_id, lock=True)
    values = {**row.settings, **_with(row.settings, secret)}
    channel_changes.change(session, viewer, row, values)
