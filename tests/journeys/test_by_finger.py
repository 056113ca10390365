"""The board on a telephone: a long press lifts a card, the finger carries it over the edge, and a short one scrolls."""

from __future__ import annotations

import asyncio

from playwright.async_api import CDPSession, Locator, Page, expect
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import contacts, deal_changes
from crm.contacts import PHONE, Contact
from crm.deal_changes import NewDeal
from hub.store import open_store
from hub.users import find_user, viewer
from tests.journeys.people import Join
from tests.journeys.pictures import NARROW
from tests.servers.ringback import Hub

Point = tuple[float, float]
NEXT, EDGE = 340, 375
"""Where the next stage shows beside the first, and where the board scrolls along."""


async def test_a_finger_moves_a_deal_and_scrolls_the_board(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    elin = await join("Elin Sandgren", "agent", "Sales")
    await furnish(hub)
    await elin.set_viewport_size(NARROW)
    await elin.goto(f"{hub.address}/deals")
    finger = await elin.context.new_cdp_session(elin)
    await a_quick_one_scrolls(elin, finger)
    await a_second_one_lets_go(elin, finger)
    await escape_lets_go(elin, finger)
    await it_goes_where_it_is_let_go(elin, finger)
    await the_stage_asks_as_by_mouse(elin, finger)
    complaints[:] = [each for each in complaints if "422" not in each]  # what a stage asks for is no fault


async def a_quick_one_scrolls(page: Page, finger: CDPSession) -> None:
    """Move at once: the board moves, the card does not."""
    x, y = await at(page)
    way = [("touchStart", x + 200), *(("touchMove", x + 200 - 20 * step) for step in range(1, 11))]
    await asyncio.gather(*(touch(finger, kind, (to, y)) for kind, to in way))  # one that stays still lifts it
    await touch(finger, "touchEnd")
    await page.wait_for_function("document.querySelector('[data-board]').scrollLeft > 0")
    await expect(card_in(page, "Request")).to_have_count(1)
    await page.reload()  # the board stands still, and at its beginning


async def a_second_one_lets_go(page: Page, finger: CDPSession) -> None:
    """Lift it, hold it over the next stage, and put a second finger down."""
    place = await carry(page, finger, "Called")
    await touch(finger, "touchStart", place, (60, 700))
    await stays(page, finger)


async def escape_lets_go(page: Page, finger: CDPSession) -> None:
    """Lift it, hold it over the next stage, and press Escape."""
    await carry(page, finger, "Called")
    await page.keyboard.press("Escape")
    await stays(page, finger)


async def it_goes_where_it_is_let_go(page: Page, finger: CDPSession) -> None:
    """Carry it into the next stage."""
    await carry(page, finger, "Called")
    await touch(finger, "touchEnd")
    await expect(page.locator("#toasts")).to_contain_text("Seven windows")
    await expect(card_in(page, "Called")).to_have_count(1)
    assert page.url.endswith("/deals")  # letting go is no press of the link
    await page.reload()


async def the_stage_asks_as_by_mouse(page: Page, finger: CDPSession) -> None:
    """Hold it at the edge until the board has gone to its end, and let go: why it is lost is asked as ever."""
    await page.locator("[data-deal]").scroll_into_view_if_needed()
    await carry(page, finger, "Lost", to=EDGE)
    await touch(finger, "touchEnd")
    sheet = page.locator("#sheet")
    await expect(sheet).to_contain_text("Lost")
    await expect(sheet.get_by_label("What they said")).to_be_visible()
    await expect(card_in(page, "Called")).to_have_count(1)


async def carry(page: Page, finger: CDPSession, stage: str, *, to: float = NEXT) -> Point:
    """Press the card until it is lifted, move to the right, and hold it until the stage is under the finger."""
    x, y = await at(page)
    await touch(finger, "touchStart", (x, y))
    await expect(page.locator("[data-deal][data-held]")).to_have_count(1)
    for step in range(1, 7):
        await touch(finger, "touchMove", (x + (to - x) * step / 6, y))
    await expect(page.locator(f"[data-stage-name='{stage}'] [data-drop]")).to_be_visible()
    return (to, y)


async def stays(page: Page, finger: CDPSession) -> None:
    """See that it was put back, and take the fingers away."""
    await expect(page.locator("[data-deal][data-held]")).to_have_count(0)
    await touch(finger, "touchEnd")
    await expect(page.locator("[data-drop]:visible")).to_have_count(0)
    await expect(card_in(page, "Request")).to_have_count(1)
    await expect(page.locator("#toasts")).to_be_empty()
    await page.reload()  # the board stands still, and at its beginning


async def at(page: Page) -> Point:
    """Give a place on the card."""
    box = await page.locator("[data-deal]").bounding_box()
    assert box is not None
    return box["x"] + 40, box["y"] + 20


async def touch(finger: CDPSession, kind: str, *points: Point) -> None:
    """Put fingers down, move them, or take them away."""
    touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    await finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def card_in(page: Page, stage: str) -> Locator:
    """Give the card, where it stands in this stage."""
    return page.locator(f"[data-stage-name='{stage}'] [data-deal]")


async def furnish(hub: Hub) -> None:
    """Have a deal on the board."""

    def fill(session: Session) -> None:
        elin = viewer(find_user(session, "elin@klarruta.example"))
        contact = contacts.add_contact(
            session, "Karin Ekdahl", [(PHONE, "+46701740612")], department_id=elin.department_id
        )
        deal_changes.open_deal(
            session, elin, session.get_one(Contact, contact), NewDeal(title="Seven windows")
        )

    async with open_store(hub.data) as db:
        await db.write(fill)
