"""Debian's Chromium, driven by playwright, for the tests that look at the console as people do."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from playwright.async_api import Browser, async_playwright

from tests.servers.debian import need

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# A microphone that beeps and may be used without asking; sound over loopback, where the PBX of tests is.
TELEPHONE = (
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection",
)  # fmt: skip


@contextlib.asynccontextmanager
async def running(*flags: str) -> AsyncIterator[Browser]:
    """Start a browser, with more flags as needed, and close it at the end; each test opens its own context in it."""
    program = need("chromium", "/usr/bin/chromium", "/usr/lib/chromium/chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
        yield browser
        await browser.close()
