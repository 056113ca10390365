"""What is done at a softphone, once for all its journeys."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.async_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import softphones
from hub.audit import RINGBACK
from hub.store import open_store
from hub.users import User
from tests.eventually import eventually
from tests.journeys.people import mail_of
from tests.journeys.test_a_call import heard
from tests.servers.asterisk import Asterisk
from tests.servers.phone import Phone
from tests.servers.phone_call import Call
from tests.servers.ringback import Hub

NUMBER, CUSTOMER = "+46846500410", "+46701740605"
EXTENSION = "104"
HERTZ = 1000  # what the customer sounds
NEAR = 60  # hertz: as exact as the browser's analyser is
AUDIBLE, SILENT = 1000, 200  # of samples of sixteen bits
READY = "Ready: calls ring here"
SAYS = "[data-says]"
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


async def give(hub: Hub, asterisk: Asterisk, folder: Path, websocket: str, more: str = "") -> None:
    """Set the PBX up with its websocket, and give Elin an account at it."""
    settings = folder / "pbx.toml"
    settings.write_text(
        f"port = {asterisk.ami_port}\nsecret = {json.dumps(asterisk.secret)}\nwebrtc = {json.dumps(websocket)}\n{more}"
    )
    hub.tell("channel", "add", "pbx", "--kind", "asterisk", "--title", "Office", "--settings", str(settings))
    await enter(hub, asterisk.secret)
    await heard(hub)


async def enter(hub: Hub, secret: str) -> None:
    """Enter Elin's secret."""

    def sits(session: Session) -> None:
        user = session.scalars(select(User).where(User.email == mail_of("Elin Sandgren"))).one()
        user.extension, user.department_id = EXTENSION, 2
        softphones.put(session, RINGBACK, user, "", secret)

    async with open_store(hub.data) as db:
        await db.write(sits)


async def switch_on(elin: Page) -> None:
    """Have Elin's browser be her telephone."""
    await elin.goto("/preferences")
    await elin.get_by_text("This browser is my telephone").click()
    await elin.get_by_role("button", name="Save").click()
    await elin.goto("/tasks")


async def opened(elin: Page) -> Page:
    """Open the softphone by the bar."""
    async with elin.expect_popup() as found:
        await elin.get_by_role("link", name="Open the softphone").click()
    return await found.value


async def talking(trunk: Phone, phone: Page, presser: Page) -> Call:
    """Have the customer call, and Elin answer where she is."""
    await expect(phone.locator(SAYS)).to_have_text(READY)
    customer = await trunk.call(NUMBER, user=CUSTOMER)
    await presser.get_by_role("button", name="Answer").click()
    await customer.is_answered()
    await expect(phone.locator(SAYS)).to_have_text("In talk")
    return customer


async def hears(phone: Page, hertz: int = HERTZ) -> None:
    """Wait until a tone comes out of the browser: the customer's, unless another is named."""

    async def tone() -> bool:
        return abs(await phone.evaluate(LOUDEST) - hertz) < NEAR

    await eventually(tone)
