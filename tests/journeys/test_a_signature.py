"""From the deal to the signature: made by one press, opened on a telephone, read, and signed by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from tests.journeys.people import Join
from tests.journeys.pictures import NARROW, picture
from tests.servers.ringback import Hub

AXE = Path(__file__).parents[2] / "hub/web/assets/node_modules/axe-core/axe.min.js"
FOUND = "axe.run().then(result => result.violations.map(one => `${one.id}: ${one.nodes[0].html}`))"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
async def telephone(browser: Browser) -> AsyncIterator[Page]:
    """Give a customer's telephone, in the dark."""
    context = await browser.new_context(viewport=NARROW, color_scheme="dark", bypass_csp=True, locale="en-GB")
    yield await context.new_page()
    await context.close()


async def test_a_customer_signs_on_a_telephone_by_keys_alone(hub: Hub, join: Join, telephone: Page) -> None:
    elin = await join("Elin Sandgren", "manager")
    deal = await _deal(hub)
    await elin.goto(f"{hub.address}/deals/{deal}")
    await elin.get_by_label("Language", exact=True).select_option("sv")
    async with elin.context.expect_event(
        "response", lambda answer: "document-preview" in answer.url
    ) as looked:
        await elin.get_by_role("button", name="Look at it first").click()  # in a tab of its own
    looks = await looked.value
    assert looks.ok
    assert looks.url.endswith("template=quote&language=sv")
    assert elin.url.endswith(f"/deals/{deal}")
    await elin.get_by_role("button", name="Contract and quote").click()
    await expect(elin.get_by_text(re.compile(r"^Made: C-\d{4}-0001, Q-\d{4}-0001"))).to_be_visible()
    papers = elin.locator("#documents")
    await expect(papers.get_by_role("listitem")).to_have_count(2)
    await picture(elin, "documents")

    await papers.get_by_role("link", name=re.compile("^Send C-")).click()
    await elin.get_by_label("Only a link").check()
    await elin.get_by_role("button", name="Go on").click()
    link = await elin.get_by_label("Link", exact=True).input_value()
    await elin.get_by_role("button", name="Close").last.click()
    await expect(papers.get_by_text("Waits for the signature")).to_be_visible()

    await telephone.goto(link)
    await _is_open_to_everybody(telephone)
    await _press(telephone, "Öppna dokumentet")
    await expect(telephone.get_by_text("Leverantören levererar till kunden")).to_be_visible()
    await _is_open_to_everybody(telephone)
    await telephone.get_by_label("Ditt namn").focus()
    await telephone.keyboard.type("Karin Ekdahl")
    await telephone.keyboard.press("Tab")
    await telephone.keyboard.press("Space")
    await _press(telephone, "Skriv under")
    await expect(telephone.get_by_text("Undertecknat av Karin Ekdahl")).to_be_visible()
    await _is_open_to_everybody(telephone)
    await picture(telephone, "signed")

    await expect(papers.get_by_text("Signed: Karin Ekdahl")).to_be_visible()  # without looking again
    await expect(elin.locator("#deal-aside")).to_contain_text("is signed")


async def _is_open_to_everybody(page: Page) -> None:
    await page.wait_for_load_state()
    assert await page.evaluate(SIDEWAYS) == 0
    await page.add_script_tag(content=AXE.read_text())
    assert await page.evaluate(FOUND) == []


async def _press(page: Page, name: str) -> None:
    """Go to a button by keys and press it."""
    await page.get_by_role("button", name=name, exact=True).focus()
    await page.keyboard.press("Enter")


async def _deal(hub: Hub) -> int:
    """Have a contact and a deal with a line there, over the API."""
    token = hub.tell("token", "create", "sale", "--scope", "all").split()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    async with ClientSession(f"{hub.address}", headers=headers) as session:

        async def ask(path: str, body: dict[str, object]) -> dict[str, Any]:
            async with session.post(f"/api/v1{path}", json=body) as answer:
                assert answer.status == 201, await answer.text()
                made: dict[str, Any] = await answer.json()
                return made

        contact = await ask("/contacts", {"name": "Karin Ekdahl", "fields": {"address": "Åsgatan 3"}})
        lines = [{"name": "Window", "price": 1_250_000, "tax": 2500, "quantity": 7_000}]
        deal = await ask("/deals", {"contact": contact["id"], "title": "Seven windows", "lines": lines})
        return int(deal["id"])
