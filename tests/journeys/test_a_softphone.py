"""A browser as a telephone: Chromium's own microphone against a real Asterisk, and both ends hear each other."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import softphones
from hub.audit import RINGBACK
from hub.store import open_store
from hub.users import User
from tests.eventually import eventually
from tests.journeys.people import Join, mail_of
from tests.journeys.pictures import faults, picture
from tests.servers import chromium
from tests.servers.asterisk import Asterisk
from tests.servers.cuttable import Cuttable, cuttable
from tests.servers.debian import MissingError
from tests.servers.phone import Phone
from tests.servers.phone_call import Call
from tests.servers.ringback import Hub

NUMBER, CUSTOMER = "+46846500410", "+46701740605"
EXTENSION = "104"
HERTZ = 1000  # what the customer sounds
NEAR = 60  # hertz: as exact as the browser's analyser is
AUDIBLE, SILENT = 1000, 200  # of samples of sixteen bits
READY = "Ready: calls ring here"
LOUDEST = """async () => {
  const context = new AudioContext(), meter = context.createAnalyser()
  meter.fftSize = 4096
  context.createMediaStreamSource(document.querySelector("[data-remote]").srcObject).connect(meter)
  await new Promise(resolve => setTimeout(resolve, 400))
  const found = new Float32Array(meter.frequencyBinCount)
  meter.getFloatFrequencyData(found)
  const most = found.indexOf(Math.max(...found)), hertz = most * context.sampleRate / meter.fftSize
  await context.close()
  return found[most] > -60 ? hertz : 0
}"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Give a Chromium with a microphone."""
    try:
        async with chromium.running(*chromium.TELEPHONE) as running:
            yield running
    except MissingError as error:
        pytest.skip(str(error))


@pytest.fixture
async def line(asterisk: Asterisk) -> AsyncIterator[Cuttable]:
    """Give the way from the browser to the PBX."""
    async with cuttable(asterisk.http_port) as made:
        yield made


@pytest.fixture
async def trunk(asterisk: Asterisk) -> AsyncIterator[Phone]:
    """Give the telephone company, behind which the customer is."""
    phone = await Phone.open("trunk", asterisk.sip, asterisk.trunk, hertz=HERTZ)
    yield phone
    phone.close()


@pytest.fixture
async def elin(hub: Hub, join: Join, asterisk: Asterisk, line: Cuttable, tmp_path: Path) -> Page:
    """Give Elin's console, with a softphone that an admin gave her and that she switched on."""
    page = await join("Elin Sandgren", "agent")
    await give(hub, asterisk, line, tmp_path, asterisk.secret)
    await page.goto("/preferences")
    await page.get_by_text("This browser is my telephone").click()
    await page.get_by_role("button", name="Save").click()
    await page.goto("/tasks")
    return page


async def give(hub: Hub, asterisk: Asterisk, line: Cuttable, folder: Path, secret: str) -> None:
    """Set the PBX up with its websocket, and give Elin an account at it."""
    settings = folder / "pbx.toml"
    settings.write_text(
        f"port = {asterisk.ami_port}\nsecret = {json.dumps(asterisk.secret)}\n"
        f'webrtc = "ws://127.0.0.1:{line.port}/ws"\n'
    )
    hub.tell("channel", "add", "pbx", "--kind", "asterisk", "--title", "Office", "--settings", str(settings))
    await enter(hub, secret)


async def enter(hub: Hub, secret: str) -> None:
    """Enter Elin's secret."""

    def sits(session: Session) -> None:
        user = session.scalars(select(User).where(User.email == mail_of("Elin Sandgren"))).one()
        user.extension, user.department_id = EXTENSION, 2
        softphones.put(session, RINGBACK, user, "", secret)

    async with open_store(hub.data) as db:
        await db.write(sits)


async def opened(elin: Page) -> Page:
    """Open the softphone by the bar."""
    async with elin.expect_popup() as found:
        await elin.get_by_role("link", name="Open the softphone").click()
    return await found.value


async def talking(trunk: Phone, phone: Page, presser: Page) -> Call:
    """Have the customer call, and Elin answer where she is."""
    await expect(phone.locator("[data-says]")).to_have_text(READY)
    customer = await trunk.call(NUMBER, user=CUSTOMER)
    await presser.get_by_role("button", name="Answer").click()
    await customer.is_answered()
    await expect(phone.locator("[data-says]")).to_have_text("In talk")
    return customer


async def hears_the_customer(phone: Page) -> None:
    """Wait until the customer's tone comes out of the browser."""

    async def tone() -> bool:
        return abs(await phone.evaluate(LOUDEST) - HERTZ) < NEAR

    await eventually(tone)


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
    await hears_the_customer(phone)
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
    await expect(phone.locator("[data-says]")).to_have_text("On hold")
    await expect(elin.locator(".popup")).to_contain_text("On hold")
    await phone.get_by_role("button", name="Hold").click()
    await expect(phone.locator("[data-says]")).to_have_text("In talk")
    await hears_the_customer(phone)
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    await phone.get_by_role("button", name="Hang up").click()
    await customer.is_over()
    await expect(phone.locator("[data-says]")).to_have_text(READY)


async def test_a_call_can_be_declined(elin: Page, trunk: Phone) -> None:
    phone = await opened(elin)
    await expect(phone.locator("[data-says]")).to_have_text(READY)
    customer = await trunk.call(NUMBER, user=CUSTOMER)
    await phone.get_by_role("button", name="Hang up").click()
    await customer.is_over()
    await expect(phone.locator("[data-says]")).to_have_text(READY)


async def test_a_line_that_was_cut_is_made_again(elin: Page, trunk: Phone, line: Cuttable) -> None:
    phone = await opened(elin)
    await expect(phone.locator("[data-says]")).to_have_text(READY)
    line.cut()
    await expect(phone.locator("[data-says]")).to_contain_text("No contact with the PBX")
    await expect(phone.locator("[data-says]")).to_have_text(READY)
    assert line.taken == 2
    customer = await talking(trunk, phone, phone)
    await hears_the_customer(phone)
    customer.hang_up()


async def test_a_wrong_secret_is_said_once_and_mended(
    elin: Page, hub: Hub, asterisk: Asterisk, line: Cuttable
) -> None:
    await enter(hub, "wrong")
    phone = await opened(elin)
    await expect(phone.locator("[data-says]")).to_contain_text("refuses the user or the secret")
    await expect(elin.locator("[data-softphone]")).to_contain_text("refuses the user or the secret")
    assert line.taken == 1
    await picture(phone, "softphone-refused")
    await enter(hub, asterisk.secret)
    await phone.get_by_role("button", name="Try again").click()
    await expect(phone.locator("[data-says]")).to_have_text(READY)


async def test_one_window_is_the_telephone_and_the_next_takes_over(elin: Page) -> None:
    phone = await opened(elin)
    await expect(phone.locator("[data-says]")).to_have_text(READY)
    other = await elin.context.new_page()
    await other.goto("/softphone")
    await expect(other.locator("[data-says]")).to_contain_text("Another window is the softphone")
    await phone.close()
    await expect(other.locator("[data-says]")).to_have_text(READY)


async def test_who_signs_out_is_no_telephone_any_more(elin: Page) -> None:
    phone = await opened(elin)
    await expect(phone.locator("[data-says]")).to_have_text(READY)
    await elin.get_by_role("button", name=re.compile("Elin")).first.click()
    await elin.get_by_role("button", name="Sign out").click()
    await expect(phone.locator("[data-says]")).to_have_text("You are signed out.")
