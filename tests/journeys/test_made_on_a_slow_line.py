"""What is made where the answer was lost is made once: whoever presses again gets what is there."""

from __future__ import annotations

from functools import partial

from playwright.async_api import Route, expect

from hub.store import open_store
from tests.journeys.people import Join
from tests.journeys.test_a_long_deal import furnish
from tests.servers.ringback import Hub


async def test_a_document_whose_answer_was_lost_is_made_once(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    elin = await join("Elin Sandgren", "agent", "Sales")
    async with open_store(hub.data) as db:
        deal_id = await db.write(partial(furnish, lines=1))
    await elin.goto(f"/deals/{deal_id}")
    papers, make = elin.locator("#documents .papers > li"), elin.get_by_role("button", name="Make it")
    await elin.get_by_label("Template").select_option("quote")
    await elin.route("**/documents", lose, times=1)
    await make.click()
    await expect(elin.locator("#toasts")).to_contain_text("no contact with the hub")
    await make.click()
    await expect(elin.get_by_text("It was saved already")).to_be_visible()
    await expect(papers).to_have_count(1)
    await make.dblclick()
    await expect(papers).to_have_count(2)
    complaints.clear()  # what the browser notes of a line that is lost


async def lose(route: Route) -> None:
    """Have the hub do it, and nobody hear of it."""
    await route.fetch()
    await route.abort()
