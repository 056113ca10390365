"""What the form's script costs the page that it stands in: no long task, no shift, nothing when the hub is silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from connectors.forms.settings import FormSettings
from connectors.forms.web.channels import Form
from connectors.forms.web.sites import ways
from tests.journeys.people import Open, fill_in
from tests.servers.ringback import Hub

TRIES = 16
SOON = 30_000  # milliseconds: a hub that is waited for would cost minutes
LONG = 50  # milliseconds: what browsers call a long task
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Windows</title>
<script>
  window.seen = { long: [], shift: 0, loaded: 0 }
  const watch = (type, note) =>
    new PerformanceObserver(list => list.getEntries().forEach(note)).observe({ type, buffered: true })
  watch("longtask", each => seen.long.push(each.duration))
  watch("layout-shift", each => seen.shift += each.value)
  addEventListener("load", () => seen.loaded = performance.now())
</script>
<h1>Windows</h1><p>Since 1974.</p>
%s
<p id="end">Below the form.</p>"""


@pytest.fixture
async def site(site_port: int) -> AsyncIterator[web.Application]:
    """Serve pages of the company's own site: what stands in them is `app["form"]`."""
    app = web.Application()
    app[FORM] = []

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE % "".join(app[FORM]), content_type="text/html")

    app.router.add_get("/", show)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", site_port).start()
    yield app
    await runner.cleanup()


FORM = web.AppKey[list[str]]("form")


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """Give the address of a hub that takes connections and never says a word."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/forms/SESAME.js"
    server.close()


async def test_drawing_the_form_and_doing_its_work_makes_no_long_task(
    window: Open, site: web.Application, site_port: int, form: str, hub: Hub
) -> None:
    assert hub
    site[FORM].append(snippet(form))
    page = await window("about:blank")
    # A task of ours that is long is so each time; what else this machine does lengthens others now and then.
    costs = [await costs_of(page, site_port)]
    while min(costs) >= LONG and len(costs) < TRIES:
        costs.append(await costs_of(page, site_port))
    assert min(costs) < LONG, costs


async def costs_of(page: Page, port: int) -> float:
    """Open the page, fill in its form and send it; give the longest task of all that, in milliseconds."""
    await page.goto(f"http://127.0.0.1:{port}/")
    await page.get_by_label("Name").focus()
    await fill_in(page, "Karin Ekdahl")
    await expect(page.get_by_text("Thank you, we have it")).to_be_visible()
    return float(await page.evaluate("Math.max(0, ...seen.long)"))


async def test_a_page_whose_hub_never_answers_is_as_if_we_were_not_there(
    window: Open, site: web.Application, site_port: int, silent: str
) -> None:
    site[FORM].append(snippet(silent))
    page = await window(f"http://127.0.0.1:{site_port}/")  # waits for the page's load event
    seen = await page.evaluate("seen")
    assert 0 < seen["loaded"] < SOON
    assert seen["shift"] == 0
    await expect(page.get_by_text("Below the form.")).to_be_visible()
    assert await page.evaluate("performance.getEntriesByType('resource').length") == 0  # nothing of ours came


def snippet(form: str) -> str:
    """Give what an owner copies into his page."""
    hub, _slash, token = form.removesuffix(".js").rpartition("/forms/")
    script = next(ways(Form(1, "website", "Website", token, FormSettings()), hub))
    assert script.key == "script"
    return script.snippet
