"""A letter is looked at as it was sent: its pictures in place, those from outside once they are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, FrameLocator, Page, expect

from hub.forms import File
from tests.journeys.pictures import faults, picture
from tests.letter_desk import DOT, Desk, Outside, desk

WAIT = 10_000  # milliseconds
LETTER = """<html><body style="font-family: Georgia, serif">
<table width="600" cellpadding="12" style="border-collapse: collapse; border: 1px solid #d0d7de">
<tr><td bgcolor="#0b5d4b" style="color: #ffffff"><h2 style="margin: 0">Your new windows</h2></td></tr>
<tr><td><p>Dear Klarruta, this is the house. <img src="cid:house" alt="Our house" width="60" height="40"></p>
<p><img src="{outside}/banner.png" alt="Autumn" width="300" height="60"></p>
<p>Your bank asks: <a href="https://evil.example/login">www.bank.example</a></p>
<ul><li>Three panes</li><li>White inside</li></ul>
<blockquote type="cite"><p>We measured on Thursday.</p></blockquote></td></tr></table></body></html>"""
HOUSE = File("house.png", "image/png", DOT, inline=True, content_id="house")
PLAN = File("plan.pdf", "application/pdf", b"%PDF-1.7 a plan")


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """Give somebody else's web server."""
    async with Outside().open() as server:
        yield server


@pytest.fixture
async def elin(browser: Browser, tmp_path: Path, outside: Outside) -> AsyncIterator[Desk]:
    """Give Elin's desk, at the card of Karin, who wrote a letter with pictures."""
    async with desk(browser, tmp_path / "data") as found:
        found.page.set_default_timeout(WAIT)
        came = await found.gets(LETTER.format(outside=outside.address), HOUSE, PLAN)
        await found.page.goto(f"/contacts/{came.contact}")
        yield found


async def opened(page: Page) -> FrameLocator:
    """Open the letter over the card."""
    await page.get_by_role("link", name="As it was sent").click()
    frame = page.get_by_role("dialog").frame_locator("iframe")
    await expect(frame.get_by_text("Three panes")).to_be_visible(timeout=WAIT)
    return frame


async def is_drawn(frame: FrameLocator, words: str) -> None:
    """Wait until a picture is there."""
    await expect(frame.get_by_alt_text(words)).to_have_js_property("naturalWidth", 1, timeout=WAIT)


async def test_pictures_from_outside_wait_until_they_are_asked_for(elin: Desk, outside: Outside) -> None:
    async with elin.page.expect_request(lambda request: "/images/" in request.url) as of_ours:
        frame = await opened(elin.page)
    await is_drawn(frame, "Our house")
    assert "cookie" not in await (await of_ours.value).all_headers()  # a frame without an origin has none
    await expect(frame.get_by_text("Autumn")).to_have_attribute("title", "A picture from 127.0.0.1")
    assert outside.asked == []
    await elin.page.get_by_role("link", name="Show pictures").click()
    await is_drawn(frame, "Autumn")
    [request] = outside.asked
    assert {"Cookie", "Referer", "Authorization"}.isdisjoint(request.headers)
    assert "image-proxy" in request.headers["User-Agent"]


async def test_a_sender_is_trusted_with_pictures_and_no_longer(elin: Desk, outside: Outside) -> None:
    frame = await opened(elin.page)
    await elin.page.get_by_role("button", name="Always from karin@tenant.example").click()
    await is_drawn(frame, "Autumn")
    assert len(outside.asked) == 1
    await elin.page.reload()
    frame = await opened(elin.page)
    await is_drawn(frame, "Autumn")
    await elin.page.get_by_role("button", name="Not any more").click()
    await expect(frame.get_by_text("Autumn")).to_be_visible()


async def test_a_link_says_where_it_leads_and_opens_beside_the_letter(elin: Desk) -> None:
    frame = await opened(elin.page)
    link = frame.get_by_role("link", name="www.bank.example")
    await expect(link).to_have_attribute("title", "https://evil.example/login")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(frame.get_by_text("leads to evil.example")).to_be_visible()


async def test_what_is_quoted_is_folded(elin: Desk) -> None:
    frame = await opened(elin.page)
    await expect(frame.get_by_text("We measured on Thursday.")).to_be_hidden()
    await frame.get_by_text("Quoted").click()
    await expect(frame.get_by_text("We measured on Thursday.")).to_be_visible()


async def test_it_is_right_on_every_screen(elin: Desk) -> None:
    await expect(elin.page.get_by_text("plan.pdf")).to_be_visible()
    await picture(elin.page, "letter-on-card")
    await opened(elin.page)
    await picture(elin.page, "letter-sheet")


async def test_it_is_a_page_of_its_own_too(elin: Desk) -> None:
    address = await elin.page.get_by_role("link", name="As it was sent").get_attribute("href")
    await elin.page.goto(f"{address}?pictures=shown")
    await is_drawn(elin.page.frame_locator("iframe"), "Autumn")
    await picture(elin.page, "letter-page")
    assert await faults(elin.page) == []
