"""More alarms than fit beside the work: the rest of them are one press away."""

from __future__ import annotations

import aiohttp
from playwright.async_api import expect

from tests.journeys.people import Join
from tests.servers.ringback import Hub

LATE = 30_000  # milliseconds in which the promises of all of them break


async def test_what_does_not_fit_is_opened_by_a_press(hub: Hub, join: Join) -> None:
    sofia = await join("Sofia Hjelm", "head")
    form = hub.address + hub.tell("channel", "url", "website")
    async with aiohttp.ClientSession(headers={"Accept": "application/json"}) as client:
        for number in range(5):
            words = {"name": f"Buyer {number}", "phone": f"070-174 06 1{number}", "_nonce": f"buyer {number}"}
            async with client.post(form, data=words) as answer:
                assert answer.status < 300, await answer.text()
    more = sofia.get_by_role("link", name="more alarm")
    await expect(more).to_be_visible(timeout=LATE)
    await more.click()
    await expect(sofia.get_by_role("heading", name="Alarms", level=1)).to_be_visible()
