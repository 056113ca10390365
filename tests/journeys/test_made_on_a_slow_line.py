"""What is made where the answer was lost is made once: whoever presses again gets what is there."""

from __future__ import annotations

from functools import partial

from playwright.async_api import Page, Request, Route, expect

from hub.store import open_store
from tests.eventually import eventually
from tests.journeys.people import Join
from tests.journeys.test_a_long_deal import add, furnish
from tests.journeys.test_pressed_on_a_slow_line import slow
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
    async with slow(elin, "**/documents"):
        await make.dblclick()
    await expect(papers).to_have_count(2)
    complaints.clear()  # what the browser notes of a line that is lost


async def lose(route: Route) -> None:
    """Have the hub do it, and nobody hear of it."""
    await route.fetch()
    await route.abort()


async def test_a_form_that_is_pressed_twice_is_sent_once(hub: Hub, join: Join) -> None:
    elin = await join("Elin Sandgren", "agent", "Sales")
    async with open_store(hub.data) as db:
        await db.write(partial(furnish, lines=1))
    await elin.goto("/deals/new?contact_id=1")
    await elin.get_by_label("What it is about").fill("Two windows")
    sent: list[Request] = []
    elin.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    button = elin.get_by_role("button", name="Open the deal")
    box = await button.bounding_box()
    assert box
    async with slow(elin, "**/deals"):
        await elin.mouse.click(box["x"] + 9, box["y"] + 9)
        await eventually(lambda: len(sent) == 1)
        await elin.mouse.click(box["x"] + 9, box["y"] + 9)
    await expect(elin.get_by_role("heading", name="Two windows", level=1)).to_be_visible()
    assert len(sent) == 1
    await elin.go_back()
    await elin.get_by_label("What it is about").fill("Three windows")
    await elin.get_by_role("button", name="Open the deal").click()
    await expect(elin.get_by_role("heading", name="Three windows", level=1)).to_be_visible()


async def test_a_form_whose_answer_was_lost_is_sent_once_by_who_goes_back_and_presses_again(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    elin = await join("Elin Sandgren", "agent", "Sales")
    async with open_store(hub.data) as db:
        await db.write(partial(furnish, lines=1))
    await elin.goto("/contacts/1")
    await elin.goto("/deals/new?contact_id=1")
    what, press = elin.get_by_label("What it is about"), elin.get_by_role("button", name="Open the deal")
    await what.fill("Two windows")
    await elin.route("**/deals", lose, times=1)
    await press.click()
    await elin.wait_for_url("chrome-error://**")
    await elin.go_back()
    await expect(what).to_have_value("Two windows")
    await press.click()
    await expect(elin.get_by_role("heading", name="Two windows", level=1)).to_be_visible()
    await expect(elin.get_by_text("It was saved already")).to_be_visible()
    await elin.goto("/contacts/1")
    await expect(elin.get_by_role("link", name="Two windows")).to_have_count(1)
    for made in (2, 3):
        await elin.goto("/deals/new?contact_id=1")
        await what.fill("Two windows")
        await press.click()
        await expect(elin.get_by_text("It was saved already")).to_have_count(0)
        await elin.goto("/contacts/1")
        await expect(elin.get_by_role("link", name="Two windows")).to_have_count(made)
    complaints.clear()  # what the browser notes of a line that is lost


async def test_what_is_written_on_while_a_form_is_on_its_way_is_kept(hub: Hub, join: Join) -> None:
    elin = await join("Elin Sandgren", "agent", "Sales")
    await elin.goto(f"{hub.address}/tasks/new")
    title = elin.get_by_label("What is to be done")
    await title.fill("Call Karin")
    async with slow(elin, "**/tasks"):
        async with elin.expect_request("**/tasks"):
            await elin.keyboard.press("Enter")
        await elin.keyboard.type(" and Bo")
    await elin.wait_for_url("**/today")
    await expect(elin.get_by_role("link", name="Call Karin", exact=True)).to_be_visible()
    await elin.goto("/tasks/new")
    await expect(title).to_have_value("Call Karin and Bo")
    await title.press("Enter")
    await expect(elin.get_by_role("link", name="Call Karin and Bo", exact=True)).to_be_visible()
    await elin.goto("/tasks/new")
    await expect(title).to_have_value("")


async def test_lines_of_a_deal_never_take_the_place_of_others_unseen(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    elin, other = await join("Elin Sandgren", "agent", "Sales"), await join("Sofia Hjelm", "head", "Sales")
    async with open_store(hub.data) as db:
        deal_id = await db.write(partial(furnish, lines=3))
    for page in (elin, other):
        await page.goto(f"/deals/{deal_id}")
    removes = elin.locator("#lines button[name=drop]")
    async with slow(elin, "**/lines"):
        await removes.nth(0).click()
        await removes.nth(1).click()
    await expect(elin.get_by_text("The lines were changed since you saw them")).to_be_visible()
    await expect(removes).to_have_count(2)
    await write(elin, "A sill")
    await add(other, "A handle")
    await expect(other.locator("#toasts")).to_contain_text("3 lines")
    save = elin.get_by_role("button", name="Save the lines")
    await save.click()
    await expect(elin.get_by_text("there are 3 by now")).to_be_visible()
    await save.click()
    await expect(other.locator("#lines [name=name][value='A sill']")).to_have_count(1)
    await expect(removes).to_have_count(3)
    complaints[:] = [each for each in complaints if "409" not in each]


async def write(page: Page, name: str) -> None:
    """Write one more line."""
    last = page.locator("#lines tbody tr").last
    await last.get_by_role("combobox").fill(name)
    await last.get_by_label("Price", exact=True).fill("10")
