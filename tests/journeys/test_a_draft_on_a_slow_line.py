"""A draft that goes whole to the hub and comes back changed: on a slow line no press and no word of it is lost."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.journeys.people import Join
from tests.journeys.test_a_segment import choose, furnish
from tests.journeys.test_pressed_on_a_slow_line import slow
from tests.servers.ringback import Hub

DRAFTS, COUNTS = "**/draft?**", "**/preview"


async def test_a_letter_has_all_blocks_that_were_added_and_what_was_written_meanwhile(
    hub: Hub, join: Join
) -> None:
    maria = await join("Maria Berg", "manager")
    await maria.goto(f"{hub.address}/campaigns/new")
    await maria.get_by_role("textbox", name="Name", exact=True).fill("Quiet before Easter")
    await maria.get_by_role("button", name="Begin").click()
    await maria.wait_for_load_state()
    blocks, kinds = maria.locator("#blocks > [data-order-item]"), maria.locator(".kinds")
    words, subject = blocks.first.get_by_label("Words"), maria.get_by_label("Subject")
    async with slow(maria, DRAFTS):
        for kind in ("Button", "Button", "Divider"):
            await kinds.get_by_role("button", name=kind).click()
        await words.fill("Half a sentence")
        await subject.fill("Quiet")
        await maria.locator(".savebar button").click(no_wait_after=True)
    await expect(maria.get_by_text("Saved as version 2")).to_be_visible()
    await expect(blocks.get_by_role("heading")).to_have_text(["Text 1", "Button 2", "Button 3", "Divider 4"])
    await expect(words).to_have_value("Half a sentence")
    await expect(subject).to_have_value("Quiet")


async def test_a_form_has_all_questions_that_were_added_and_what_was_written_meanwhile(
    hub: Hub, join: Join
) -> None:
    anna = await join("Anna Lund", "admin", None)
    await anna.goto(f"{hub.address}/form-builder")
    await anna.get_by_label("What the new form is called").fill("Ask for a price")
    await anna.get_by_role("button", name="Make a form").click()
    await anna.wait_for_load_state()
    questions, kinds = anna.locator("#questions > [data-order-item]"), anna.locator(".kinds")
    await expect(anna.get_by_label("Introduction")).to_be_visible()
    before = await questions.count()
    async with slow(anna, DRAFTS):
        for _twice in range(2):
            await kinds.get_by_role("button").first.click()
        await anna.get_by_label("Introduction").fill("We measure")
        await anna.get_by_label("Words of thanks").fill("We ring you back")
    await expect(questions).to_have_count(before + 2)
    await expect(anna.get_by_label("Introduction")).to_have_value("We measure")
    await expect(anna.get_by_label("Words of thanks")).to_have_value("We ring you back")


async def test_a_segment_has_all_conditions_that_were_added_whatever_is_counted_meanwhile(
    hub: Hub, join: Join
) -> None:
    maria = await join("Maria Berg", "manager", None)
    await furnish(hub)
    await maria.goto(f"{hub.address}/segments/new")
    await choose(maria, "About", "A tag")
    await expect(maria.get_by_label("Tag", exact=True)).to_be_visible()
    conditions = maria.locator(".condition")
    async with slow(maria, COUNTS):
        await chosen_and_asked(maria)
        for _twice in range(2):
            await maria.locator("#r-add").click()
        await maria.get_by_label("Name", exact=True).fill("Architects whom we know")
    await expect(conditions).to_have_count(3)
    await expect(maria.get_by_label("Tag", exact=True)).not_to_have_value("")
    await expect(maria.get_by_label("Name", exact=True)).to_have_value("Architects whom we know")
    async with slow(maria, COUNTS):
        for _twice in range(2):
            await maria.locator("#r-1-drop").click()
    await expect(conditions).to_have_count(2)
    await maria.locator("#r-1-drop").click()
    await expect(maria.locator(".segment-count")).to_have_text("2")


async def test_what_is_published_is_what_was_drawn(hub: Hub, join: Join) -> None:
    maria = await join("Maria Berg", "manager", "Sales")
    await maria.goto("/processes")
    await maria.get_by_label("Name", exact=False).first.fill("Repairs")
    await maria.get_by_role("button", name="Make it").click()
    await maria.get_by_role("link", name="Draw it").click()
    await expect(maria.locator("#drawing[data-ready]")).to_be_visible()
    await press(maria.locator("[data-steps]"), "Start")
    await maria.locator("[data-piece]").get_by_label("Name", exact=True).fill("Somebody rings")
    unkept, save = maria.get_by_text("Not saved yet"), maria.get_by_role("button", name="Save and check")
    async with slow(maria, "**/draft"):
        await save.click()
        await expect(unkept).to_be_visible()
        await press(maria.get_by_role("toolbar"), "End")
        await save.click()
        await maria.get_by_role("button", name="Publish the draft").click()
    await expect(maria.get_by_text("Published: Repairs, version 1")).to_be_visible()
    await expect(unkept).to_be_hidden()
    drawn = await (await maria.request.get(f"{hub.address}/processes/1/versions/1")).text()
    assert "endEvent" in drawn


async def press(place: Locator, what: str) -> None:
    """Press a button by its key."""
    await place.get_by_role("button", name=what, exact=True).press("Enter")


async def chosen_and_asked(maria: Page) -> None:
    """Choose a tag, and have it asked how many that are."""
    async with maria.expect_request(COUNTS):
        await choose(maria, "Tag", "Architect")
