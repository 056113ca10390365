"""What people do at their browsers, once for all journeys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

PASSWORD = "three windows and a door"  # noqa: S105 - an invented one

Open = Callable[..., Awaitable[Page]]
Join = Callable[..., Awaitable[Page]]


def mail_of(name: str) -> str:
    """Give somebody's address at the company."""
    return f"{name.partition(' ')[0].lower()}@klarruta.example"


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
