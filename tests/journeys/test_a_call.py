"""A real call through a real Asterisk: the card is there before hello, and what is missed is called back."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts
from crm.contacts import PHONE
from crm.conversations import Interaction
from hub.store import open_store
from hub.users import find_user
from tests.connectors.asterisk.stage import PATIENT, on_stage
from tests.eventually import eventually
from tests.journeys.people import Join, mail_of
from tests.journeys.pictures import faults, picture
from tests.servers import chromium
from tests.servers.asterisk import Asterisk
from tests.servers.debian import MissingError
from tests.servers.ringback import Hub

SALES = "Sales"  # the department of Elin and Sofia


async def test_it_rings_is_missed_rings_again_and_is_answered(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent")
    await connect(hub, asterisk, tmp_path)
    await elin.reload()
    popup = elin.locator(".popup")
    async with on_stage(asterisk) as stage:
        customer = await stage.customer_calls(PATIENT)
        await stage.rings("101")
        await expect(popup).to_contain_text("Calls you")
        await expect(popup).to_contain_text("Nobody we know")
        customer.hangs_up()
        await customer.is_over()
        await expect(popup).to_have_count(0)
        await expect(elin.get_by_text("Call back 070-174 06 05").first).to_be_visible()

        customer = await stage.customer_calls(PATIENT)
        staff = await stage.rings("101")
        await expect(popup).to_contain_text("Call back 070-174 06 05")
        await picture(elin, "call-rings")
        await elin.reload()
        await expect(popup).to_contain_text("Call: missed")
        staff.answers()
        await staff.hears()
        await expect(popup).to_contain_text("In talk")
        customer.hangs_up()
        await staff.is_over()
        await expect(popup).to_have_count(0)
        await elin.goto(f"{hub.address}/contacts/1")
        await expect(elin.locator("#timeline")).to_contain_text("answered by Elin Sandgren")
        await expect(elin.get_by_text("Nothing open")).to_be_visible()


async def test_a_talk_from_the_ring_to_its_result(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    await leads(await join("Sofia Hjelm", "head", SALES))
    elin = await join("Elin Sandgren", "agent", SALES)
    await connect(hub, asterisk, tmp_path)
    await elin.reload()
    popup = elin.locator(".popup")
    async with on_stage(asterisk) as stage:
        customer = await stage.customer_calls(PATIENT, name="Karin Ekdahl")
        staff = await stage.rings("101")
        await makes_a_card(elin, popup)
        staff.answers()
        await staff.hears()
        await writes_while_they_talk(elin, popup)
        await plans_what_is_next(elin, popup)
        await popup.get_by_label("Note").press("End")
        await elin.keyboard.type(", painted white")
        customer.hangs_up()
        await staff.is_over()
        await says_what_came_of_it(elin, popup)
    await elin.goto("/contacts/1")
    line = elin.locator("#timeline")
    await expect(line).to_contain_text(re.compile("answered by Elin Sandgren, .*: Wants an offer"))
    await expect(line).to_contain_text("Twelve windows of wood, painted white")
    await expect(elin.get_by_text("Wants an offer: Karin Ekdahl").first).to_be_visible()


async def makes_a_card(elin: Page, popup: Locator) -> None:
    await expect(elin.locator("[data-called]")).to_contain_text("Calls you. 070-174 06 05")
    await expect(elin).to_have_title(re.compile(r"^\(Call\) "))
    await elin.keyboard.press("F2")
    await expect(popup).to_be_focused()
    await expect(popup.get_by_label("Name")).to_have_value("Karin Ekdahl")
    await popup.get_by_role("button", name="Make a card").click()
    await expect(popup.get_by_role("heading", name="Karin Ekdahl")).to_be_visible()


async def writes_while_they_talk(elin: Page, popup: Locator) -> None:
    note = popup.get_by_label("Note")
    await expect(popup).to_contain_text("In talk")
    await expect(elin).not_to_have_title(re.compile(r"\(Call\)"))
    await expect(popup.locator(".elapsed")).to_have_text(re.compile(r"^0:(0[1-9]|[1-5]\d)$"))
    await note.click()
    await elin.keyboard.type("Twelve windows of wood")
    await popup.get_by_text("Script", exact=True).click()
    await expect(popup.get_by_text("Greeting")).to_be_visible()
    await picture(elin, "call-talk")
    assert await faults(elin) == []
    await expect(popup.get_by_text("Saved", exact=True)).to_be_visible()
    await elin.reload()
    await expect(note).to_have_value("Twelve windows of wood")


async def plans_what_is_next(elin: Page, popup: Locator) -> None:
    await popup.get_by_text("Next task").click()
    await popup.get_by_label("What is to be done").fill("Send the samples")
    await popup.get_by_label("When").select_option("Tomorrow")
    await picture(elin, "call-next")
    assert await faults(elin) == []
    await popup.get_by_role("button", name="Make it").click()
    await expect(elin.get_by_text("New task: Send the samples")).to_be_visible()


async def says_what_came_of_it(elin: Page, popup: Locator) -> None:
    await expect(popup).to_contain_text("Call ended")
    await expect(popup.get_by_role("button", name="Put away")).to_have_count(0)
    await expect(popup.get_by_label("Note")).to_have_value("Twelve windows of wood, painted white")
    await picture(elin, "call-over")
    assert await faults(elin) == []
    second = await elin.context.new_page()
    await second.goto("/today")
    await expect(second.get_by_text("1 call without a result")).to_be_visible()
    await expect(second.locator(".popup")).to_contain_text("What came of it?")
    await elin.keyboard.press("F2")
    await elin.keyboard.press("2")
    await expect(elin.get_by_text("Result: Wants an offer")).to_be_visible()
    for window in (elin, second):
        await expect(window.locator(".popup")).to_have_count(0)


async def test_a_note_of_a_broken_line_is_sent_when_it_is_back_and_its_call_is_gone(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path, complaints: list[str]
) -> None:
    elin = await join("Elin Sandgren", "agent", SALES)
    await connect(hub, asterisk, tmp_path)
    await elin.reload()
    popup = elin.locator(".popup")
    async with on_stage(asterisk) as stage:
        customer = await stage.customer_calls(PATIENT)
        staff = await stage.rings("101")
        staff.answers()
        await staff.hears()
        await expect(popup).to_contain_text("In talk")
        await elin.context.set_offline(True)
        await popup.get_by_label("Note").fill("Twelve windows")
        customer.hangs_up()
        await staff.is_over()
        await eventually(lambda: has_ended(hub))
    await elin.context.set_offline(False)
    await elin.goto("/contacts/1")
    await expect(elin.locator("#timeline")).to_contain_text("Twelve windows")
    complaints.clear()  # the browser says that it was offline


async def test_one_of_several_is_chosen_by_a_digit_and_typing_is_left_alone(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent", SALES)
    await connect(hub, asterisk, tmp_path)
    async with open_store(hub.data) as db:
        for name, number in (("Karin Ekdahl", "+79215550102"), ("Mats Forsling", "+89215550102")):
            await db.write(contacts.add_contact, name, [(PHONE, number)], department_id=2)
    await elin.reload()
    popup = elin.locator(".popup")
    async with on_stage(asterisk) as stage:
        search = elin.get_by_role("combobox", name="Search").first
        await search.click()
        customer = await stage.customer_calls(PATIENT, who="+79215550102")
        await stage.rings("101")
        await expect(popup).to_contain_text("Several have this number")
        await expect(search).to_be_focused()
        await elin.keyboard.type("2")
        await expect(search).to_have_value("2")
        await picture(elin, "call-several")
        await elin.keyboard.press("F2")
        await elin.keyboard.press("2")
        await expect(popup.get_by_role("heading", name="Mats Forsling")).to_be_visible()
        await elin.get_by_role("button", name="Undo").click()
        await expect(popup).to_contain_text("Several have this number")
        await elin.keyboard.press("F2")
        await elin.keyboard.press("Escape")
        await expect(popup).not_to_be_focused()
        customer.hangs_up()
        await customer.is_over()
        await expect(popup).to_have_count(0)


class TestAHiddenPage:
    """A page that nobody sees, in a browser that shows notices."""

    @pytest.fixture
    async def browser(self) -> AsyncIterator[Browser]:
        """Give a whole Chromium."""
        try:
            async with chromium.running(whole=True) as running:
                yield running
        except MissingError as error:
            pytest.skip(str(error))

    async def test_it_is_heard_by_a_notice_of_the_browser(
        self, hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
    ) -> None:
        """Hear it though nobody looks, and once only."""
        elin = await join("Elin Sandgren", "agent", SALES)
        await connect(hub, asterisk, tmp_path)
        await elin.context.grant_permissions(["notifications"])
        await elin.add_init_script(HIDDEN)
        await elin.reload()
        async with on_stage(asterisk) as stage:
            customer = await stage.customer_calls(PATIENT)
            await stage.rings("101")
            await expect(elin.locator(".popup")).to_have_count(1)
            told = await elin.wait_for_function("globalThis.told?.[0]")
            assert await told.json_value() == "Calls you. 070-174 06 05. Your telephone 101"
            await elin.reload()
            await expect(elin.locator(".popup")).to_have_count(1)
            assert await elin.evaluate("globalThis.told") == []
            customer.hangs_up()
            await customer.is_over()


# A page that nobody looks at; what its notices say is kept, and they are shown by the browser all the same.
HIDDEN = """
Object.defineProperty(document, "visibilityState", { get: () => "hidden" })
globalThis.told = []
const Shown = Notification
globalThis.Notification = class extends Shown {
  constructor(title, more) { super(title, more); globalThis.told.push(more.body) }
}
"""


async def has_ended(hub: Hub) -> bool:
    """Tell whether the hub knows that no call goes on."""
    async with open_store(hub.data) as db:
        return await db.read(lambda session: session.scalars(select(Interaction.id)).first() is not None)


async def leads(head: Page) -> None:
    """Write a script, make results, and have one be needed."""
    await head.goto("/call-guides")
    await head.get_by_role("button", name="Start with the six that most need").click()
    await expect(head.get_by_role("textbox", name="What came of it").first).to_have_value("Settled")
    script = "Greeting:\n\nSay who you are.\n\nWindows:\n\nHow many? Of what? How old?"
    await head.get_by_label("What agents see while they talk").fill(script)
    await head.get_by_label("Each call needs a result").check()
    await (
        head.locator("form", has=head.get_by_label("Each call needs a result"))
        .get_by_role("button", name="Save")
        .click()
    )
    await expect(head.get_by_text("Saved", exact=True)).to_be_visible()
    await head.reload()
    await expect(head.get_by_label("What agents see while they talk")).to_have_value(script)
    await picture(head, "call-guide")
    assert await faults(head) == []


async def connect(hub: Hub, asterisk: Asterisk, folder: Path) -> None:
    """Set the PBX up as an admin does, and put a telephone on Elin's desk."""
    settings = folder / "pbx.toml"
    settings.write_text(f"port = {asterisk.ami_port}\nsecret = {json.dumps(asterisk.secret)}\n")
    hub.tell("channel", "add", "pbx", "--kind", "asterisk", "--title", "Office", "--settings", str(settings))

    def sits(session: Session) -> None:
        elin = find_user(session, mail_of("Elin Sandgren"))
        elin.extension, elin.department_id = "101", 2

    async with open_store(hub.data) as db:
        await db.write(sits)
    await heard(hub)


async def heard(hub: Hub) -> None:
    """Wait until the hub hears its PBX."""

    async def is_heard() -> bool:
        async with aiohttp.request("GET", f"{hub.address}/metrics") as answer:
            return "ringback_channels_heard 1" in await answer.text()

    await eventually(is_heard, 20)
