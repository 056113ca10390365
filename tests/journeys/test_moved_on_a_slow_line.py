"""A visit and a deal go where they were put last, also while the move before is still on its way."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import contacts
from crm.contacts import Contact
from crm.deal_changes import NewDeal, open_deal
from crm.pipelines import Stage
from hub.users import find_user, viewer
from tests.journeys.people import Join
from tests.journeys.test_a_visit import PLACE, furnish, next_week, plan
from tests.journeys.test_pressed_on_a_slow_line import slow
from tests.journeys.test_the_board import card_in, in_store
from tests.servers.ringback import Hub


async def test_a_move_that_was_taken_back_is_done_again(hub: Hub, join: Join, complaints: list[str]) -> None:
    nils = await join("Nils Akerman", "agent", PLACE)
    hub.hire("Ines Holm", "agent", PLACE)
    await furnish(hub)
    await nils.goto(f"{hub.address}/visits?day={next_week(0)}")
    await plan(nils)
    await lower_it(nils)
    await expect(nils.locator(".block")).to_contain_text("10:15-11:45")
    await nils.get_by_role("button", name="Undo").click()
    await expect(nils.locator(".block")).to_contain_text("10:00-11:30")
    await lower_it(nils)
    await expect(nils.locator(".block")).to_contain_text("10:15-11:45")
    await expect(nils.get_by_text("It was saved already")).to_have_count(0)
    assert complaints == []


async def test_a_card_goes_where_it_was_put_last(hub: Hub, join: Join, complaints: list[str]) -> None:
    elin = await join("Elin Sandgren", "agent", "Sales")
    await in_store(hub, two_deals)
    await elin.goto(f"{hub.address}/deals")
    async with slow(elin, "**/moves"):
        for stage in ("Called", "Measured", "Called"):
            await card(elin, "Seven windows").drag_to(elin.locator(f"[data-stage-name='{stage}']"))
        await by_keys(elin, "One door", "ArrowRight")
        await by_keys(elin, "One door", "ArrowRight", "ArrowRight")
    await expect(card_in(elin, "Called").filter(has_text="Seven windows")).to_have_count(1)
    await expect(card_in(elin, "Quoted").filter(has_text="One door")).to_have_count(1)
    await expect(elin.get_by_text("meanwhile")).to_have_count(0)
    await by_keys(elin, "One door", "ArrowLeft")
    await expect(card_in(elin, "Measured").filter(has_text="One door")).to_have_count(1)
    assert complaints == []


async def test_a_move_that_asks_for_more_is_not_passed_by(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    elin = await join("Elin Sandgren", "agent", "Sales")
    await in_store(hub, two_deals)
    await in_store(hub, ask_for_phone)
    await elin.goto(f"{hub.address}/deals")
    async with slow(elin, "**/moves"):
        await card(elin, "Seven windows").drag_to(elin.locator("[data-stage-name='Called']"))
        await card(elin, "Seven windows").drag_to(elin.locator("[data-stage-name='Measured']"))
    sheet = elin.locator("#sheet")
    await sheet.get_by_label("Phone number").fill("070-174 06 12")
    await sheet.get_by_role("button", name="Move to Called").click()
    await expect(card_in(elin, "Called").filter(has_text="Seven windows")).to_have_count(1)
    complaints[:] = [each for each in complaints if "422" not in each]


async def by_keys(page: Page, name: str, *ways: str) -> None:
    """Lift a card, take it along, and put it down."""
    await page.get_by_role("link", name=name).focus()
    for key in ("Space", *ways, "Space"):
        await page.keyboard.press(key)


def card(page: Page, name: str) -> Locator:
    """Give the card of a deal."""
    return page.locator("[data-deal]").filter(has_text=name)


def two_deals(session: Session) -> None:
    """Have two deals on a board whose stages ask for nothing."""
    session.execute(update(Stage).values(required=[]))
    elin = viewer(find_user(session, "elin@klarruta.example"))
    contact = contacts.add_contact(session, "Karin Ekdahl", department_id=elin.department_id)
    for title in ("Seven windows", "One door"):
        open_deal(session, elin, session.get_one(Contact, contact), NewDeal(title=title))


def ask_for_phone(session: Session) -> None:
    """Have *Called* ask for a number."""
    session.scalars(select(Stage).where(Stage.name == "Called")).one().required = ["phone"]


async def lower_it(nils: Page) -> None:
    """Move the visit a quarter of an hour down, by keys."""
    await nils.locator("[data-visit] a").focus()
    for key in ("Space", "ArrowDown", "Space"):
        await nils.keyboard.press(key)
