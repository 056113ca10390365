"""A head makes a dialling list from a view; an agent works on it by keys, with real telephones."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Page, expect
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import call_results, contacts
from crm.company import Company
from crm.contacts import MAIL, PHONE
from hub.audit import RINGBACK
from hub.store import open_store
from hub.users import find_department
from tests.connectors.asterisk.stage import CUSTOMER, on_stage
from tests.journeys.people import Join
from tests.journeys.pictures import faults, picture
from tests.journeys.test_a_call import SALES, connect
from tests.servers.asterisk import Asterisk
from tests.servers.ringback import Hub

LARS = "+46701740606"


async def test_a_list_is_made_and_worked_on_by_keys(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent", SALES)
    sofia = await join("Sofia Hjelm", "head", SALES)
    await connect(hub, asterisk, tmp_path)
    await furnish(hub)

    await sofia.goto(f"{hub.address}/contacts?sort=name")
    view = await sofia.request.post(
        f"{hub.address}/contacts/views",
        form={"name": "Old windows", "query": "sort=name"}, headers={"Origin": hub.address},
    )  # fmt: skip
    assert view.ok
    await sofia.goto(f"{hub.address}/dial-lists")
    await sofia.keyboard.press("i")
    await sofia.get_by_label("Name", exact=True).fill("Autumn round")
    await sofia.get_by_label("From", exact=True).fill("00:00")
    await sofia.get_by_label("Until", exact=True).fill("23:59")
    await sofia.get_by_label("Script optional").fill(
        "Greeting:\n\nGood day, this is Klarruta about your windows."
    )
    assert await faults(sofia) == []
    await picture(sofia, "dial-list-new")
    await sofia.get_by_role("button", name="Make it").click()
    await expect(sofia.locator("#toasts")).to_contain_text("1 without a number is left out")
    await expect(sofia.locator("#dial-list")).to_contain_text("0 of 2 done")

    await work_on(elin, sofia, asterisk, hub)


async def work_on(elin: Page, sofia: Page, asterisk: Asterisk, hub: Hub) -> None:
    """Have Elin call the first and put the second off, while Sofia looks on."""
    popup, room = elin.locator(".popup"), elin.locator("#dial-list")
    async with on_stage(asterisk) as stage:
        await elin.goto(f"{hub.address}/dial-lists")
        await expect(elin.locator("#dial-lists")).to_contain_text("0 of 2 done")
        await picture(elin, "dial-lists")
        await elin.get_by_role("link", name="Autumn round").click()
        await expect(room).to_contain_text("Who is next?")
        await elin.wait_for_load_state()
        await elin.keyboard.press("n")
        await expect(room.locator("#turn-h")).to_contain_text("Karin Ekdahl")
        await expect(room).to_contain_text("Good day, this is Klarruta")
        assert await faults(elin) == []
        await picture(elin, "dial-list-turn")
        stage.expects("101")
        await elin.keyboard.press("c")
        staff = await stage.rings("101")
        await expect(room).to_contain_text("He is being called")
        staff.answers()
        customer = await stage.rings("customer")
        customer.answers()
        await customer.hears()
        await expect(popup).to_contain_text("In talk")
        customer.hangs_up()
        await staff.is_over()
        await expect(popup).to_contain_text("What came of it?")
        await picture(elin, "dial-list-result")
        await elin.keyboard.press("1")
        await expect(room).to_contain_text("1 of 2 done")
        await expect(room).to_contain_text("Settled")
        await expect(sofia.locator("#dial-list")).to_contain_text("1 of 2 done")
        await elin.keyboard.press("n")
        await expect(room.locator("#turn-h")).to_contain_text("Lars Nyman")
        await comes_back(elin, sofia)
        await elin.keyboard.press("n")
        await expect(room.locator("#turn-h")).to_contain_text("Lars Nyman")
        await elin.get_by_role("button", name="Put off").click()
        await expect(room).to_contain_text("Again from")
        await picture(sofia, "dial-list")


async def comes_back(elin: Page, sofia: Page) -> None:
    """Have Elin take him off by mistake, and Sofia put him back from among the stopped; she changes the list, too."""
    await elin.get_by_role("button", name="Take off the list").click()
    told = elin.locator("#toasts > *", has_text="Taken off the list")
    await told.get_by_role("button", name="Undo").click()
    await expect(elin.locator("#toasts")).to_contain_text("Back on the list")
    await expect(elin.locator("#dial-list")).to_contain_text("Who is next?")
    await elin.keyboard.press("n")
    await expect(elin.locator("#turn-h")).to_contain_text("Lars Nyman")
    await elin.get_by_role("button", name="Take off the list").click()
    await sofia.get_by_role("link", name="Stopped").click()
    await expect(sofia.locator("#dial-list")).to_contain_text("Taken off by Elin Sandgren")
    assert await faults(sofia) == []
    await picture(sofia, "dial-list-stopped")
    await sofia.get_by_role("button", name="Put back").click()
    await expect(sofia.locator("#dial-list")).to_contain_text("Nobody here")
    await sofia.get_by_role("link", name="Change").click()
    assert await faults(sofia) == []
    await picture(sofia, "dial-list-settings")
    await sofia.get_by_label("Tries at most").fill("2")
    await sofia.get_by_role("button", name="Save").click()
    await expect(sofia.locator("#dial-list")).to_contain_text(re.compile(r"Tries\s*2"))


async def furnish(hub: Hub) -> None:
    """Give Sales three contacts, one without a number, what can come of a call, and open hours."""

    def change(session: Session) -> None:
        company, sales = session.get_one(Company, 1), find_department(session, SALES).id
        company.calls_from = company.calls_until = "00:00"
        call_results.make_offered(session, RINGBACK, sales)
        handles = {
            "Karin Ekdahl": (PHONE, CUSTOMER),
            "Lars Nyman": (PHONE, LARS),
            "Without": (MAIL, "w@kund.example"),
        }
        for name, handle in handles.items():
            contacts.add_contact(session, name, [handle], department_id=sales)

    async with open_store(hub.data) as db:
        await db.write(change)
