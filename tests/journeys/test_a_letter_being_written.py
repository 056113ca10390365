"""A letter to many while it is written: nothing of it is lost, and nothing of one letter turns up in another."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.journeys.people import Join
from tests.journeys.pictures import faults, picture
from tests.servers.ringback import Hub

# What comes while the page is left, such as who is there, is shown as at any other time.
SHOWN_ANEW = """() => addEventListener("click", ({ target }) => target.closest("[data-letter-drop]")
  && document.body.dispatchEvent(new CustomEvent("htmx:after:swap", { bubbles: true, detail: { ctx: {} } })))"""


@pytest.fixture
async def maria(join: Join, hub: Hub) -> Page:
    """Give Maria's window, on a letter that says nothing yet."""
    page = await join("Maria Berg", "manager")
    await page.goto(f"{hub.address}/campaigns/new")
    await page.get_by_role("textbox", name="Name", exact=True).fill("Quiet before Easter")
    await page.get_by_role("button", name="Begin").click()
    await page.wait_for_load_state()
    await expect(page.get_by_role("heading", name="Quiet before Easter", level=1)).to_be_visible()
    return page


async def test_all_that_was_written_is_there_after_a_reload(maria: Page) -> None:
    blocks = maria.locator("#blocks > [data-order-item]")
    before = await blocks.count()
    await maria.get_by_label("Subject").fill("My subject")
    await press(maria, "Button")
    await expect(blocks).to_have_count(before + 1)
    await blocks.last.get_by_label("Words on it").fill("See it")
    await maria.get_by_label("Preview line").fill("My preview")
    await maria.reload()

    await expect(maria.get_by_text("Not saved yet")).to_be_visible()
    await expect(maria.get_by_label("Subject")).to_have_value("My subject")
    await expect(maria.get_by_label("Preview line")).to_have_value("My preview")
    await expect(blocks.last.get_by_label("Words on it")).to_have_value("See it")
    await save(maria, 2)
    await expect(maria.get_by_text("Not saved yet")).to_be_hidden()
    await maria.reload()
    await expect(maria.get_by_label("Subject")).to_have_value("My subject")
    await expect(maria.get_by_text("Not saved yet")).to_be_hidden()


async def test_enter_in_a_field_saves_and_adds_nothing(maria: Page) -> None:
    blocks = maria.locator("#blocks > [data-order-item]")
    before = await blocks.count()
    await maria.get_by_label("Subject").fill("My subject")
    await maria.get_by_label("Subject").press("Enter")
    await expect(maria.get_by_text("Saved as version 2")).to_be_visible()
    await expect(blocks).to_have_count(before)


async def test_what_is_not_saved_can_be_discarded(maria: Page) -> None:
    await maria.get_by_label("Subject").fill("My subject")
    await maria.reload()
    await expect(maria.get_by_label("Subject")).to_have_value("My subject")
    await maria.evaluate(SHOWN_ANEW)
    await maria.get_by_role("link", name="Discard").click()
    await expect(maria.get_by_label("Subject")).to_have_value("")
    await maria.reload()
    await expect(maria.get_by_label("Subject")).to_have_value("")
    await expect(maria.get_by_text("Not saved yet")).to_be_hidden()


async def test_a_block_that_was_taken_away_comes_back_with_its_words(maria: Page) -> None:
    blocks = maria.locator("#blocks > [data-order-item]")
    count = await blocks.count() + 1
    await press(maria, "Text")
    await expect(blocks).to_have_count(count)
    await expect(blocks.last.get_by_label("Words")).to_be_focused()
    await maria.keyboard.type("An hour's work")
    await press(maria, "Text")
    await expect(blocks).to_have_count(count + 1)
    await expect(blocks.last.get_by_label("Words")).to_be_focused()
    await maria.get_by_role("button", name=f"Take away: Text {count}").press("Enter")
    await expect(maria.get_by_text("Text is taken away.")).to_be_visible()
    await expect(maria.get_by_role("button", name="Undo")).to_be_focused()
    await picture(maria, "letter-taken-away")
    assert not (wrong := await faults(maria)), wrong
    await maria.reload()
    await maria.get_by_role("button", name="Undo").click()
    await expect(blocks.nth(count - 1).get_by_label("Words")).to_have_value("An hour's work")
    await expect(blocks).to_have_count(count + 1)


async def test_plain_text_of_ones_own_is_kept(maria: Page) -> None:
    await maria.get_by_text("As plain text").click()
    await maria.get_by_label("Plain text", exact=True).and_(maria.locator("textarea")).fill("In my own words")
    await expect(maria.get_by_label("I write it myself")).to_be_checked()
    await save(maria, 2)
    await expect(maria.locator("#letter-plain")).to_have_value("In my own words")


async def test_what_is_made_of_the_saved_letter_asks_for_it_to_be_saved(maria: Page) -> None:
    await maria.get_by_label("Subject").fill("My subject")
    await maria.get_by_role("button", name="One more letter").click()
    await expect(maria.get_by_text("Save what you wrote first.")).to_be_visible()
    await expect(maria.get_by_label("Subject")).to_have_value("My subject")
    await save(maria, 2)
    await maria.get_by_role("button", name="One more letter").click()
    await expect(maria.get_by_role("link", name="Letter B")).to_be_visible()
    await expect(maria.get_by_label("Subject")).to_have_value("My subject")


async def test_each_letter_and_each_old_version_has_its_own_words(maria: Page, hub: Hub) -> None:
    await maria.get_by_label("Subject").fill("Saved of A")
    await save(maria, 2)
    await maria.get_by_role("button", name="One more letter").click()
    await expect(maria.get_by_role("link", name="Letter B")).to_be_visible()
    await maria.get_by_role("link", name="Letter A").click()
    await expect(maria.get_by_role("link", name="Letter A")).to_have_attribute("aria-current", "page")
    await maria.get_by_label("Subject").fill("Typed for A")

    await maria.get_by_role("link", name="Letter B").click()
    await expect(maria.get_by_role("link", name="Letter B")).to_have_attribute("aria-current", "page")
    await expect(maria.get_by_label("Subject")).to_have_value("Saved of A")
    await expect(maria.get_by_text("Not saved yet")).to_be_hidden()
    await maria.goto(f"{hub.address}/campaigns/1/content?version=1")
    await expect(maria.get_by_text("This is version 1")).to_be_visible()
    await expect(maria.get_by_label("Subject")).to_have_value("")
    await maria.get_by_role("link", name="Letter A").click()
    await expect(maria.get_by_label("Subject")).to_have_value("Typed for A")


async def press(maria: Page, kind: str) -> None:
    """Add a block."""
    await maria.locator(".kinds").get_by_role("button", name=kind, exact=True).click()


async def save(maria: Page, version: int) -> None:
    """Save what stands there."""
    await maria.get_by_role("button", name="Save").first.click()
    await expect(maria.get_by_text(f"Saved as version {version}")).to_be_visible()


async def test_two_who_write_one_letter_hear_of_each_other(
    maria: Page, join: Join, hub: Hub, complaints: list[str]
) -> None:
    annika = await join("Annika Ek", "manager")
    await annika.goto(f"{hub.address}/campaigns/1/content")
    await annika.get_by_label("Preview line").fill("Annika's preview")
    await maria.get_by_label("Subject").fill("Maria's subject")
    await save(maria, 2)
    told = annika.get_by_text("Maria Berg saved version 2 meanwhile.")
    await expect(told).to_be_visible()
    await expect(annika.get_by_label("Preview line")).to_have_value("Annika's preview")
    await annika.reload()
    await expect(annika.get_by_label("Preview line")).to_have_value("Annika's preview")
    await annika.get_by_role("button", name="Save").first.click()
    await expect(told).to_be_visible()
    await expect(annika.get_by_text("Not saved yet")).to_be_visible()
    await picture(annika, "letter-newer")
    assert not (wrong := await faults(annika)), wrong
    await annika.get_by_label("Subject").fill("Maria's subject")
    await save(annika, 3)
    await expect(told).to_be_hidden()
    await expect(maria.get_by_text("Annika Ek saved version 3 meanwhile.")).to_be_visible()
    complaints[:] = [each for each in complaints if "409" not in each]
