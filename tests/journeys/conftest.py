"""People at their browsers: a real hub whose promises are kept in seconds, and Chromium windows that are watched.

Whatever a page complains of (an exception in a script, something that its policy forbids, an address that is not
there) fails the test. What the windows look like is kept in tests/shots/.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from hub.settings import default_file
from tests.servers.postgres import free_port
from tests.servers.ringback import Hub

SHOTS = Path(__file__).parent.parent / "shots"
PASSWORD = "three windows and a door"  # noqa: S105 - an invented one
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
WAIT = 10_000  # milliseconds

# The company as it is delivered, but in seconds; and nobody is a machine for being quick.
HURRIED = (
    ('within = "15 min"', 'within = "6 s"'),
    ('"5 min before"', '"3 s before"'),
    ('"15 min after"', '"10 min after"'),
    ("[channels.settings]", '[channels.settings]\nmin_seconds = 0\norigins = ["{site}"]'),
)

expect.set_options(timeout=WAIT)

Open = Callable[..., Awaitable[Page]]
Join = Callable[..., Awaitable[Page]]


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
    await made.listening()
    yield made
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
    """Give what opens a browser of its own, watched: `await window(address, …)`. All are closed before the hub ends."""
    contexts: list[BrowserContext] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.location.get('url', '')}: {message.text}")

    async def open_one(address: str, *, scripts: bool = True) -> Page:
        context = await browser.new_context(
            java_script_enabled=scripts, viewport=WIDE, color_scheme="light", locale="en-GB"
        )
        context.set_default_timeout(WAIT)
        contexts.append(context)
        page = await context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(address)
        return page

    yield open_one
    for context in contexts:
        await context.close()


@pytest.fixture
def join(hub: Hub, window: Open) -> Join:
    """Give what makes somebody a colleague who has just signed in: `await join("Sofia Hjelm", "head")`."""

    async def begin(name: str, role: str, department: str = "Front desk") -> Page:
        mail = mail_of(name)
        link = hub.tell("user", "add", mail, "--name", name, "--role", role, "--department", department)
        if role == "head":
            hub.tell("user", "head", department, mail)
        page = await window(link)
        await choose_password(page)
        return page

    return begin


def mail_of(name: str) -> str:
    """Give somebody's address at the company."""
    return f"{name.split()[0].lower()}@klarruta.example"


async def choose_password(page: Page) -> None:
    """Fill in the page of welcome and land in Today."""
    for label in ("Password", "Password again"):
        await page.get_by_label(label, exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Begin").click()
    await expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


async def fill_in(page: Page, name: str, phone: str = "070-174 06 12") -> None:
    """Fill in the hosted form and send it."""
    await page.get_by_label("Balcony door").check()
    await page.get_by_label("How many?").fill("4")
    await page.get_by_label("Tell us more").fill("They whistle when it is windy.")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Phone").fill(phone)
    await page.get_by_role("button", name="Send").click()


async def picture(page: Page, name: str) -> None:
    """Keep what a window looks like: wide and narrow, light and dark."""
    SHOTS.mkdir(exist_ok=True)
    for (width, size), scheme in itertools.product({"1440": WIDE, "390": NARROW}.items(), ("light", "dark")):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png", full_page=True, animations="disabled")
    await page.set_viewport_size(WIDE)
    await page.emulate_media(color_scheme="light")
