"""From a number on a card to a call that is handed on, in a real browser with real telephones."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.async_api import expect
from sqlalchemy import update
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import contacts
from crm.company import Company
from crm.contacts import PHONE
from hub.store import open_store
from hub.users import User
from tests.connectors.asterisk.stage import CUSTOMER, on_stage
from tests.journeys.people import Join, mail_of
from tests.journeys.pictures import picture
from tests.journeys.test_a_call import connect
from tests.servers.asterisk import Asterisk
from tests.servers.ringback import Hub

SHOWN = "070-174 06 05"
THERE = ZoneInfo("Europe/Stockholm")


async def test_a_number_is_clicked_called_handed_on_and_ended(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent")
    await join("Johan Lindh", "agent")
    await connect(hub, asterisk, tmp_path)
    await furnish(hub, closed=True)
    popup = elin.locator(".popup")
    async with on_stage(asterisk) as stage:
        await elin.goto(f"{hub.address}/contacts/1")
        await picture(elin, "click-card")
        stage.expects("101")
        await elin.get_by_role("button", name=f"Call {SHOWN}").first.click()
        sheet = elin.locator("#sheet")
        await expect(sheet).to_be_visible()
        await expect(sheet).to_contain_text("where this number is")
        await picture(elin, "click-asked-first")
        await elin.keyboard.press("Enter")
        await expect(sheet).not_to_be_visible()

        staff = await stage.rings("101")
        await expect(popup).to_contain_text("Pick up your telephone")
        await expect(popup).to_contain_text("Karin Ekdahl")
        staff.answers()
        customer = await stage.rings("customer")
        await expect(popup).to_contain_text("Calling")
        customer.answers()
        await customer.hears()
        await expect(popup).to_contain_text("In talk")

        await popup.get_by_text("Hand on").click()
        await popup.get_by_placeholder("Name or extension").fill("joh")
        await expect(popup).to_contain_text("Free")
        await picture(elin, "click-hand-on")
        await popup.get_by_role("button", name="Hand on to Johan Lindh").click()
        colleague = await stage.rings("102")
        colleague.answers()
        await staff.is_over()
        await expect(popup).to_have_count(0)
        customer.hangs_up()
        await colleague.is_over()
        await expect(elin.locator("#timeline")).to_contain_text("Elin Sandgren called")


async def test_a_number_is_called_from_the_palette_and_a_refusal_is_read(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent")
    await connect(hub, asterisk, tmp_path)
    await furnish(hub, closed=False)
    await elin.reload()
    popup, sheet = elin.locator(".popup"), elin.locator("#sheet")
    async with on_stage(asterisk) as stage:
        await elin.keyboard.press("Control+k")
        await elin.keyboard.type("0701740605")
        await expect(elin.locator("#palette-list")).to_contain_text(f"Call {SHOWN}")
        stage.expects("101")
        await elin.keyboard.press("Enter")
        await expect(sheet.get_by_role("button", name=f"Call {SHOWN}")).to_be_focused()
        await elin.keyboard.press("Enter")
        staff = await stage.rings("101")
        staff.declines()
        await expect(popup).to_contain_text("Your own telephone declined the call.")
        await picture(elin, "click-declined")
        await popup.get_by_role("button", name="Close").click()
        await expect(popup).to_have_count(0)


async def furnish(hub: Hub, *, closed: bool) -> None:
    """Give Johan his telephone, Karin her card, and have the company call at no time, or always."""
    far = "22:00" if datetime.now(THERE).hour < 12 else "02:00"

    def change(session: Session) -> None:
        company = session.get_one(Company, 1)
        company.calls_from, company.calls_until = (far, far[:-1] + "1") if closed else ("00:00", "00:00")
        session.execute(update(User).where(User.email == mail_of("Johan Lindh")).values(extension="102"))
        if contacts.find(session, PHONE, CUSTOMER) is None:
            contacts.add_contact(session, "Karin Ekdahl", [(PHONE, CUSTOMER)], department_id=2)

    async with open_store(hub.data) as db:
        await db.write(change)
