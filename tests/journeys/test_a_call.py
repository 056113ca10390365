"""A real call through a real Asterisk: the card is there before hello, and what is missed is called back."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
from playwright.async_api import expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from hub.store import open_store
from hub.users import User
from tests.connectors.asterisk.stage import DIRECT, on_stage
from tests.eventually import eventually
from tests.journeys.people import Join, mail_of
from tests.journeys.pictures import picture
from tests.servers.asterisk import Asterisk
from tests.servers.ringback import Hub


async def test_it_rings_is_missed_rings_again_and_is_answered(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent")
    await connect(hub, asterisk, tmp_path)
    await elin.reload()
    popup = elin.locator(".popup")
    async with on_stage(asterisk) as stage:
        customer = await stage.customer_calls(DIRECT)
        await stage.rings("101")
        await expect(popup).to_contain_text("Calls you")
        await expect(popup).to_contain_text("Nobody we know")
        customer.hangs_up()
        await customer.is_over()
        await expect(popup).to_have_count(0)
        await expect(elin.get_by_text("Call back 070-174 06 05").first).to_be_visible()

        customer = await stage.customer_calls(DIRECT)
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


async def connect(hub: Hub, asterisk: Asterisk, folder: Path) -> None:
    """Set the PBX up as an admin does, and put a telephone on Elin's desk."""
    settings = folder / "pbx.toml"
    settings.write_text(f"port = {asterisk.ami_port}\nsecret = {json.dumps(asterisk.secret)}\n")
    hub.tell("channel", "add", "pbx", "--kind", "asterisk", "--title", "Office", "--settings", str(settings))

    def sits(session: Session) -> None:
        session.execute(
            update(User)
            .where(User.email == mail_of("Elin Sandgren"))
            .values(extension="101", department_id=2)
        )

    async with open_store(hub.data) as db:
        await db.write(sits)

    async def is_heard() -> bool:
        async with aiohttp.request("GET", f"{hub.address}/metrics") as answer:
            return "ringback_channels_heard 1" in await answer.text()

    await eventually(is_heard, 20)
