"""A deal of as many lines as it takes, at a desk: its page opens, is saved, and says what is too much."""

from __future__ import annotations

from functools import partial

from playwright.async_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import contacts, deal_changes, deal_line_changes
from crm.contacts import Contact
from crm.deal_changes import NewDeal
from crm.deal_line_changes import MOST, Line
from crm.deal_lines import DealLine
from hub.store import open_store
from hub.users import find_user, viewer
from tests.journeys.people import Join
from tests.servers.ringback import Hub

SILL = "Подоконник " * 25  # each letter is six characters of what a form sends


async def test_a_deal_of_a_thousand_lines_is_saved_and_one_more_is_told(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    elin = await join("Elin Sandgren", "agent", "Sales")
    async with open_store(hub.data) as db:
        deal_id = await db.write(partial(furnish, lines=MOST - 1))
    await elin.goto(f"/deals/{deal_id}")
    await add(elin, "The thousandth")
    await expect(elin.locator("#toasts")).to_contain_text("1000 lines, SEK 10,000.00", timeout=90_000)
    await expect(elin.locator("#lines button[name=drop]")).to_have_count(MOST, timeout=90_000)
    await add(elin, "One too many")
    await expect(elin.locator("#toasts")).to_contain_text("A deal has at most 1000 lines", timeout=90_000)
    async with open_store(hub.data) as db:
        kept = await db.read(names)
    assert (len(kept), kept[-1]) == (MOST, "The thousandth")
    complaints[:] = [each for each in complaints if "409" not in each]


async def add(page: Page, name: str) -> None:
    """Write one more line and save them all."""
    last = page.locator("#lines tbody tr").last
    await last.get_by_role("combobox").fill(name)
    await last.get_by_label("Price", exact=True).fill("10")
    await page.get_by_role("button", name="Save the lines").click()


def furnish(session: Session, *, lines: int) -> int:
    """Have a deal with this many lines; give its number."""
    elin = viewer(find_user(session, "elin@klarruta.example"))
    contact = contacts.add_contact(session, "Karin Ekdahl", department_id=elin.department_id)
    deal = deal_changes.open_deal(
        session, elin, session.get_one(Contact, contact), NewDeal(title="A new town")
    )
    wanted = [Line(name=f"{SILL}{num}", price=10_00, unit="pcs") for num in range(lines)]
    deal_line_changes.set_lines(session, elin, deal, wanted)
    return deal.id


def names(session: Session) -> list[str]:
    """Give what is sold, in its order."""
    return list(session.scalars(select(DealLine.name).order_by(DealLine.position)))
