"""The form in a page of the company's own site: what is sent while the hub is down arrives later, once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import expect

from crm.contacts import Contact
from crm.conversations import Interaction
from hub.store import open_store
from tests.eventually import eventually
from tests.hostile.sight import digested
from tests.journeys.people import Open, fill_in
from tests.journeys.pictures import picture
from tests.servers.ringback import Hub

PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><h1>Windows</h1>'


@pytest.fixture
async def site(form: str, site_port: int) -> AsyncIterator[str]:
    """Give a page of the company's own site with the form in it."""

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=f'{PAGE}<script src="{form}.js"></script>', content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", site_port).start()
    yield f"http://127.0.0.1:{site_port}/"
    await runner.cleanup()


async def test_a_form_in_another_site_is_delivered(window: Open, site: str, hub: Hub) -> None:
    page = await window(site)
    await picture(page, "embedded")
    await fill_in(page, "Karin Ekdahl")
    await expect(page.get_by_text("Thank you, we have it")).to_be_visible()
    assert await cards(hub) == (1, 1)


async def test_a_form_sent_while_the_hub_is_down_arrives_once(
    window: Open, site: str, hub: Hub, complaints: list[str]
) -> None:
    page = await window(site)
    assert hub.stop() == 0
    await fill_in(page, "Karin Ekdahl")
    await expect(page.get_by_text("Your answers wait in this browser")).to_be_visible()
    assert [each for each in complaints if "ERR_CONNECTION_REFUSED" not in each] == []

    hub.start()
    await hub.listening()
    await expect(page.get_by_text("Thank you, we have it")).to_be_visible(timeout=30_000)
    complaints.clear()
    assert await cards(hub) == (1, 1)


async def test_a_form_outlives_the_page_it_was_sent_from(
    window: Open, site: str, hub: Hub, complaints: list[str]
) -> None:
    page = await window(site)
    assert hub.stop() == 0
    await fill_in(page, "Karin Ekdahl")
    await expect(page.get_by_text("Your answers wait in this browser")).to_be_visible()
    await page.goto("about:blank")
    hub.start()
    await hub.listening()
    await page.goto(site)
    await expect(page.get_by_text("Your earlier answers have arrived now")).to_be_visible()
    complaints.clear()
    assert await cards(hub) == (1, 1)


async def cards(hub: Hub) -> tuple[int, int]:
    """Count the cards and what is on them, once the journal is worked off."""
    await eventually(lambda: digested(hub))
    async with open_store(hub.data) as db:
        return await db.read(
            lambda session: (session.query(Contact).count(), session.query(Interaction).count())
        )
