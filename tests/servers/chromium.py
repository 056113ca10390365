"""Debian's Chromium, driven by playwright, for the tests that look at the console as people do."""

from __future__ import annotations

import contextlib
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.servers.debian import need

# The shell keeps what is of another origin, as a letter in its frame, in a process of its own only if it is told to.
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--site-per-process",
)  # fmt: skip
SHELL = "/usr/lib/chromium/chromium-headless-shell"
# A microphone that beeps and may be used without asking; sound over loopback, where the PBX of tests is.
TELEPHONE = (
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection",
)  # fmt: skip


def trusting(certificate: Path) -> str:
    """Give the flag by which one certificate of tests is believed, and no other: by the print of its key."""
    openssl = need("openssl", "/usr/bin/openssl")
    key = subprocess.run(
        [openssl, "x509", "-in", certificate, "-noout", "-pubkey"], capture_output=True, check=True
    ).stdout
    der = subprocess.run(
        [openssl, "pkey", "-pubin", "-outform", "DER"], input=key, capture_output=True, check=True
    ).stdout
    return f"--ignore-certificate-errors-spki-list={b64encode(sha256(der).digest()).decode()}"


@contextlib.asynccontextmanager
async def running(*flags: str, whole: bool = False) -> AsyncIterator[Browser]:
    """Start a browser, with more flags as needed, and close it at the end; each test opens its own context in it.

    It is Chromium's shell, which has its engine and none of what stands around its pages: that takes a third of the
    time. A `whole` one also has devices for sound, and notices.
    """
    program = need("chromium", "/usr/bin/chromium") if whole else need("chromium-headless-shell", SHELL)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
        yield browser
        await browser.close()


class Shared:
    """One browser for all tests of a run that want it: starting it costs more than most of them ask of it."""

    def __init__(self, *flags: str, whole: bool = False) -> None:
        """Start none yet."""
        self._flags, self._whole = flags, whole
        self._running = contextlib.AsyncExitStack()
        self._browser: Browser | None = None

    @contextlib.asynccontextmanager
    async def lent(self) -> AsyncIterator[Browser]:
        """Lend the browser, a new one where it has crashed; nothing that was opened in it stays open."""
        if self._browser is None or not self._browser.is_connected():
            await self.close()
            self._browser = await self._running.enter_async_context(running(*self._flags, whole=self._whole))
        try:
            yield self._browser
        finally:
            for context in self._browser.contexts:
                await context.close()

    async def close(self) -> None:
        """Close the browser."""
        await self._running.aclose()
        self._browser = None
