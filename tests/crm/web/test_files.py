"""Files that came with a request: saved and never run, by those who may see its contact."""

from __future__ import annotations

import pytest
from aiohttp import FormData
from sqlalchemy import select

from crm.attachments import Attachment
from hub.blobs import Blobs
from hub.db import Database
from hub.users import Viewer
from hub.web.keys import BLOBS
from tests.crm.web.conftest import Sit
from tests.crm.web.seat import Seat
from tests.eventually import eventually

KARIN = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "message": "Quiet towards the tram, white inside."}
PROGRAM = Viewer(None, "admin", None, "Ringback")


async def send_file(seat: Seat, name: str, kind: str) -> None:
    """Send a form with a file."""
    data = FormData(quote_fields=False)
    data.add_field("name", "Karin Ekdahl")
    data.add_field("email", "karin@ekdahl.example")
    data.add_field("pictures", b"<script>alert(1)</script>", filename=name, content_type=kind)
    await seat.client.post(await seat.intake(), data=data)
    await eventually(lambda: seat.shows("/contacts", "Karin Ekdahl"))


@pytest.mark.parametrize(
    ("name", "kind", "plain", "given"),
    [
        ("fönster.png", "image/png", "f_nster.png", "image/png"),
        ("plan.html", "text/html", "plan.html", "application/octet-stream"),
        ("plan.svg", "image/svg+xml", "plan.svg", "application/octet-stream"),
        ("50%;a'b.txt", "text/plain; charset=utf-7", "50_;a'b.txt", "text/plain"),
    ],
)
async def test_a_file_is_saved_and_never_run(sit: Sit, name: str, kind: str, plain: str, given: str) -> None:
    annika = await sit("Annika Kron", "admin")
    await send_file(annika, name, kind)
    assert 'href="/files/1"' in await annika.opens("/contacts/1")
    answer = await annika.asks("/files/1")
    assert await answer.read() == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == given
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{plain}"; filename*=')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_a_file_is_for_those_who_see_its_contact(sit: Sit) -> None:
    annika, nils = await sit("Annika Kron", "admin"), await sit("Nils Åkerman", "agent", "Installation")
    await send_file(annika, "window.png", "image/png")
    await nils.opens("/files/1", status=404)
    await annika.opens("/files/2", status=404)
    assert (await annika.client.get("/files/1", allow_redirects=False)).status == 303


async def test_a_file_that_is_no_longer_kept_is_gone(sit: Sit, db: Database) -> None:
    annika = await sit("Annika Kron", "admin")
    await send_file(annika, "window.png", "image/png")
    blobs: Blobs = annika.client.server.app[BLOBS]
    blobs.path(await db.read(lambda session: session.scalar(select(Attachment.blob)))).unlink()
    await annika.opens("/files/1", status=410)
