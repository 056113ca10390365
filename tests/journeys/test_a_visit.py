"""A visit from the calendar to the customer's signature: planned, dragged, moved by keys, and done without contact."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from playwright.async_api import Page, Route, expect
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import contacts
from crm.contacts import MAIL, PHONE
from hub.store import open_store
from hub.users import find_department
from tests.crm.web.test_customer_visits import png
from tests.journeys.people import Join
from tests.journeys.pictures import NARROW, WIDE, faults, picture
from tests.servers.ringback import Hub

PLACE = "Installation"
EXPECTED = ("ERR_", "WebSocket", "Failed to fetch", "404")  # what the browser notes of a line that is lost


TODAY = date.today()  # noqa: DTZ011 - asked once: midnight may come meanwhile


def next_week(day: int) -> date:
    """Give a day of next week, Monday 0."""
    return TODAY + timedelta(days=7 - TODAY.weekday() + day)


async def test_a_visit_is_planned_moved_and_done_without_contact(
    hub: Hub, join: Join, tmp_path: Path, complaints: list[str]
) -> None:
    nils = await join("Nils Akerman", "agent", PLACE)
    hub.hire("Ines Holm", "agent", PLACE)
    await furnish(hub)
    await nils.goto(f"{hub.address}/visits?day={next_week(0)}")
    assert await faults(nils) == []
    await picture(nils, "visits-empty")
    await plan(nils)
    await drag(nils)
    await by_keys(nils)
    await by_day(nils, hub)
    await on_the_telephone(nils, hub, tmp_path)
    complaints[:] = [each for each in complaints if not any(known in each for known in EXPECTED)]


async def plan(nils: Page) -> None:
    """Plan a visit by the form above the calendar."""
    await nils.keyboard.press("i")
    sheet = nils.locator("#sheet")
    await sheet.get_by_label("Contact", exact=True).fill("Karin")
    await sheet.get_by_role("option", name="Karin Ekdahl").click()
    await sheet.get_by_label("When").fill(f"{next_week(1)}T10:00")
    await sheet.get_by_label("Minutes", exact=True).fill("90")
    await sheet.get_by_label("Address").fill("Storgatan 1, Göteborg")
    await sheet.get_by_label("What for").fill("Take measurements")
    assert await faults(nils) == []
    await picture(nils, "visit-new")
    await sheet.get_by_role("button", name="Plan the visit").click()
    await expect(nils.locator("#toasts")).to_contain_text("Planned:")
    await expect(nils.locator(".block")).to_contain_text("10:00-11:30")
    assert await faults(nils) == []
    await picture(nils, "visits-week")


async def drag(nils: Page) -> None:
    """Drag it to Thursday, two hours later."""
    await nils.set_viewport_size(WIDE)
    block, column = nils.locator("[data-visit]"), nils.locator(f"[data-day='{next_week(3)}'] [data-quarters]")
    quarter = await column.evaluate("each => parseFloat(getComputedStyle(each).gridAutoRows)")
    noon = {"x": 30, "y": quarter * 4 * 5 + 4}  # the calendar begins at seven
    await block.drag_to(column, source_position={"x": 20, "y": 4}, target_position=noon)
    await expect(nils.locator("#toasts")).to_contain_text("Moved: Karin Ekdahl")
    await expect(nils.locator(f"[data-day='{next_week(3)}'] .block")).to_contain_text("12:00-13:30")


async def by_keys(nils: Page) -> None:
    """Lift it by Space, a column back and half an hour down, and put it there."""
    link = nils.locator("[data-visit] a")
    await link.focus()
    await nils.keyboard.press("Space")
    await nils.keyboard.press("ArrowLeft")
    await nils.keyboard.press("ArrowDown")
    await nils.keyboard.press("ArrowDown")
    await expect(nils.locator("[data-spoken]")).to_contain_text("12:30")
    await picture(nils, "visits-lifted")
    await nils.keyboard.press("Space")
    await expect(nils.locator(f"[data-day='{next_week(2)}'] .block")).to_contain_text("12:30-14:00")
    await expect(nils.locator("[data-visit] a")).to_be_focused()


async def by_day(nils: Page, hub: Hub) -> None:
    """Look at the day of the department."""
    await nils.goto(f"{hub.address}/visits?view=day&day={next_week(2)}")
    await nils.get_by_label("Whose visits").select_option(label=PLACE)
    await expect(nils.locator(".column").first).to_contain_text("Ines Holm")
    assert await faults(nils) == []
    await picture(nils, "visits-day")
    await nils.get_by_role("link", name="Week", exact=True).click()
    await expect(nils.locator(".block")).to_contain_text("NA 12:30-14:00")
    await picture(nils, "visits-week-of-all")


async def on_the_telephone(nils: Page, hub: Hub, tmp_path: Path) -> None:
    """Do it at the customer's, where there is no contact: photos and the form are sent later, once."""
    await nils.locator(".block a").click()
    await expect(nils.get_by_role("heading", name="Karin Ekdahl", exact=True)).to_be_visible()
    assert await faults(nils) == []
    await picture(nils, "visit")
    await nils.set_viewport_size(NARROW)
    files = [tmp_path / f"window-{number}.png" for number in range(2)]
    for number, file in enumerate(files):
        file.write_bytes(png(80 * number))
    await sign(nils)
    await nils.context.set_offline(True)
    await nils.locator("#photo-files").set_input_files(files)
    waiting = nils.locator("[data-waiting] li")
    await expect(waiting).to_have_count(2)
    await expect(waiting.first).to_contain_text("Waits for contact")
    await nils.get_by_label("Name", exact=True).fill("Karin Ekdahl-Ek")
    await nils.keyboard.press("Enter")
    await expect(nils.locator("#toasts")).to_contain_text("sent as soon as it is back")
    await picture(nils, "visit-offline")
    await nils.set_viewport_size(NARROW)
    await others_answer(nils)
    await nils.reload()
    kept = nils.locator(".papers li")
    await expect(kept).to_have_count(4)
    await expect(kept.filter(has_text="Photo")).to_have_count(2)
    await expect(kept.filter(has_text="Karin Ekdahl-Ek")).to_have_count(1)
    await nils.get_by_role("button", name="The visit is done").click()
    await expect(nils.locator("#visit .state").first).to_have_text("Done")
    await nils.reload()
    await expect(nils.locator(".papers li")).to_have_count(4)
    assert await faults(nils) == []
    await picture(nils, "visit-done")
    await nils.goto(f"{hub.address}/my-calendar")
    await nils.get_by_role("button", name="Make an address").click()
    await expect(nils.get_by_label("Your address")).to_be_visible()
    assert await faults(nils) == []
    await picture(nils, "my-calendar")


async def others_answer(nils: Page) -> None:
    """Come through a hotel's page, and be refused by the hub: no photo is lost by either."""
    waiting, there = nils.locator("[data-waiting] li"), "**/photos?key=*"

    async def portal(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/html", body="<p>Welcome to the hotel</p>")

    async def refusal(route: Route) -> None:
        await route.fulfill(
            status=404, content_type="text/html", body="<div class='toast' data-toast>No</div>"
        )

    await nils.route(there, portal)
    await nils.context.set_offline(False)
    async with nils.expect_response(there):
        await nils.evaluate("dispatchEvent(new Event('online'))")
    await nils.route(there, refusal)
    await nils.unroute(there, portal)
    await nils.reload()
    await expect(waiting.filter(has_text="did not take it")).to_have_count(2)
    await picture(nils, "visit-refused")
    await nils.set_viewport_size(NARROW)
    await nils.unroute(there)
    await nils.reload()
    again = waiting.get_by_role("button", name="Try again")
    for left in (1, 0):
        await again.first.click()
        await expect(again).to_have_count(left)
    await expect(waiting).to_have_count(0)


async def sign(nils: Page) -> None:
    """Sign on the glass."""
    glass = nils.locator("[data-glass]")
    await glass.scroll_into_view_if_needed()
    box = await glass.bounding_box()
    assert box is not None
    await nils.mouse.move(box["x"] + 40, box["y"] + 60)
    await nils.mouse.down()
    for step in range(6):
        await nils.mouse.move(box["x"] + 60 + 30 * step, box["y"] + (30 if step % 2 else 90))
    await nils.mouse.up()
    await nils.get_by_role("button", name="Sign", exact=True).click()
    await expect(nils.locator("#toasts")).to_contain_text("Signed: Karin Ekdahl")


async def furnish(hub: Hub) -> None:
    """Have somebody to visit."""

    def fill(session: Session) -> None:
        place = find_department(session, PLACE).id
        handles = [(PHONE, "+46701740612"), (MAIL, "karin@ekdahl.example")]
        contacts.add_contact(session, "Karin Ekdahl", handles, department_id=place)

    async with open_store(hub.data) as db:
        await db.write(fill)
