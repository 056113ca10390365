"""A call is handed on from the softphone's window: at once, or after asking a colleague while the customer waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from hub.store import open_store
from hub.users import User
from tests.eventually import eventually
from tests.journeys.people import Join, mail_of
from tests.journeys.pictures import faults, picture
from tests.journeys.softphone.desk import AUDIBLE, READY, SAYS, SILENT, hears, opened, talking
from tests.journeys.softphone.desk import HERTZ as CUSTOMERS
from tests.journeys.test_a_call import has_ended
from tests.servers.asterisk import Asterisk
from tests.servers.phone import Phone
from tests.servers.phone_call import BUSY
from tests.servers.ringback import Hub

HERTZ, OUTSIDE = 700, "0701740607"


@pytest.fixture
async def johan(hub: Hub, join: Join, asterisk: Asterisk) -> AsyncIterator[Phone]:
    """Give the telephone of Johan, who is Elin's colleague."""
    await join("Johan Lindh", "agent")

    def sits(session: Session) -> None:
        session.execute(update(User).where(User.email == mail_of("Johan Lindh")).values(extension="102"))

    async with open_store(hub.data) as db:
        await db.write(sits)
    phone = await Phone.open("102", asterisk.sip, hertz=HERTZ)
    await phone.register()
    yield phone
    phone.close()
    await asyncio.sleep(0)  # the loop lets go of the socket


async def found(phone: Page, words: str) -> None:
    """Look for a colleague in the window."""
    await phone.locator("summary", has_text="Hand on").click()
    await expect(phone.get_by_label("To whom")).to_be_focused()
    await phone.keyboard.type(words)


async def test_a_colleague_is_asked_while_the_customer_waits_and_joined(
    elin: Page, trunk: Phone, johan: Phone, hub: Hub
) -> None:
    phone = await opened(elin)
    customer = await talking(trunk, phone, phone)
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    await found(phone, "joh")
    await expect(phone.get_by_text("102 · Free")).to_be_visible()
    await picture(phone, "softphone-hand-on")
    assert await faults(phone) == []
    await phone.get_by_role("button", name="Ask first: Johan Lindh").click()
    colleague = await johan.rings()
    await expect(phone.locator(SAYS)).to_have_text("Johan Lindh is rung, the customer waits")
    colleague.answer()
    await expect(phone.locator(SAYS)).to_have_text("With Johan Lindh, the customer waits")
    await hears(phone, HERTZ)
    await eventually(lambda: colleague.media.loudest > AUDIBLE)
    await expect(elin.locator(".popup")).to_contain_text("On hold")
    await picture(phone, "softphone-asks")
    await picture(elin, "softphone-asks-bar")
    assert await faults(phone) == []
    await elin.locator("[data-softphone]").get_by_role("button", name="Join the two").click()
    await expect(phone.locator(SAYS)).to_have_text(READY)
    await eventually(lambda: customer.media.hears(HERTZ))
    await eventually(lambda: colleague.media.hears(CUSTOMERS))
    customer.hang_up()
    await colleague.is_over()
    await eventually(lambda: has_ended(hub))
    await elin.goto(f"{hub.address}/contacts/1")
    await expect(elin.locator("#timeline")).to_contain_text("handed it on to 102")


async def test_who_is_busy_is_said_and_she_is_back_with_the_customer(
    elin: Page, trunk: Phone, johan: Phone
) -> None:
    phone = await opened(elin)
    customer = await talking(trunk, phone, phone)
    await found(phone, "102")
    await phone.get_by_role("button", name="Ask first: Johan Lindh").click()
    (await johan.rings()).reject(BUSY)
    await expect(phone.get_by_role("alert")).to_contain_text("You are back with the customer")
    await expect(phone.locator(SAYS)).to_have_text("In talk")
    await hears(phone)
    await eventually(lambda: customer.media.loudest > AUDIBLE)

    await found(phone, "102")
    await phone.get_by_role("button", name="Ask first: Johan Lindh").click()
    colleague = await johan.rings()
    colleague.answer()
    await expect(phone.locator(SAYS)).to_contain_text("With Johan Lindh")
    await eventually(lambda: 0 <= customer.media.loudest < SILENT)
    await phone.get_by_role("button", name="Back to the customer").click()
    await colleague.is_over()
    await expect(phone.locator(SAYS)).to_have_text("In talk")
    await hears(phone)
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    customer.hang_up()
    await expect(phone.locator(SAYS)).to_have_text(READY)


async def test_the_customer_hangs_up_while_a_colleague_is_asked(
    elin: Page, trunk: Phone, johan: Phone
) -> None:
    phone = await opened(elin)
    customer = await talking(trunk, phone, phone)
    await found(phone, "joh")
    await phone.get_by_role("button", name="Ask first: Johan Lindh").click()
    colleague = await johan.rings()
    colleague.answer()
    await expect(phone.locator(SAYS)).to_contain_text("With Johan Lindh")
    customer.hang_up()
    await expect(phone.locator(SAYS)).to_have_text("In talk")
    await hears(phone, HERTZ)
    await phone.get_by_role("button", name="Hang up").click()
    await colleague.is_over()
    await expect(phone.locator(SAYS)).to_have_text(READY)


async def test_a_call_is_given_at_once_to_a_colleague(elin: Page, trunk: Phone, johan: Phone) -> None:
    phone = await opened(elin)
    customer = await talking(trunk, phone, phone)
    await found(phone, "joh")
    await phone.get_by_role("button", name="Hand on to Johan Lindh").press("Enter")
    colleague = await johan.rings()
    colleague.answer()
    await expect(phone.locator(SAYS)).to_have_text(READY)
    await eventually(lambda: customer.media.hears(HERTZ))
    customer.hang_up()
    await colleague.is_over()


async def test_a_call_is_given_to_a_number_outside(elin: Page, trunk: Phone) -> None:
    phone = await opened(elin)
    customer = await talking(trunk, phone, phone)
    await found(phone, OUTSIDE)
    await phone.get_by_role("button", name=f"Hand on to {OUTSIDE}").click()
    outside = await trunk.rings()
    outside.answer()
    await expect(phone.locator(SAYS)).to_have_text(READY)
    customer.hang_up()
    await outside.is_over()
