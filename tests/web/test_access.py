"""The pages in a real browser: a screen reader finds its way, and a phone need not scroll sideways."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.web import views
from tests.web.conftest import ROOT

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

AXE = ROOT / "hub/web/assets/node_modules/axe-core/axe.min.js"
FOUND = "axe.run().then(result => result.violations.map(one => `${one.id}: ${one.nodes[0].html}`))"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def opened(browser: Browser, html: str, *, width: int, theme: str) -> Page:
    """Show a rendered page with its built files, at this width and in this theme."""

    async def answer(route: Route) -> None:
        name = route.request.url.rpartition("/static/")[2]
        if name in {"", route.request.url}:
            await route.fulfill(body=html, content_type="text/html")
        else:
            kind = mimetypes.guess_type(name)[0]
            await route.fulfill(body=(ROOT / "hub/web/static" / name).read_bytes(), content_type=kind)

    page = await browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    await page.route("**/*", answer)
    await page.goto("http://hub.example/")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", sorted(views.PAGES))
async def test_a_page_is_open_to_everybody(
    name: str, theme: str, browser: Browser, render: Callable[..., str]
) -> None:
    html = render(name, **views.PAGES[name]()).replace('data-live-url="/live"', "").replace("data-load", "")
    page = await opened(browser, html, width=390, theme=theme)
    assert await page.evaluate(SIDEWAYS) == 0
    await page.add_script_tag(content=AXE.read_text())
    assert await page.evaluate(FOUND) == []
