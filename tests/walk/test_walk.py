"""A walk through every room, as each role, wide and narrow, light and dark, in both languages, empty and full.

Whatever is wrong with a page for a screen reader fails it (axe-core), and so do words that stick out sideways,
complaints of the browser, and words that were not translated. A plain run walks so that every room is asked for by
every role and looked at in both houses, each time in another way, in the full one by an admin and by one of the others;
WALK=all walks all of it, and leaves pictures in tests/shots/walk/ to be looked at.
"""

from __future__ import annotations

import gzip
import itertools
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from zlib import crc32

import pytest
from aiohttp import ClientSession
from playwright.async_api import Error

from hub.languages import LANGUAGES
from hub.users import ROLES, Role
from tests.journeys.pictures import KEPT, NARROW, SCHEMES, WIDE
from tests.servers.ringback import Hub
from tests.walk.house import Tokens, build
from tests.walk.rooms import Door, doors

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet
    from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize

ALL = os.environ.get("WALK") == "all"
SHOTS = Path(__file__).parent.parent / "shots" / "walk"
AXE = Path(__file__).parents[2] / "hub/web/assets/node_modules/axe-core/axe.min.js"
# Told the browser once for all pages: half a million letters sent to each of them are half of what opening it takes.
IN_EACH_PAGE = "if (window === top) { %s }"
# What axe is asked: whatever is wrong by WCAG 2.2 A and AA and by its own good practice. In a frame nothing runs.
RUN = """async () => (await axe.run(document, {iframes: false, resultTypes: ["violations"]})).violations.map(
  each => `${each.id}: ${each.help}: ${each.nodes.slice(0, 3).map(node => node.target.join(" ")).join(" | ")}`)"""
SHIFTED = """new Promise(resolve => {
  let sum = 0
  new PerformanceObserver(list => list.getEntries().forEach(each => { sum += each.hadRecentInput ? 0 : each.value }))
    .observe({ type: "layout-shift", buffered: true })
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)))
})"""
MOST_SHIFT = 0.05  # of the window's size; a tenth is called good on the web
GONE = 404
FIRST, AFTER = (
    60_000,
    20_000,
)  # bytes on the wire: a first visit with all that it needs, and each page from then on
# Neighbours in one line that lie on each other: a pill that covers a title, a button that covers a number.
COVERED = """() => [...document.querySelectorAll("main .task, main .rows > li, main td, main .line")].flatMap(line => {
  const boxes = [...line.children]
    .filter(each => each.checkVisibility() && !["absolute", "fixed"].includes(getComputedStyle(each).position))
    .map(each => [each, each.getBoundingClientRect()]).filter(([, box]) => box.width && box.height)
  return boxes.slice(1).flatMap(([each, box], before) => {
    const other = boxes[before][1]
    const over = Math.min(box.right, other.right) - Math.max(box.left, other.left)
    const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top)
    return over > 2 && down > 2 ? [`${each.textContent.trim().slice(0, 40)} lies on what is before it`] : []
  })
}).slice(0, 3)"""
# What a panel cuts off, and nobody can scroll to.
CUT = """() => [...document.querySelectorAll("main .panel")].filter(
  panel => panel.scrollWidth > panel.clientWidth + 1 && getComputedStyle(panel).overflowX === "clip"
).map(panel => `${panel.innerText.trim().slice(0, 40)} is cut off`)"""
# What a finger misses on a telephone: links that are no part of a sentence, and heads by which rows are sorted.
MISSED = """() => innerWidth > 720 ? [] : [...document.querySelectorAll(
  "main a:is(.open, .plain), main .grid th > :is(a, button), .find input")].filter(each => {
  const { width, height } = each.getBoundingClientRect()
  return each.checkVisibility() && width && height && Math.min(width, height) < 23.5 && !each.closest("p")
}).map(each => `${each.textContent.trim().slice(0, 40)} is too small for a finger`).slice(0, 3)"""
# What looks as if it could be pressed, and a pointer goes through it.
DEAD = """() => [...document.querySelectorAll("a.btn, button.btn:not(:disabled)")].filter(
  each => each.checkVisibility() && getComputedStyle(each).pointerEvents === "none"
).map(each => `${each.textContent.trim().slice(0, 40)} cannot be pressed`)"""
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

Scheme = Literal["light", "dark"]


class Look(NamedTuple):
    """How a page is looked at."""

    size: ViewportSize
    scheme: Scheme


LOOKS = [Look(size, scheme) for size, scheme in itertools.product((WIDE, NARROW), SCHEMES)]


def looks(turn: int) -> list[Look]:
    """Give how a room is looked at: by four visitors in a house in four ways, one each."""
    return LOOKS if ALL else [LOOKS[turn % len(LOOKS)]]


@pytest.fixture(params=["empty", "full"])
def house(request: pytest.FixtureRequest) -> str:
    """Give the name of the house: nothing in it yet, or full."""
    return str(request.param)


@pytest.fixture
async def home(
    house: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Hub, Tokens]]:
    """Give a running hub and everybody's sign-in."""
    own, data = tmp_path_factory.getbasetemp(), tmp_path / "data"
    among = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    tokens = await build(among / "houses", data, full=house == "full")
    running = Hub(data)
    running.start()
    await running.listening()
    yield running, tokens
    running.stop()
    shutil.rmtree(data)


def visits() -> list[ParameterSet]:
    """Give who walks in which house, and in which language: all, or each role once and the languages in turn.

    Who sees the fewest rooms and who sees all of them find between them what is to be seen of an empty house. In the
    other house each visitor looks otherwise, and reads the other language.
    """
    return [
        pytest.param(house, role, language, turn, id=f"{house}-{role}-{language}")
        for house, walking in (("full", ROLES), ("empty", ROLES if ALL else ("agent", "admin")))
        for turn, (role, language) in enumerate(_readers(house, walking), 1 if house == "full" else 0)
    ]


def _readers(house: str, walking: Sequence[Role]) -> Iterator[tuple[Role, str]]:
    for number, role in enumerate(walking):
        for turn, language in enumerate(LANGUAGES):
            if ALL or (number + turn + (house == "full")) % 2:
                yield role, language


@pytest.mark.timeout(3600 if ALL else 600)
@pytest.mark.parametrize(("house", "role", "language", "turn"), visits(), indirect=["house"])
async def test_every_room_is_fit_for_everybody(
    browser: Browser, home: tuple[Hub, Tokens], house: str, role: Role, language: str, turn: int
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    cookies = {"ringback": home[1][role]}
    async with ClientSession(home[0].address, cookies=cookies) as session:
        rooms = await doors(session)
    async with ClientSession(home[0].address, cookies=cookies, auto_decompress=False) as session:
        wrong = [fault for door in rooms for fault in await _weigh(session, door)]
    assert len(rooms) > 3
    context = await browser.new_context(base_url=home[0].address, locale=language, viewport=WIDE)
    await context.add_cookies([{"name": "ringback", "value": home[1][role], "url": home[0].address}])
    await context.add_init_script(IN_EACH_PAGE % AXE.read_text(encoding="utf-8"))
    page = await context.new_page()
    said = _complaints(page)
    for number, door in _walked(rooms, house, role, turn):
        seen = await _enter(page, door, number, f"{role}-{house}-{language}")
        if seen is not None:
            wrong += [*seen, *(f"{door.path}: {each}" for each in said)]
        said.clear()
    await context.close()
    assert not wrong, "\n".join(wrong)


def _walked(rooms: list[Door], house: str, role: Role, turn: int) -> Iterator[tuple[int, Door]]:
    """Give the rooms that a visitor looks at, with her turn at each.

    In a plain run an admin looks at every room of a full house, and a third of those that the others may enter is
    looked at by each of them; what all of them are given was weighed before.
    """
    for number, door in enumerate(rooms, turn):
        if ALL or house == "empty" or role == "admin" or crc32(door.declared.encode()) % 3 == turn % 3:
            yield number, door


def _complaints(page: Page) -> list[str]:
    """Give the list to which is added whatever a page complains of."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(f"{message.page.url if message.page else ''}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


async def _weigh(session: ClientSession, door: Door) -> list[str]:
    """Say whether a room is too heavy: its own bytes, and with everything that a first visit fetches."""
    page, html = await _fetch(session, door.path)
    parts = set(re.findall(r'(?:href|src)="(/static/[^"#]+\.(?:css|js|svg))', html))
    whole = page + sum([(await _fetch(session, part))[0] for part in parts])
    told = [(page, AFTER, "a page"), (whole, FIRST, "a first visit")]
    return [f"{door.path}: {what} has {size} bytes" for size, most, what in told if size > most]


async def _fetch(session: ClientSession, path: str) -> tuple[int, str]:
    async with session.get(path, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = await answer.read()
        packed = answer.headers.get("Content-Encoding") == "gzip"
        return len(raw), (gzip.decompress(raw) if packed else raw).decode(errors="replace")


async def _enter(page: Page, door: Door, turn: int, visit: str) -> list[str] | None:
    """Look at one room in several ways, and give what is wrong with it; None where its record went away."""
    wrong = []
    answer = await page.goto(door.path)
    if answer and answer.status == GONE and "{" in door.declared:
        return None  # the hub's own look-out for duplicates took this pair away meanwhile
    if (shift := await page.evaluate(SHIFTED)) > MOST_SHIFT:
        wrong.append(f"{door.path}: moves by {shift:.3f} while it is drawn")
    for look in looks(turn):
        await page.set_viewport_size(look.size)
        await page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
        place = f"{door.path} {look.size['width']} {look.scheme}"
        wrong += [f"{place}: {each}" for each in await page.evaluate(RUN)]
        wrong += [f"{place}: {each}" for each in await page.evaluate(COVERED)]
        for look_for in (CUT, MISSED, DEAD):
            wrong += [f"{place}: {each}" for each in await page.evaluate(look_for)]
        if await page.evaluate(SIDEWAYS):
            wrong.append(f"{place}: scrolls sideways")
        name = f"{door.name}-{visit}-{look.size['width']}-{look.scheme}.jpg"
        if KEPT or ALL:
            await _keep(page, SHOTS / name)
    return wrong


async def _keep(page: Page, path: Path) -> None:
    """Keep a picture; a browser on a busy machine may need to be asked twice."""
    for last in (False, True):
        try:
            await page.screenshot(path=path, type="jpeg", full_page=True, animations="disabled")
        except Error:
            if last:
                raise
        else:
            return
