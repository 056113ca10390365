"""Ten jobs of a day, done without a pointer: the keys of the sheet, Tab, and words."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.journeys.people import Join, Open, fill_in

MOST_PRESSES = 120


@pytest.mark.timeout(300)
async def test_ten_jobs_of_a_day_without_a_pointer(window: Open, join: Join, form: str) -> None:
    elin = await join("Elin Sandgren", "agent")
    for name, phone in (("Karin Ekdahl", "070-174 06 12"), ("Mats Forsling", "070-174 06 13")):
        await fill_in(await window(form), name, phone)
    await expect(elin.get_by_text(re.compile("2 waiting|2 wait in the queue")).first).to_be_visible()
    await takes_the_next_task(elin)
    await opens_its_card_and_writes_a_note(elin)
    await fills_in_a_field(elin)
    await goes_back_to_today(elin)
    await plans_it_for_later(elin)
    await makes_a_task(elin)
    await does_it_and_takes_that_back(elin)
    await finds_a_person(elin)
    await goes_anywhere_by_the_palette(elin)
    await has_it_all_in_swedish(elin)


async def takes_the_next_task(page: Page) -> None:
    await page.keyboard.press("n")
    await expect(page.get_by_text("Yours: First answer: Karin Ekdahl")).to_be_visible()


async def opens_its_card_and_writes_a_note(page: Page) -> None:
    await walk_to(page, page.get_by_role("link", name="First answer: Karin Ekdahl", exact=True))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Karin Ekdahl", level=1)).to_be_visible()
    await page.wait_for_load_state()
    await tab_to(page, page.get_by_role("textbox", name="Note"))
    await page.keyboard.type("She rings back at three.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#timeline").get_by_text("She rings back at three.")).to_be_visible()


async def fills_in_a_field(page: Page) -> None:
    await tab_to(page, page.get_by_label("Year built", exact=True))
    await page.keyboard.type("1931")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Year built: 1931")).to_be_visible()


async def goes_back_to_today(page: Page) -> None:
    await page.keyboard.press("Escape")
    await blur(page)
    await asyncio.gather(page.keyboard.press("g"), page.keyboard.press("t"))  # within half a second
    await expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


async def plans_it_for_later(page: Page) -> None:
    await walk_to(page, page.get_by_role("link", name="First answer: Karin Ekdahl", exact=True))
    await page.keyboard.press("z")
    await expect(page.get_by_role("button", name=re.compile("In 1 hour"))).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(
        page.get_by_text(re.compile("Planned for .*First answer: Karin Ekdahl")).first
    ).to_be_visible()


async def makes_a_task(page: Page) -> None:
    await blur(page)
    await page.keyboard.press("t")
    await expect(page.get_by_label("What is to be done")).to_be_focused()
    await page.keyboard.type("Order the samples")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("New task: Order the samples")).to_be_visible()


async def does_it_and_takes_that_back(page: Page) -> None:
    row = page.get_by_role("listitem").filter(has_text="Order the samples")
    await tab_to(page, row.get_by_role("link", name="Order the samples", exact=True))
    await page.keyboard.press("e")
    await expect(page.get_by_text("Done: Order the samples")).to_be_visible()
    await tab_to(page, page.get_by_role("button", name="Undo").last)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Open again: Order the samples")).to_be_visible()


async def finds_a_person(page: Page) -> None:
    await blur(page)
    await page.keyboard.press("/")
    await page.keyboard.type("0701740613")
    await expect(page.get_by_role("option", name="Everything with “0701740613”")).to_be_visible()
    found = page.get_by_role("option", name=re.compile("Mats Forsling 070"))
    await expect(found).to_be_visible()
    while await found.get_attribute("aria-selected") != "true":
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Mats Forsling", level=1)).to_be_visible()
    await page.wait_for_load_state()


async def goes_anywhere_by_the_palette(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await page.keyboard.type("Preferences")
    preferences = page.get_by_role("option", name=re.compile("Preferences")).first
    await expect(preferences).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Preferences", level=1)).to_be_visible()


async def has_it_all_in_swedish(page: Page) -> None:
    await tab_to(page, page.get_by_label("Language", exact=True))
    await page.keyboard.type("Sv")
    await page.keyboard.press("Tab")
    await tab_to(page, page.get_by_role("button", name="Save"))
    await page.keyboard.press("Enter")
    await expect(page.locator("html")).to_have_attribute("lang", "sv")
    await expect(page.get_by_role("link", name=re.compile("^I dag"))).to_be_visible()


async def walk_to(page: Page, wanted: Locator) -> None:
    """Press J until the row of this has the focus."""
    await press_until(page, "j", wanted)


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until this has the focus."""
    await press_until(page, "Tab", wanted)


async def press_until(page: Page, key: str, wanted: Locator) -> None:
    """Press a key until this has the focus."""
    await expect(wanted).to_be_visible()
    for _press in range(MOST_PRESSES):
        if await wanted.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{key} never comes to {wanted}")


async def blur(page: Page) -> None:
    """Leave the field, as a person does who goes on elsewhere with Tab or Escape."""
    await page.evaluate("document.activeElement?.blur()")
