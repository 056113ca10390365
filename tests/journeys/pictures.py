"""What the windows look like, kept in tests/shots/ for somebody to look at."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, ViewportSize

SHOTS = Path(__file__).parent.parent / "shots"
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def picture(page: Page, name: str) -> None:
    """Keep what a window looks like: wide and narrow, light and dark."""
    SHOTS.mkdir(exist_ok=True)
    for size, scheme in itertools.product((WIDE, NARROW), SCHEMES):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(
            path=SHOTS / f"{name}-{size['width']}-{scheme}.png", full_page=True, animations="disabled",
            caret="initial",  # hiding it takes a style that our own policy forbids
        )  # fmt: skip
    await page.set_viewport_size(WIDE)
    await page.emulate_media(color_scheme="light")
