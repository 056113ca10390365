"""A recording is heard on the card from any second, and a note stands at the second at which it was made."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec import structs
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import recordings
from crm.recordings import Recording
from crm.waveform import measure
from hub import signin
from hub.app import make_app
from hub.settings import Settings
from hub.store import open_store
from hub.users import find_user
from hub.web.keys import BLOBS
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import Switchboard
from tests.crm.test_waveform import tone

SOUGHT = "sound => sound.addEventListener('seeking', () => { window.sought = sound.currentTime })"
SAID = "[0:01] Klarruta windows.\n[0:08] Two windows in the kitchen."


@pytest.fixture
async def card(browser: Browser, tmp_path: Path) -> AsyncIterator[Page]:
    """Give Elin's console at the card of somebody whose call of ten seconds was recorded."""
    data = tmp_path / "data"
    data.mkdir()
    async with open_store(data, alone=True) as db, contextlib.AsyncExitStack() as house:
        firm = Klarruta(db)
        await firm.found()
        app = await make_app(db, data, Settings())
        server = await house.enter_async_context(TestServer(app))
        await has_talked(firm, app, tone(tmp_path / "a.wav", 0, 0.9, 0.4, 0.1, 0.8, seconds=2))
        address = str(server.make_url("/"))
        context = await browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
        elin = await firm.who("Elin")
        token = await db.write(signin.start, elin.user_id, lasts=timedelta(days=1))
        await context.add_cookies([{"name": "ringback", "value": token, "url": address}])
        page = await context.new_page()
        await page.goto("/contacts/1")
        yield page
        await context.close()


async def has_talked(firm: Klarruta, app: web.Application, file: Path) -> None:
    """Let Elin have talked with Karin, with a recording that was kept and written down."""
    pbx = Switchboard(firm)
    await pbx.open()
    talking = structs.replace(
        pbx.answered(pbx.rings(name="Karin Ekdahl")), recorded=True, recording="/s/a.wav"
    )
    await pbx.tells(talking)
    await pbx.tells(pbx.ended(talking, seconds=10))
    blob = await app[BLOBS].put_file(file)

    def keep(session: Session) -> None:
        row = session.scalars(select(Recording)).one()
        recordings.keep(session, row.id, blob, measure(file))
        recordings.write_down(session, row.id, SAID)
        assert find_user(session, "elin@klarruta.example").extension == "101"

    await firm.db.write(keep)


async def test_a_recording_is_heard_and_noted_at_a_second(card: Page) -> None:
    await card.get_by_role("link", name="Recording 0:10").click()
    sheet = card.get_by_role("dialog")
    await expect(sheet.get_by_text("What was said")).to_be_visible()
    await card.evaluate("import(document.querySelector('.recording script').src)")  # it comes with the part
    await sheet.get_by_text("What was said").click()
    await sheet.get_by_role("button", name="Play from 0:08").click()
    await card.wait_for_function("() => document.querySelector('audio').currentTime >= 8")
    await sheet.get_by_label("Speed").select_option("2")
    assert await card.locator("audio").evaluate("sound => sound.playbackRate") == 2

    at = await card.locator("audio").evaluate("sound => { sound.pause(); return sound.currentTime }")

    await sheet.get_by_label("Note at this second").fill("Measure on Thursday")
    async with card.expect_response("**/recording/player"):  # it comes anew, as when notices were left out
        await card.evaluate(
            "document.dispatchEvent(new CustomEvent('ringback:stale', { detail: 'recording-1' }))"
        )
    await sheet.get_by_role("button", name="Write it down").click()
    note = sheet.get_by_role("listitem").filter(has_text="Measure on Thursday")
    await expect(note.get_by_role("button", name="Play from")).to_have_text(f"0:{int(float(f'{at:.1f}')):02}")
    await expect(sheet).to_be_visible()

    box = await sheet.locator("[data-wave]").bounding_box()
    assert box is not None
    await card.locator("audio").evaluate(SOUGHT)
    await card.mouse.click(box["x"] + box["width"] / 5, box["y"] + box["height"] / 2)
    await card.wait_for_function("() => Math.abs(window.sought - 2) < 0.2")
