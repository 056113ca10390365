"""Makes docs/console.png: the head of the front desk at work, half a minute after the demonstration began.

python -m tests.picture
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page

from crm.demo import PASSWORD
from tests.servers import chromium

PICTURE = Path(__file__).parent.parent / "docs" / "console.png"
SIZE = {"width": 1440, "height": 900}
MAIL = "sofia@klarruta.example"
MINUTE = 60_000  # milliseconds, in which the first promise breaks
TASKS = 7


async def main() -> None:
    """Start the demonstration, look at it, and stop it."""
    with tempfile.TemporaryDirectory(prefix="ringback-picture-") as folder:
        program = Path(sys.executable).with_name("ringback")
        hub = await asyncio.create_subprocess_exec(
            program, "demo", "--data", folder, "--listen", "127.0.0.1:0", stdout=subprocess.PIPE
        )
        try:
            address = await _address(hub)
            async with chromium.running() as browser:
                page = await browser.new_page(viewport=SIZE, color_scheme="light", device_scale_factor=1)
                await _sign_in(page, address)
                await page.goto(f"{address}/today?whose=team")
                # Until then some more have asked, and the head has the alarm of one that is late.
                await page.locator(f".task >> nth={TASKS - 1}").wait_for(timeout=2 * MINUTE)
                await page.get_by_text("You lead Front desk").first.wait_for(timeout=MINUTE)
                await page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
                await page.screenshot(path=PICTURE)
        finally:
            hub.terminate()
            await hub.wait()


async def _address(hub: asyncio.subprocess.Process) -> str:
    assert hub.stdout is not None
    async for line in hub.stdout:
        name, _, value = line.decode().partition(": ")
        if name == "Console":
            return value.strip().rstrip("/")
    raise RuntimeError("the demonstration did not start")


async def _sign_in(page: Page, address: str) -> None:
    await page.goto(f"{address}/signin")
    await page.fill("[name=mail]", MAIL)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{address}/today")


if __name__ == "__main__":
    asyncio.run(main())
