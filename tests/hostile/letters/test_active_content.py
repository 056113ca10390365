"""Whatever is put into a letter: opened in a real Chromium, none of it runs, fetches or changes what is around it.

Once as letters are shown, and once with nothing sanitised at all, so that the frame and its policy are shown to hold
alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
from playwright.async_api import Browser, Frame

from crm.letter_html import Shown
from crm.web import letter_frame, letter_sheet
from tests.eventually import eventually
from tests.hostile.letters.tricks import ADDRESSES, FAMILIES, FETCHES, FOREIGN, HANDLERS, SCRIPTS
from tests.letter_desk import Desk, Outside, desk

MANY = 100
# Without blanks and quotes, so that it stands in every attribute.
RAN = "console.log(`ran/NUMBER`);top.postMessage(`ran/NUMBER`,`*`);(new(Image)).src=`OUT/ran`;"
HEARS = "addEventListener('message', event => { if (/^ran/.test(event.data)) console.log(event.data) })"
# What no letter may hold once it is sanitised; the head of the frame is ours.
HOLDS = """() => [...document.body.querySelectorAll("*")].flatMap(each => [
  ...(/^(A|B|BR|BLOCKQUOTE|DEL|DETAILS|DIV|H1|H6|IMG|LI|P|PRE|SPAN|SUMMARY|TABLE|TBODY|TR|TD|TT|UL)$/.test(each.tagName)
    ? [] : [each.tagName]),
  ...[...each.attributes].filter(({ name, value }) => /^(on|hx-|data-|form|id$|name$|srcset|background$)/.test(name)
    || /url\\(|position|@import/i.test(name == "title" ? "" : value)
    || (name == "src" && !/^(\\/letters\\/|data:image\\/png;)/.test(value))).map(each => each.name)])"""
# The letter's own frame again and again, for all the others.
OPENED = """numbers => { const first = document.querySelector(".letter iframe")
  return Promise.all(numbers.map(number => new Promise(done => {
    const next = first.cloneNode()
    next.addEventListener("load", done)
    next.src = first.getAttribute("src").replace(/[0-9]+/, number)
    first.after(next) }))) }"""
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
ANYTHING = "default-src * 'unsafe-inline' 'unsafe-eval' data: blob:"
EVERYTHING = "allow-scripts allow-same-origin allow-forms allow-modals allow-popups"


class Watched:
    """Elin's page with letters in it, and what was seen of it that should not be."""

    def __init__(self, sitting: Desk, outside: Outside) -> None:
        """Begin to watch."""
        self.desk, self.outside, self.page = sitting, outside, sitting.page
        self._seen: list[str] = []
        self.page.on(
            "console",
            lambda message: self._seen.append(message.text) if message.text.startswith("ran") else None,
        )
        self.page.on("dialog", lambda dialog: self._seen.append(f"dialog {dialog.message}"))
        self.page.on("popup", lambda page: self._seen.append(f"popup {page.url}"))
        self.page.on("download", lambda file: self._seen.append(f"download {file.url}"))

    async def opens(self, tricks: Mapping[str, str]) -> list[Frame]:
        """Have letters come that try these, open them all with their pictures asked for, and give their frames."""
        numbers = [await self._comes(number, trick) for number, trick in enumerate(tricks.values())]
        await self.page.goto(f"/letters/{numbers[0]}?pictures=shown")
        await self.page.evaluate(OPENED, numbers[1:])
        await self.page.evaluate(SETTLED)
        return [await self._frame(number) for number in numbers]

    def seen(self) -> list[str]:
        """Say what ran or opened, and who asked outside, but for our own proxy, which asks for pictures alone."""
        return [
            *self._seen,
            *(f"asked for {each.path}" for each in self.outside.asked
              if "image-proxy" not in each.headers["User-Agent"] or each.path.endswith("/ran")),
        ]  # fmt: skip

    async def changed(self, frames: Sequence[Frame]) -> list[str]:
        """Say what is not as it was around letters."""
        there = sum(frame.parent_frame is not None for frame in self.page.frames)
        sizes = await self.page.evaluate("[scrollX, document.querySelectorAll('dialog[open]').length]")
        as_it_was = "Letter" in await self.page.title() and sizes == [0, 0] and there == len(frames)
        return [] if as_it_was else [f"{self.page.url} {sizes}, {there} frames of {len(frames)}"]

    async def _comes(self, number: int, trick: str) -> int:
        out = f"{self.outside.address}/{number}"
        html = trick.replace("JS", RAN).replace("NUMBER", str(number)).replace("OUT", out)
        await self.desk.gets(html.replace("HOST", out.removeprefix("http://")), number=number)
        return await self.desk.latest()

    async def _frame(self, number: int) -> Frame:
        [found] = await eventually(
            lambda: [each for each in self.page.frames if f"/letters/{number}/html" in each.url]
        )
        return found


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """Give somebody else's web server."""
    async with Outside().open() as server:
        yield server


@pytest.fixture
async def watched(browser: Browser, tmp_path: Path, outside: Outside) -> AsyncIterator[Watched]:
    """Give a page that is watched."""
    async with desk(browser, tmp_path / "data") as found:
        await found.page.add_init_script(HEARS)
        yield Watched(found, outside)


@pytest.fixture
def unsanitised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have letters be shown as they came."""
    monkeypatch.setattr(letter_frame, "shown", lambda html, _address: Shown(html, 0))


def test_there_are_many_tricks() -> None:
    assert sum(map(len, FAMILIES.values())) >= MANY


@pytest.mark.parametrize("family", FAMILIES)
async def test_nothing_in_a_letter_runs_or_fetches_or_reaches_out_of_it(
    watched: Watched, family: str
) -> None:
    tricks = FAMILIES[family]
    frames = await watched.opens(tricks)
    holds = {
        name: found
        for name, frame in zip(tricks, frames, strict=True)
        if (found := await frame.evaluate(HOLDS))
    }
    assert (holds, watched.seen(), await watched.changed(frames)) == ({}, [], [])


@pytest.mark.usefixtures("unsanitised")
@pytest.mark.parametrize("family", FAMILIES)
async def test_the_frame_holds_also_where_nothing_is_sanitised(watched: Watched, family: str) -> None:
    await watched.opens(FAMILIES[family])
    assert watched.seen() == []
    assert watched.page.url.endswith("?pictures=shown")


@pytest.mark.usefixtures("unsanitised")
async def test_what_would_run_without_frame_and_policy_is_noticed(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_frame, "POLICY", ANYTHING)
    monkeypatch.setattr(letter_sheet, "MAY", EVERYTHING)
    names = ("plain", "image error", "details", "svg load", "svg script", "source document")
    known = SCRIPTS | HANDLERS | FOREIGN | ADDRESSES
    await watched.opens({name: known[name] for name in names} | {"image": FETCHES["image"]})
    wanted = {f"ran/{number}" for number in range(len(names))} | {f"asked for /{len(names)}/i.png"}
    await eventually(lambda: wanted <= set(watched.seen()))
