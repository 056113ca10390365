"""People at their browsers: a real hub whose promises are kept in seconds, and watched Chromium windows.

Whatever a page complains of (an exception in a script, something that its policy forbids, an address that
is not there) fails the test.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from hub.settings import default_file
from tests.journeys.people import Join, Open, choose_password
from tests.journeys.pictures import WIDE
from tests.servers.ports import free_port
from tests.servers.ringback import Hub

WAIT = 20_000  # milliseconds

# The company as it is delivered, but in seconds; and nobody is a machine for being quick.
HURRIED = (
    ('within = "15 min"', 'within = "6 s"'),
    ('"5 min before"', '"3 s before"'),
    ('"15 min after"', '"10 min after"'),
    ("[channels.settings]", "[channels.settings]\nmin_seconds = 0"),
    ('origins = ["*"]', 'origins = ["{site}"]'),
)

expect.set_options(timeout=WAIT)


@pytest.fixture
def site_port() -> int:
    """Give the port of the company's own website."""
    return free_port()


@pytest.fixture
async def hub(tmp_path: Path, site_port: int) -> AsyncIterator[Hub]:
    """Give a running hub of a company in a hurry."""
    words = default_file("company.toml").read_text()
    for old, new in HURRIED:
        assert old in words
        words = words.replace(old, new.format(site=f"http://127.0.0.1:{site_port}"))
    company = tmp_path / "company.toml"
    company.write_text(words)
    made = Hub(tmp_path / "data", "--company", str(company))
    made.start()
    try:
        await made.listening()
        yield made
    finally:
        made.stop()


@pytest.fixture
def form(hub: Hub) -> str:
    """Give the address of the hosted form."""
    token = hub.tell("channel", "url", "website").rpartition("/")[2]
    return f"{hub.address}/forms/{token}"


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Give what pages complained of; at the end there must be nothing in it."""
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
async def window(browser: Browser, hub: Hub, complaints: list[str]) -> AsyncIterator[Open]:
    """Give what opens an address in a browser of its own and watches it, closed before the hub ends."""
    contexts: list[BrowserContext] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.page.url if message.page else ''}: {message.text}")

    async def open_one(path: str, *, scripts: bool = True) -> Page:
        context = await browser.new_context(
            base_url=hub.address,
            java_script_enabled=scripts,
            viewport=WIDE,
            color_scheme="light",
            locale="en-GB",
        )
        context.set_default_timeout(WAIT)
        contexts.append(context)
        page = await context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(path)
        return page

    yield open_one
    for context in contexts:
        await context.close()


@pytest.fixture
def join(hub: Hub, window: Open) -> Join:
    """Give what makes somebody a colleague in a role, and his window once he has signed in."""

    async def begin(name: str, role: str, department: str = "Front desk") -> Page:
        page = await window(hub.hire(name, role, department))
        await choose_password(page)
        return page

    return begin
