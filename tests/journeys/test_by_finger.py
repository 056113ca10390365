"""The board on a telephone: a long press lifts a card, the finger carries it over the edge, and a short one scrolls."""

from __future__ import annotations

from playwright.async_api import CDPSession, Page, expect
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


async def test_a_finger_moves_a_deal_and_scrolls_the_board(hub: Hub, join: Join) -> None:
    elin = await join("Elin Sandgren", "agent", "Sales")
    await furnish(hub)
    await elin.set_viewport_size(NARROW)
    await elin.goto(f"{hub.address}/deals")
    finger = await elin.context.new_cdp_session(elin)
    card = elin.locator("[data-deal]")
    await expect(card).to_have_count(1)
    await drag(elin, finger, lifts=True)
    await expect(elin.locator("#toasts")).to_contain_text("Seven windows")
    await expect(elin.locator("[data-stage-name='Called'] [data-deal]")).to_have_count(1)


async def drag(page: Page, finger: CDPSession, *, lifts: bool) -> None:
    """Press a card, move to the right edge of the screen until the next stage is there, and let go over it."""
    box = await page.locator("[data-deal]").bounding_box()
    assert box is not None
    x, y = box["x"] + 40, box["y"] + 20

    async def touch(kind: str, at: float = 0) -> None:
        points = [{"x": at, "y": y}] if at else []
        await finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    await touch("touchStart", x)
    if lifts:
        await expect(page.locator("[data-deal][data-held]")).to_have_count(1)
    edge = 385 if lifts else 30
    for step in range(1, 7):
        await touch("touchMove", x + (edge - x) * step / 6)
    if lifts:
        await expect(page.locator("[data-stage-name='Called'] [data-drop]")).to_be_visible()
    await touch("touchEnd")


async def furnish(hub: Hub) -> None:
    """Have a pipeline, and a deal in it."""

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
