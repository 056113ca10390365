"""The first journey: a visitor asks, an agent sees it, the clock runs out, the head is told, it ends well."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.journeys.people import Join, Open, fill_in
from tests.journeys.pictures import picture
from tests.servers.ringback import Hub


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_visitor_sends_the_hosted_form_and_is_thanked(
    window: Open, form: str, *, scripts: bool
) -> None:
    page = await window(f"{form}?utm_source=letter", scripts=scripts)
    await fill_in(page, "Karin Ekdahl")
    await expect(page.get_by_text("A person rings you back within 15 minutes.")).to_be_visible()


async def test_from_the_form_to_the_alarm_and_back(window: Open, join: Join, hub: Hub, form: str) -> None:
    sofia = await join("Sofia Hjelm", "head")
    elin = await join("Elin Sandgren", "agent")
    await elin.goto(f"{hub.address}/today?whose=team")
    for console in (elin, sofia):
        await listens(console)

    visitor = await window(form)
    await picture(visitor, "form")
    await fill_in(visitor, "Karin Ekdahl")
    await expect(visitor.get_by_text("A person rings you back")).to_be_visible()
    task = elin.get_by_role("listitem").filter(has_text="First answer: Karin Ekdahl")
    await expect(task).to_be_visible()
    await expect(task.locator(".clock")).to_have_text(re.compile(r"0:0\d|late"))

    alarm = sofia.locator("#alarms .alarm").filter(has_text="Karin Ekdahl")
    await expect(alarm).to_contain_text("You lead Front desk", timeout=30_000)
    await is_unmoved(elin)
    await is_unmoved(sofia)
    await picture(sofia, "alarm")
    await sofia.reload()
    await expect(alarm).to_contain_text("You lead Front desk")

    await alarm.get_by_role("button", name="I take care of it").click()
    await expect(alarm).to_have_count(0)
    await expect(sofia.get_by_text("You take care of it: First answer: Karin Ekdahl")).to_be_visible()

    await expect(elin.get_by_role("heading", name="Overdue")).to_be_visible()
    await picture(elin, "today")
    await task.get_by_role("button", name="Done: First answer: Karin Ekdahl").click()
    await elin.mouse.move(0, 0)  # what comes late is not shown under the pointer
    await expect(task).to_have_count(0)
    await elin.get_by_role("button", name="Undo").click()
    await expect(task).to_be_visible()
    await is_unmoved(elin)


async def test_a_card_is_opened_read_and_answered(window: Open, join: Join, form: str) -> None:
    elin = await join("Elin Sandgren", "agent")
    await fill_in(await window(form), "Karin Ekdahl")
    await elin.get_by_role("button", name="Take next").click()
    await elin.get_by_role("link", name="First answer: Karin Ekdahl", exact=True).click()
    await expect(elin.get_by_role("heading", name="Karin Ekdahl", level=1)).to_be_visible()
    await expect(elin.get_by_text("They whistle when it is windy.").first).to_be_visible()
    await expect(elin.get_by_text("070-174 06 12").first).to_be_visible()
    await picture(elin, "card")


async def test_the_journal_shows_what_came_and_what_became_of_it(
    window: Open, join: Join, hub: Hub, form: str
) -> None:
    maria = await join("Maria Berg", "manager")
    await maria.goto(f"{hub.address}/journal")
    await listens(maria)
    await fill_in(await window(form), "Karin Ekdahl")
    await expect(maria.get_by_text("Karin Ekdahl, task").first).to_be_visible()
    await expect(maria.get_by_role("link", name=re.compile("Received today 1"))).to_be_visible()
    await is_unmoved(maria)
    await picture(maria, "journal")


async def listens(page: Page) -> None:
    """Wait until a console hears news, and mark it so that a reload would show."""
    await page.evaluate("window.unmoved = true")
    await expect(page.locator("[data-offline]")).to_be_hidden()


async def is_unmoved(page: Page) -> None:
    """Make sure that a console was not loaded again."""
    assert await page.evaluate("window.unmoved")
