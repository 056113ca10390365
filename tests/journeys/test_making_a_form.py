"""Making a form: by dragging and by keys, sent from its page, its map put right by a click, and the card is right."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.journeys.people import Join, Open
from tests.journeys.pictures import picture
from tests.servers.ringback import Hub


async def test_a_form_is_made_sent_and_its_map_put_right(window: Open, join: Join, hub: Hub) -> None:
    annika = await join("Annika Kron", "admin")
    await annika.goto(f"{hub.address}/form-builder")
    await annika.get_by_label("What the new form is called").fill("Ask about a repair")
    await annika.get_by_role("button", name="Make a form").click()
    await expect(annika.get_by_text("Made: Ask about a repair")).to_be_visible()
    hub.tell("channel", "set", "ask-about-a-repair", "min_seconds=0")  # nobody is a machine for being quick
    questions = annika.locator("#questions")
    rows = questions.get_by_role("listitem")
    await expect(rows).to_have_count(4)

    await annika.get_by_role("button", name="Short text").drag_to(
        rows.nth(0), target_position={"x": 40, "y": 4}
    )
    await expect(rows).to_have_count(5)
    await annika.get_by_label("Question 1", exact=True).fill("Reach me at")
    await expect(annika.locator("#preview")).to_contain_text("Reach me at")

    await annika.get_by_role("button", name="Move Short text").focus()
    await annika.keyboard.press("Space")
    await annika.keyboard.press("ArrowDown")
    await expect(annika.locator("[data-spoken]")).to_have_text("Short text, place 2 of 5")
    await annika.keyboard.press("Space")
    await annika.get_by_role("button", name="Take away: Phone").click()
    await expect(rows).to_have_count(4)
    await picture(annika, "making-a-form")
    await annika.get_by_label("Question 1", exact=True).press("Enter")  # saves it, and adds nothing
    await expect(annika.get_by_text("Saved", exact=True)).to_be_visible()
    await expect(rows).to_have_count(4)

    page = await annika.get_by_role("link", name=re.compile("^Open")).get_attribute("href")
    await ask(await window(f"{page}"), "070-174 06 12, evenings", "Karin Ekdahl")
    await annika.get_by_role("link", name="Field map").click()
    await annika.get_by_label("Meaning of Reach me at").select_option("phone")
    await annika.get_by_role("button", name="What would be different").click()
    await expect(annika.get_by_text("1 request would be read otherwise")).to_be_visible()
    await annika.get_by_role("button", name="Save the map").click()
    await expect(annika.get_by_text("the field map")).to_be_visible()
    await annika.get_by_role("button", name="Read them again onto their cards").click()
    await expect(annika.get_by_text("1 request is read again")).to_be_visible()

    await ask(await window(f"{page}"), "070-174 06 19, evenings", "Lena Berg")
    await annika.goto(f"{hub.address}/journal")
    await annika.get_by_role("link", name=re.compile("Lena Berg")).first.click()
    await expect(annika.get_by_role("heading", name="Lena Berg").first).to_be_visible()
    await expect(annika.locator("main")).to_contain_text("070-174 06 19")


async def ask(page: Page, number: str, name: str) -> None:
    """Fill in the form of the journey and send it."""
    await page.get_by_label("Reach me at").fill(number)
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
