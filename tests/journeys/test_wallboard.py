"""The wallboard in a real browser: callers of a real PBX wait on it, clocks run, it fills a wall, and one pauses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Page, ViewportSize, expect
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm.company import Company
from hub.store import open_store
from tests.connectors.asterisk.stage import SALES, on_stage
from tests.journeys.people import Join
from tests.journeys.pictures import SCHEMES, SHOTS, WIDE, picture
from tests.journeys.test_a_call import connect
from tests.servers.asterisk import Asterisk
from tests.servers.ringback import Hub

WALL: ViewportSize = {"width": 1920, "height": 1080}


async def test_a_caller_waits_on_the_wall_and_a_colleague_pauses(
    hub: Hub, join: Join, asterisk: Asterisk, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent")
    await connect(hub, asterisk, tmp_path)
    await is_far_from_midnight(hub)
    async with on_stage(asterisk) as stage:
        await elin.goto(f"{hub.address}/wallboard")
        queue = elin.locator(".wall-queue", has_text="sales")
        await expect(queue).to_contain_text("0 wait")

        customer = await stage.customer_calls(SALES)
        await expect(queue).to_contain_text("1 waits")
        await expect(queue.locator(".wall-callers")).to_contain_text("070-174 06 05")
        clock = queue.locator(".wall-now .since")
        await expect(clock).to_have_text(re.compile(r"^0:(0[3-9]|[1-5]\d)$"))
        await picture(elin, "wallboard")
        await hang_on_the_wall(elin)
        customer.hangs_up()
        await expect(queue).to_contain_text("0 wait")
        await expect(queue.locator(".wall-day")).to_contain_text("Lost today 1")

        await elin.get_by_text("My queues and pauses").click()
        await elin.locator("#sheet").get_by_role("button", name="Lunch").click()
        await expect(elin.locator("#sheet")).not_to_be_visible()
        await expect(elin.locator(".wall-mine")).to_contain_text("Paused: Lunch")
        await picture(elin, "wallboard-paused")
        await elin.get_by_text("My queues and pauses").click()
        await picture(elin, "wallboard-sheet")
        await elin.locator("#sheet").get_by_role("button", name="Back from the pause").click()
        await expect(elin.locator(".wall-mine")).to_contain_text("Free")


async def is_far_from_midnight(hub: Hub) -> None:
    """Have the company be where it is about noon: a call that is lost today also began today."""
    noon = f"Etc/GMT{datetime.now(UTC).hour - 12:+}"

    def moves(session: Session) -> None:
        session.get_one(Company, 1).zone = noon

    async with open_store(hub.data) as db:
        await db.write(moves)


async def hang_on_the_wall(page: Page) -> None:
    """Fill a large screen by one key, look at it, and come back by the same."""
    await page.set_viewport_size(WALL)
    await page.keyboard.press("b")
    await page.wait_for_url("**/wallboard?screen")
    await expect(page.locator(".rail")).not_to_be_visible()
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(
            path=SHOTS / f"wallboard-1920-{scheme}.png", animations="disabled", caret="initial"
        )
    assert await page.evaluate("document.documentElement.scrollWidth") <= WALL["width"]
    await page.keyboard.press("b")
    await page.wait_for_url("**/wallboard")
    await expect(page.locator(".rail")).to_be_visible()
    await page.set_viewport_size(WIDE)
