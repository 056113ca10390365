"""What is given a new name is called so at once, also above its page."""

from __future__ import annotations

from playwright.async_api import expect

from tests.journeys.people import Join
from tests.journeys.test_a_signature import _deal
from tests.servers.ringback import Hub


async def test_a_deal_that_is_renamed_is_called_so_above_its_page(hub: Hub, join: Join) -> None:
    elin = await join("Elin Sandgren", "manager")
    await elin.goto(f"{hub.address}/deals/{await _deal(hub)}")
    await elin.get_by_role("link", name="Change").press("Enter")
    await elin.get_by_label("What it is about").fill("Nine windows")
    await elin.keyboard.press("Enter")
    await expect(elin.get_by_role("heading", name="Nine windows", level=1)).to_be_visible()
    await expect(elin).to_have_title("Nine windows · Ringback")
