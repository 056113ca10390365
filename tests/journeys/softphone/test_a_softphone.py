"""A browser as a telephone: Chromium's own microphone against a real Asterisk, and both ends hear each other."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.eventually import eventually
from tests.journeys.people import Join
from tests.journeys.pictures import faults, picture
from tests.journeys.softphone.desk import (
    AUDIBLE,
    CUSTOMER,
    NUMBER,
    READY,
    SAYS,
    SILENT,
    enter,
    give,
    hears,
    opened,
    switch_on,
    talking,
)
from tests.servers import chromium
from tests.servers.asterisk import Asterisk
from tests.servers.cuttable import Cuttable
from tests.servers.phone import Phone
from tests.servers.ringback import Hub


async def test_a_customer_calls_and_both_hear_each_other(elin: Page, trunk: Phone) -> None:
    bar = elin.locator("[data-softphone]")
    await expect(bar).to_contain_text("its window is not open")
    phone = await opened(elin)
    await expect(bar).to_contain_text(READY)
    customer = await trunk.call(NUMBER, user=CUSTOMER)
    await expect(elin.locator(".popup")).to_contain_text("Calls you")
    await expect(bar).to_contain_text("It rings")
    await picture(elin, "softphone-rings")
    await bar.get_by_role("button", name="Answer").press("Enter")
    await customer.is_answered()
    await hears(phone)
    await eventually(lambda: customer.media.loudest > AUDIBLE)

    await elin.goto("/contacts")  # another page of the console does not cut the call
    await expect(bar).to_contain_text("In talk")
    await bar.get_by_role("button", name="Mute").click()
    await expect(bar).to_contain_text("In talk, muted")
    await eventually(lambda: 0 < customer.media.loudest < SILENT)
    await bar.get_by_role("button", name="Mute").click()
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    await picture(elin, "softphone-talk")
    await phone.get_by_role("button", name="5", exact=True).click()
    await phone.keyboard.press("7")
    await eventually(lambda: customer.media.keys == "57")
    await picture(phone, "softphone-window")
    assert await faults(phone) == []
    customer.hang_up()
    await expect(bar).to_contain_text(READY)
    await expect(elin.locator(".popup").get_by_text("In talk")).to_have_count(0)


async def test_who_is_on_hold_is_not_heard_and_she_hangs_up(elin: Page, trunk: Phone) -> None:
    phone = await opened(elin)
    customer = await talking(trunk, phone, phone)
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    await phone.get_by_role("button", name="Hold").click()
    await expect(phone.locator(SAYS)).to_have_text("On hold")
    await expect(elin.locator(".popup")).to_contain_text("On hold")
    await phone.get_by_role("button", name="Hold").click()
    await expect(phone.locator(SAYS)).to_have_text("In talk")
    await hears(phone)
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    await phone.get_by_role("button", name="Hang up").click()
    await customer.is_over()
    await expect(phone.locator(SAYS)).to_have_text(READY)


async def test_a_call_can_be_declined(elin: Page, trunk: Phone) -> None:
    phone = await opened(elin)
    await expect(phone.locator(SAYS)).to_have_text(READY)
    customer = await trunk.call(NUMBER, user=CUSTOMER)
    await phone.get_by_role("button", name="Hang up").click()
    await customer.is_over()
    await expect(phone.locator(SAYS)).to_have_text(READY)


async def test_a_line_that_was_cut_is_made_again(elin: Page, trunk: Phone, line: Cuttable) -> None:
    phone = await opened(elin)
    await expect(phone.locator(SAYS)).to_have_text(READY)
    line.cut()
    await expect(phone.locator(SAYS)).to_contain_text("No contact with the PBX")
    await expect(phone.locator(SAYS)).to_have_text(READY)
    assert line.taken == 2
    customer = await talking(trunk, phone, phone)
    await hears(phone)
    customer.hang_up()


async def test_a_wrong_secret_is_said_once_and_mended(
    elin: Page, hub: Hub, asterisk: Asterisk, line: Cuttable
) -> None:
    await enter(hub, "wrong")
    phone = await opened(elin)
    await expect(phone.locator(SAYS)).to_contain_text("refuses the user or the secret")
    await expect(elin.locator("[data-softphone]")).to_contain_text("refuses the user or the secret")
    assert line.taken == 1
    await picture(phone, "softphone-refused")
    await enter(hub, asterisk.secret)
    await phone.get_by_role("button", name="Try again").click()
    await expect(phone.locator(SAYS)).to_have_text(READY)


async def test_one_window_is_the_telephone_and_the_next_takes_over(elin: Page) -> None:
    phone = await opened(elin)
    await expect(phone.locator(SAYS)).to_have_text(READY)
    other = await elin.context.new_page()
    await other.goto("/softphone")
    await expect(other.locator(SAYS)).to_contain_text("Another window is the softphone")
    await phone.close()
    await expect(other.locator(SAYS)).to_have_text(READY)


async def test_who_signs_out_is_no_telephone_any_more(elin: Page) -> None:
    phone = await opened(elin)
    await expect(phone.locator(SAYS)).to_have_text(READY)
    await elin.get_by_role("button", name=re.compile("Elin")).first.click()
    await elin.get_by_role("button", name="Sign out").click()
    await expect(phone.locator(SAYS)).to_have_text("You are signed out.")


async def test_on_this_machine_it_goes_without_encryption_too(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path, trunk: Phone
) -> None:
    elin = await join("Elin Sandgren", "agent")
    await give(hub, asterisk, tmp_path, f"ws://127.0.0.1:{asterisk.http_port}/ws")
    await switch_on(elin)
    phone = await opened(elin)
    customer = await talking(trunk, phone, phone)
    await hears(phone)
    customer.hang_up()


class TestDoubtful:
    """A browser that knows nothing of the PBX's certificate."""

    @pytest.fixture
    async def browser(self) -> AsyncIterator[Browser]:
        """Give a Chromium as everybody has it."""
        async with chromium.running(*chromium.TELEPHONE, whole=True) as running:
            yield running

    async def test_a_certificate_that_is_not_believed_is_no_line(
        self, elin: Page, complaints: list[str]
    ) -> None:
        """See that nothing is sent, and that it is said."""
        phone = await opened(elin)
        await expect(phone.locator(SAYS)).to_contain_text("No contact with the PBX")
        complaints.clear()  # the browser says why
