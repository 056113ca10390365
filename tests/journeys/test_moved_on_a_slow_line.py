"""A visit and a deal go where they were put last, also while the move before is still on its way."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.journeys.people import Join
from tests.journeys.test_a_visit import PLACE, furnish, next_week, plan
from tests.servers.ringback import Hub


async def test_a_move_that_was_taken_back_is_done_again(hub: Hub, join: Join, complaints: list[str]) -> None:
    nils = await join("Nils Akerman", "agent", PLACE)
    hub.hire("Ines Holm", "agent", PLACE)
    await furnish(hub)
    await nils.goto(f"{hub.address}/visits?day={next_week(0)}")
    await plan(nils)
    await lower_it(nils)
    await expect(nils.locator(".block")).to_contain_text("10:15-11:45")
    await nils.get_by_role("button", name="Undo").click()
    await expect(nils.locator(".block")).to_contain_text("10:00-11:30")
    await lower_it(nils)
    await expect(nils.locator(".block")).to_contain_text("10:15-11:45")
    await expect(nils.get_by_text("It was saved already")).to_have_count(0)
    assert complaints == []


async def lower_it(nils: Page) -> None:
    """Move the visit a quarter of an hour down, by keys."""
    await nils.locator("[data-visit] a").focus()
    for key in ("Space", "ArrowDown", "Space"):
        await nils.keyboard.press(key)
