"""The board at a desk: a card is dragged or goes by keys, and what its new stage asks for is asked on the way."""

from __future__ import annotations

from collections.abc import Callable

from playwright.async_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import contacts, deal_changes, deal_moves
from crm.contacts import Contact
from crm.deal_changes import NewDeal
from crm.deals import Deal
from crm.pipelines import Stage
from hub.store import open_store
from hub.users import find_user, viewer
from tests.journeys.people import Join
from tests.servers.ringback import Hub


async def test_a_deal_goes_by_pointer_and_by_keys_not_before_what_is_asked_is_there(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    elin = await join("Elin Sandgren", "agent", "Sales")
    await join("Sofia Hjelm", "head", "Sales")
    await in_store(hub, furnish)
    await elin.goto(f"{hub.address}/deals")
    await dragged_it_asks_for_the_number(elin)
    await by_keys_it_stays_or_asks_for_the_address(elin)
    await what_is_sold_is_written_on_its_page(elin)
    await who_was_faster_is_told(elin, hub)
    complaints[:] = [each for each in complaints if "422" not in each and "409" not in each]


async def dragged_it_asks_for_the_number(page: Page) -> None:
    await page.locator("[data-deal]").drag_to(page.locator("[data-stage-name='Called']"))
    sheet = page.locator("#sheet")
    await expect(sheet).to_contain_text("Not before this is known:")
    await expect(card_in(page, "Request")).to_have_count(1)
    await sheet.get_by_label("Phone number").fill("070-174 06 12")
    await sheet.get_by_role("button", name="Move to Called").click()
    await expect(card_in(page, "Called")).to_have_count(1)
    await expect(sheet).not_to_be_visible()


async def by_keys_it_stays_or_asks_for_the_address(page: Page) -> None:
    await page.get_by_role("link", name="Seven windows").focus()
    for key in ("Space", "ArrowRight"):
        await page.keyboard.press(key)
    spoken = page.locator("[data-spoken]")
    await expect(spoken).to_have_text("Over Measured, 3 of 8")
    await page.keyboard.press("Escape")
    await expect(spoken).to_have_text("Seven windows stays where it was")
    for key in ("Space", "ArrowRight", "Space"):
        await page.keyboard.press(key)
    address = page.locator("#sheet").get_by_label("Address")
    await expect(address).to_be_focused()
    await page.keyboard.type("Storgatan 1")
    await page.keyboard.press("Enter")
    await expect(card_in(page, "Measured")).to_have_count(1)
    await expect(page.get_by_role("link", name="Seven windows")).to_be_focused()


async def what_is_sold_is_written_on_its_page(page: Page) -> None:
    for key in ("Space", "ArrowRight", "Space"):
        await page.keyboard.press(key)
    sheet = page.locator("#sheet")
    await expect(sheet.get_by_role("link", name="write the lines")).to_be_visible()
    await expect(sheet.get_by_role("button", name="Move to Quoted")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(sheet).not_to_be_visible()
    await expect(card_in(page, "Measured")).to_have_count(1)


async def who_was_faster_is_told(page: Page, hub: Hub) -> None:
    """Hold it while Sofia puts it back to the beginning, and put it down elsewhere."""
    await page.get_by_role("link", name="Seven windows").focus()
    for key in ("Space", "ArrowLeft"):
        await page.keyboard.press(key)
    await in_store(hub, put_back)
    await page.keyboard.press("Space")
    await expect(page.locator("#toasts")).to_contain_text("Sofia Hjelm moved it to “Request” meanwhile")
    await expect(card_in(page, "Request")).to_have_count(1)


def card_in(page: Page, stage: str) -> Locator:
    """Give the card, where it stands in this stage."""
    return page.locator(f"[data-stage-name='{stage}'] [data-deal]")


async def in_store(hub: Hub, fill: Callable[[Session], None]) -> None:
    """Do something in the store itself, as another node would."""
    async with open_store(hub.data) as db:
        await db.write(fill)


def furnish(session: Session) -> None:
    """Have a deal on the board, with somebody of whom nothing but the name is known."""
    elin = viewer(find_user(session, "elin@klarruta.example"))
    contact = contacts.add_contact(session, "Karin Ekdahl", department_id=elin.department_id)
    deal_changes.open_deal(session, elin, session.get_one(Contact, contact), NewDeal(title="Seven windows"))


def put_back(session: Session) -> None:
    """Have Sofia put the deal back to the beginning."""
    sofia, first = (
        viewer(find_user(session, "sofia@klarruta.example")),
        select(Stage).where(Stage.name == "Request"),
    )
    deal_moves.move(session, sofia, session.scalars(select(Deal)).one(), session.scalars(first).one().id)
