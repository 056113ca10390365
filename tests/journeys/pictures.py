"""What the windows look like, kept in tests/shots/ for somebody to look at: with PICTURES=all, as in `make soak`."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, ViewportSize

# Nobody looks at those of a plain run, and taking them is a quarter of a journey.
KEPT = os.environ.get("PICTURES") == "all"
SHOTS = Path(__file__).parent.parent / "shots"
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
AXE = Path(__file__).parents[2] / "hub/web/assets/node_modules/axe-core/axe.min.js"
# Letters stand in frames in which nothing runs: asked, they complain of who asks.
FOUND = """async () => (await axe.run(document, {iframes: false, resultTypes: ["violations"]})).violations.map(
  each => `${each.id}: ${each.nodes.slice(0, 3).map(node => node.target.join(" ")).join(" | ")}`)"""
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
AT_REST = """() => document.getAnimations().every(
  each => each.playState !== "running" || each.effect.getComputedTiming().endTime === Infinity)"""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def picture(page: Page, name: str) -> None:
    """Have a window in all its looks, wide and narrow, light and dark, and keep them where pictures are wanted."""
    SHOTS.mkdir(exist_ok=True)
    for size, scheme in itertools.product((WIDE, NARROW), SCHEMES):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)
        if KEPT:
            await page.screenshot(
                path=SHOTS / f"{name}-{size['width']}-{scheme}.jpg", type="jpeg", full_page=True,
                animations="disabled", caret="initial",  # hiding it takes a style that our own policy forbids
            )  # fmt: skip
    await page.set_viewport_size(WIDE)
    await page.emulate_media(color_scheme="light")


async def faults(page: Page) -> list[str]:
    """Say what is wrong with a window for a screen reader, or sticks out sideways: wide and narrow."""
    found: list[str] = []
    await page.wait_for_load_state()
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    await page.emulate_media(reduced_motion="reduce")
    for size in (NARROW, WIDE):
        await page.set_viewport_size(size)
        await page.wait_for_function(AT_REST)  # colours on their way are no colours that anybody chose
        found += await page.evaluate(FOUND)
        found += ["scrolls sideways"] if await page.evaluate(SIDEWAYS) else []
    return found
