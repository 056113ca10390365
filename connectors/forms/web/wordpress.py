"""Our plug-in for WordPress, to be downloaded, and the secret by which its site is known, shown once."""

from __future__ import annotations

import base64
import secrets

from aiohttp import web
from sqlalchemy.orm import Session

from connectors.forms.web import sites
from connectors.forms.web.channels import asked_form
from connectors.forms.wordpress_zip import NAME, packed
from hub import channel_changes
from hub.users import Viewer
from hub.web.channels import find
from hub.web.keys import CHANNELS, DB
from hub.web.pages import page, path_id, viewer_of

BYTES = 24


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
    await request.app[DB].write(_keep, viewer_of(request), path_id(request), secret)
    await request.app[CHANNELS].load()
    response = await sites.show(request, await asked_form(request), secret=secret)
    response.headers["Cache-Control"] = "no-store"
    return response


def _keep(session: Session, viewer: Viewer, channel_id: int, secret: str) -> None:
    row = find(session, channel_id, lock=True)
    before = row.settings.get("secret", "") or row.settings.get("earlier_secret", "")
    values = {**row.settings, "secret": secret, "earlier_secret": before}
    channel_changes.change(session, viewer, row, values)
