"""Two people on one card at once: each sees the other, and nobody's words are lost."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, Route, expect

from tests.journeys.people import Join, Open, fill_in
from tests.journeys.pictures import picture
from tests.servers.ringback import Hub


async def test_two_people_write_on_one_card(
    window: Open, join: Join, hub: Hub, form: str, complaints: list[str]
) -> None:
    sofia, elin = await join("Sofia Hjelm", "head"), await join("Elin Sandgren", "agent")
    await fill_in(await window(form), "Karin Ekdahl")
    for page in (sofia, elin):
        await expect(page.get_by_text("First answer: Karin Ekdahl").first).to_be_attached()
    await asyncio.gather(*[page.goto(f"{hub.address}/contacts/1") for page in (sofia, elin)])

    await sofia.get_by_label("Openings", exact=True).fill("7")
    await expect(elin.get_by_text("Sofia Hjelm is writing in Openings")).to_be_visible()
    await elin.get_by_label("Openings", exact=True).fill("9")
    await elin.get_by_label("Note", exact=True).fill("I rang her")
    await sofia.get_by_label("Openings", exact=True).press("Enter")
    await expect(sofia.get_by_text("Openings: 7")).to_be_visible()
    await sofia.get_by_label("Name", exact=True).fill("Karin Ekdahl Holm")
    await sofia.get_by_label("Name", exact=True).press("Enter")

    await expect(elin.get_by_role("heading", name="Karin Ekdahl Holm", level=2)).to_be_visible()
    await keeps_what_was_typed(elin)
    await elin.get_by_label("Openings", exact=True).press("Enter")
    torn = elin.get_by_role("alert").filter(has_text="Sofia Hjelm changed it meanwhile to “7”")
    await expect(torn).to_be_visible()
    await keeps_what_was_typed(elin)
    await picture(elin, "card-two")
    complaints[:] = [each for each in complaints if "409" not in each]

    await torn.get_by_role("button", name="Keep “9”").click()
    await expect(sofia.get_by_label("Openings", exact=True)).to_have_value("9")
    await sofia.get_by_label("Note", exact=True).fill("She wants white")
    await sofia.get_by_role("button", name="Add note").click()
    await elin.get_by_role("button", name="Add note").click()
    for page in (sofia, elin):
        await expect(page.locator("#timeline")).to_contain_text("She wants white")
        await expect(page.locator("#timeline")).to_contain_text("I rang her")

    await sofia.close()
    await expect(elin.get_by_text("Sofia Hjelm is")).to_have_count(0)


async def test_what_was_said_last_of_who_writes_is_what_stands(
    window: Open, join: Join, hub: Hub, form: str
) -> None:
    sofia, elin = await join("Sofia Hjelm", "head"), await join("Elin Sandgren", "agent")
    await fill_in(await window(form), "Karin Ekdahl")
    await expect(elin.get_by_text("First answer: Karin Ekdahl").first).to_be_attached()
    asked, let_go, told = asyncio.Event(), asyncio.Event(), list[str | None]()

    async def hold_the_first(route: Route) -> None:
        asked.set()
        if route.request.post_data == "writing=":
            await let_go.wait()
        told.append(route.request.post_data)
        await route.continue_()

    await sofia.route("**/contacts/1/presence", hold_the_first)
    await asyncio.gather(*[page.goto(f"{hub.address}/contacts/1") for page in (sofia, elin)])
    await asyncio.wait_for(asked.wait(), 10)
    await sofia.get_by_label("Openings", exact=True).fill("7")
    await sofia.evaluate(
        "() => new Promise(done => setTimeout(done))"
    )  # whoever listens for it has heard of it
    let_go.set()
    await expect(elin.get_by_text("Sofia Hjelm is writing in Openings")).to_be_visible()
    assert [each for each in told if each] == ["writing=", "writing=fields.openings"]


async def keeps_what_was_typed(elin: Page) -> None:
    """Make sure that nothing that came meanwhile touched her unsaved words."""
    await expect(elin.get_by_label("Openings", exact=True)).to_have_value("9")
    await expect(elin.get_by_label("Note", exact=True)).to_have_value("I rang her")
