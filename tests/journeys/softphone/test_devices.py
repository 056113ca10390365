"""Which microphone and loudspeaker a softphone uses: chosen, remembered, pulled out in a talk and plugged in again.

The devices are Chromium's own invented ones; only that one is pulled out is played by the page.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.eventually import eventually
from tests.journeys.pictures import faults, picture
from tests.journeys.softphone.desk import AUDIBLE, READY, SAYS, hears, opened, talking
from tests.journeys.softphone.watching import MICROPHONE, WATCHED
from tests.servers.phone import Phone

GONE = """
for (const [name, value] of [["microphone", "gone"], ["microphone-name", "Headset of yesterday"]])
  localStorage.setItem(`ringback:softphone:${name}`, value)
"""
PLUGS = """
globalThis.pulled = ""
const { enumerateDevices, getUserMedia } = MediaDevices.prototype
MediaDevices.prototype.enumerateDevices = async function () {
  return (await enumerateDevices.call(this)).filter(({ deviceId }) => deviceId !== pulled)
}
MediaDevices.prototype.getUserMedia = async function (how) {
  if (pulled && how.audio.deviceId?.exact === pulled) throw new OverconstrainedError("deviceId")
  return getUserMedia.call(this, how)
}
"""
PULL = """device => {
  pulled = device
  if (device) peers.at(-1).getSenders()[0].track.dispatchEvent(new Event("ended"))
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"))
}"""


@pytest.fixture
async def phone(elin: Page) -> Page:
    """Give the window, in which calls and devices are watched."""
    await elin.context.add_init_script(WATCHED + PLUGS)
    window = await opened(elin)
    await expect(window.locator(SAYS)).to_have_text(READY)
    return window


async def chooses_the_last(field: Locator) -> tuple[str, str]:
    """Choose another device than the usual one, once they are known, and give its id and its name."""
    await expect(field.locator("option")).not_to_have_count(1)
    last = field.locator("option").last
    device, name = await last.get_attribute("value") or "", await last.inner_text()
    await field.select_option(device)
    return device, name


async def test_what_was_chosen_is_remembered_and_used_in_the_next_call(phone: Page, trunk: Phone) -> None:
    await phone.get_by_text("Devices").click()
    _microphone, heard_by = await chooses_the_last(phone.get_by_label("Microphone"))
    loudspeaker, _name = await chooses_the_last(phone.get_by_label("Loudspeaker"))
    await chooses_the_last(phone.get_by_label("It rings by"))
    await picture(phone, "softphone-devices")
    assert await faults(phone) == []
    await phone.reload()
    customer = await talking(trunk, phone, phone)
    assert await phone.evaluate(MICROPHONE) == heard_by
    assert await phone.evaluate("document.querySelector('[data-remote]').sinkId") == loudspeaker
    await hears(phone)
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    customer.hang_up()


async def test_another_is_taken_in_the_middle_of_a_talk(phone: Page, trunk: Phone) -> None:
    customer = await talking(trunk, phone, phone)
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    await phone.get_by_text("Devices").click()
    _device, name = await chooses_the_last(phone.get_by_label("Microphone"))
    await eventually(lambda: speaks_by(phone, name))
    received = customer.media.received
    await eventually(lambda: customer.media.received > received and customer.media.loudest > AUDIBLE)
    customer.hang_up()


async def test_one_that_is_pulled_out_in_a_talk_is_said_and_is_back_when_it_is(
    phone: Page, trunk: Phone
) -> None:
    await phone.get_by_text("Devices").click()
    device, name = await chooses_the_last(phone.get_by_label("Microphone"))
    customer = await talking(trunk, phone, phone)
    absent = phone.locator("[data-absent]")
    await expect(absent).to_be_hidden()
    await phone.evaluate(PULL, device)
    await expect(absent).to_have_text(f"Not plugged in: {name}. What the system has does, until it is back.")
    await eventually(lambda: speaks_by(phone, name, other=True))
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    await phone.evaluate(PULL, "")
    await expect(absent).to_be_hidden()
    await eventually(lambda: speaks_by(phone, name))
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    customer.hang_up()


async def test_one_of_yesterday_that_is_not_there_is_said_and_calls_go_on(phone: Page, trunk: Phone) -> None:
    await phone.evaluate(GONE)
    await phone.reload()
    await expect(phone.locator("[data-absent]")).to_contain_text("Not plugged in: Headset of yesterday.")
    await picture(phone, "softphone-absent")
    customer = await talking(trunk, phone, phone)
    await eventually(lambda: customer.media.loudest > AUDIBLE)
    customer.hang_up()


async def speaks_by(phone: Page, name: str, *, other: bool = False) -> bool:
    """Tell whether a call is spoken by the microphone of this name, or by another."""
    return (await phone.evaluate(MICROPHONE) == name) is not other
