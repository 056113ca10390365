"""Our web chat in the company's own site: a visitor there, a colleague at the console, side by side."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from zlib import compress, crc32

import pytest
from aiohttp import ClientSession, web
from playwright.async_api import Locator, Page, Route, expect
from sqlalchemy import select

from crm.chats import Chat
from crm.conversations import Interaction
from hub.channels import Channel
from hub.store import open_store
from tests.eventually import eventually
from tests.journeys.people import Join, Open
from tests.journeys.pictures import NARROW, WIDE, faults, picture
from tests.servers.ringback import Hub

PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title><link rel="icon" href="data:,">
<style>* {{ all: unset; display: block; }} head, script {{ display: none; }}
main {{ padding: 2rem; font: 1rem Georgia, serif; max-width: 40rem; }}</style>
<main><h1>{title}</h1><p>Windows of oak and pine, made to measure.</p><a href="/prices">Prices</a></main>
{line}</html>"""
SETTINGS = """title = "Chat with Klarruta"
intro = "We mostly answer within minutes."
origins = ["{site}"]
when_closed = "{closed}"
{more}"""


def _png(width: int, height: int) -> bytes:
    """Paint a window in the evening sun."""
    rows = b"".join(
        b"\0"
        + bytes(part for x in range(width) for part in (200, 80 + 90 * y // height, 40 + 120 * x // width))
        for y in range(height)
    )

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + crc32(kind + body).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", compress(rows)) + chunk(b"IEND", b"")


PICTURE = _png(240, 150)
COST = """() => {
  const ours = performance.getEntriesByType("resource").filter(each => each.name.includes("/chat/"))
  const [script, question] = ours
  return {requests: ours.length, bytes: script.encodedBodySize, began: question.startTime, long: window.long,
          loaded: performance.getEntriesByType("navigation")[0].loadEventStart}
}"""

STRANGER = """() => {
  const pass = Object.keys(localStorage).find(each => each.endsWith(":pass"))
  localStorage[pass] = JSON.stringify("0123456789abcdef0123.forged")
}"""
SENT = """async () => {
  const done = asked => new Promise(found => { asked.onsuccess = () => found(asked.result) })
  const [{ name }] = await indexedDB.databases(), room = await done(indexedDB.open(name))
  const left = await done(room.transaction("out").objectStore("out").count())
  room.close()
  return left === 0
}"""
LATE = """{
  const { locks } = navigator, request = locks.request.bind(locks)
  locks.request = (name, act) => request(name, async () => {
    const done = await act()
    await new Promise(finish => { window.finish = finish })
    return done
  })
}"""

Told = dict[str, Any]
Site = Callable[..., Awaitable[str]]


@pytest.fixture
async def site(hub: Hub, site_port: int, tmp_path: Path) -> AsyncIterator[Site]:
    """Give what puts a chat, set up so, into the company's site."""
    runner: list[web.AppRunner] = []
    address = f"http://127.0.0.1:{site_port}"

    async def build(
        closed: str = "always", more: str = "", language: str = "en", line: str = "", policy: str = ""
    ) -> str:
        settings = tmp_path / "chat.toml"
        settings.write_text(SETTINGS.format(site=address, closed=closed, more=more))
        told = hub.tell("channel", "add", "chat", "--kind", "webchat", "--settings", str(settings))
        token = told.split()[-1].rpartition("/")[2]
        script = f"{hub.address}/chat/{token}.js"

        async def show(request: web.Request) -> web.Response:
            title = {"/": "Klarruta", "/prices": "Prices"}[request.path]
            put = line.replace("{script}", script) or f'<script>import("{script}").catch(() => {{}})</script>'
            text = PAGE.format(title=title, line=put, language=language)
            headers = {"Content-Security-Policy": policy} if policy else {}
            return web.Response(text=text, content_type="text/html", headers=headers)

        app = web.Application()
        app.router.add_get("/", show)
        app.router.add_get("/prices", show)
        runner.append(web.AppRunner(app))
        await runner[0].setup()
        await web.TCPSite(runner[0], "127.0.0.1", site_port).start()
        await eventually(lambda: _is_there(script))
        return f"{address}/"

    yield build
    for each in runner:
        await each.cleanup()


async def _is_there(script: str) -> bool:
    async with ClientSession() as session, session.get(script) as answer:
        return answer.status == 200


def button(page: Page) -> Locator:
    return page.get_by_role("button", name="Open the chat")


def panel(page: Page) -> Locator:
    return page.get_by_role("dialog")


async def write(page: Page, text: str) -> None:
    field = panel(page).get_by_role("textbox")
    await expect(field).to_have_count(1)  # what was asked before is gone
    await field.fill(text)
    await field.press("Enter")


async def says(page: Page, text: str) -> Locator:
    row = panel(page).get_by_role("listitem").filter(has_text=text)
    await expect(row).to_have_count(1)
    return row


@pytest.mark.timeout(300)
async def test_a_visitor_and_a_colleague_write_to_each_other(
    hub: Hub, window: Open, join: Join, site: Site, complaints: list[str]
) -> None:
    elin = await join("Elin Sandgren", "manager")
    karin = await window(await site())
    await begins(karin)
    await is_answered(karin, elin)
    await sees_who_writes(karin, elin)
    await sends_a_file(karin, elin)
    await gets_a_file(karin, elin)
    await goes_to_another_page(karin)
    await has_a_second_tab(karin)
    await loses_the_line(karin, elin, complaints)
    await comes_back_to_what_is_unread(karin, elin)
    await looks(karin)
    assert await kept(hub) == [
        "Do you have oak?",
        "",
        "Do you deliver to Borås?",
        "Sent while offline",
        "And this too",
    ]


async def begins(karin: Page) -> None:
    await button(karin).click()
    await expect(panel(karin).get_by_role("heading")).to_have_text("Chat with Klarruta")
    await picture(karin, "web-chat-empty")
    await write(karin, "Do you have oak?")
    await expect(await says(karin, "Do you have oak?")).to_contain_text("You")


async def is_answered(karin: Page, elin: Page) -> None:
    await elin.goto("/inbox?view=all")
    await elin.get_by_text("Do you have oak?").first.click()
    await (
        elin.get_by_role("link", name="Open the card")
        .or_(elin.locator("a[href^='/contacts/']"))
        .first.click()
    )
    await expect(elin.locator("#answer-body")).to_be_visible()
    await answers(elin, "Yes, in three widths: https://klarruta.example/oak.")
    row = await says(karin, "Yes, in three widths")
    await expect(row).to_contain_text("Elin Sandgren")
    await expect(row.get_by_role("link")).to_have_attribute("href", "https://klarruta.example/oak")
    await expect(elin.get_by_text("Read", exact=True).first).to_be_visible()


async def answers(elin: Page, text: str) -> None:
    await elin.wait_for_load_state()
    field = elin.locator("#answer-body")
    await field.fill(text)
    await field.press("Enter")
    await expect(elin.locator("#answer-body")).to_have_value("")


# However long it took to write: it is told for six seconds.
WRITES_STILL = """() => {
  const id = Number(document.querySelector("[data-types]").dataset.types)
  document.dispatchEvent(new CustomEvent("ringback:notice", {detail: {kind: "typing", id}}))
}"""


async def sees_who_writes(karin: Page, elin: Page) -> None:
    await panel(karin).get_by_role("textbox").press_sequentially("Do you deliver to Borås?")
    await expect(elin.locator("[data-types]")).to_contain_text("is writing")
    await elin.evaluate(WRITES_STILL)
    await draws_the_box_anew(elin)
    await expect(elin.locator("[data-types]")).to_contain_text("is writing", timeout=100)
    await elin.locator("#answer-body").press_sequentially("One moment")
    await expect(panel(karin).get_by_text("is writing …")).to_be_visible()
    await elin.locator("#answer-body").fill("")


async def draws_the_box_anew(elin: Page) -> None:
    async with elin.expect_event(  # not the end of one that is under way already
        "request", lambda request: request.url.endswith("/answer") and request.method == "GET"
    ) as asked:
        await elin.evaluate(
            "document.dispatchEvent(new CustomEvent('ringback:notice', {detail: {kind: 'contact', id: 0}}))"
        )
    answer = await (await asked.value).response()
    assert answer is not None
    await answer.finished()
    await elin.evaluate("new Promise(done => setTimeout(done, 100))")  # until it is in its place


async def sends_a_file(karin: Page, elin: Page) -> None:
    draft = panel(karin).get_by_role("textbox")
    words = await draft.input_value()
    await draft.fill("")
    async with karin.expect_file_chooser() as chosen:
        await panel(karin).get_by_role("button", name="Attach a file").click()
    await (await chosen.value).set_files({"name": "window.png", "mimeType": "image/png", "buffer": PICTURE})
    await expect(panel(karin).get_by_text("window.png")).to_be_visible()
    await panel(karin).get_by_role("button", name="Send").click()
    await expect(panel(karin).get_by_role("img", name="window.png")).to_be_visible()
    await expect(elin.get_by_role("img", name="window.png").first).to_be_visible()
    await write(karin, words)


async def gets_a_file(karin: Page, elin: Page) -> None:
    await draws_the_box_anew(elin)  # what her own file brought is in its place by then
    await elin.locator("#composer input[type=file]").set_input_files(
        {"name": "prices.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    await expect(elin.locator("#composer").get_by_text("prices.pdf")).to_be_visible()
    await answers(elin, "Here is the list.")
    link = panel(karin).get_by_role("link", name="prices.pdf")
    async with karin.expect_download() as downloaded:
        await link.click()
    assert (await downloaded.value).suggested_filename == "prices.pdf"


async def goes_to_another_page(karin: Page) -> None:
    await karin.get_by_role("link", name="Prices", exact=True).click()
    await expect(panel(karin)).to_be_visible()  # it stays open from page to page
    await says(karin, "Do you deliver to Borås?")


async def has_a_second_tab(karin: Page) -> None:
    other = await karin.context.new_page()
    await other.goto(karin.url)
    await button(other).click()
    await says(other, "Do you deliver to Borås?")
    await other.close()


async def loses_the_line(karin: Page, elin: Page, complaints: list[str]) -> None:
    await karin.context.set_offline(True)
    await write(karin, "Sent while offline")
    await expect(await says(karin, "Sent while offline")).to_contain_text("Waits for the line")
    await write(karin, "And this too")
    await picture(karin, "web-chat-offline")
    await karin.context.set_offline(False)
    await expect(await says(karin, "And this too")).to_contain_text("You", timeout=30_000)
    await expect(elin.get_by_text("Sent while offline").first).to_be_visible()
    complaints[:] = [each for each in complaints if "ERR_INTERNET_DISCONNECTED" not in each]


async def comes_back_to_what_is_unread(karin: Page, elin: Page) -> None:
    await panel(karin).get_by_role("button", name="Close the chat").click()
    await karin.goto("about:blank")
    await answers(elin, "We do, on Thursdays.")
    await karin.go_back()
    await expect(button(karin)).to_contain_text("1 new messages")
    await button(karin).click()
    await says(karin, "We do, on Thursdays.")
    await expect(button(karin)).not_to_contain_text("new messages")
    await expect(elin.locator("li.said").filter(has_text="We do, on Thursdays.")).to_contain_text("Read")


async def looks(karin: Page) -> None:
    await picture(karin, "web-chat")
    assert await faults(karin) == []
    for size in (WIDE, NARROW):
        await karin.set_viewport_size(size)
        await panel(karin).get_by_role("textbox").press("Escape")
        await expect(button(karin)).to_be_focused()
        await button(karin).press("Enter")
        await expect(panel(karin).get_by_role("textbox")).to_be_focused()


async def kept(hub: Hub) -> list[str]:
    """Give what came in, in its order."""
    async with open_store(hub.data) as db:
        came = select(Interaction.text).where(Interaction.kind == "chat", Interaction.direction == "in")
        return list(await db.read(lambda session: session.scalars(came.order_by(Interaction.id)).all()))


async def test_while_nobody_is_there_it_asks_how_to_answer_and_for_consent(
    hub: Hub, window: Open, site: Site
) -> None:
    more = 'questions = ["Your name* = name"]\nconsent = "I agree that you answer me."'
    karin = await window(await site("form", more, language="sv"))
    await karin.get_by_role("button", name="Öppna chatten").click()
    await picture(karin, "web-chat-closed")
    send = panel(karin).get_by_role("button", name="Skicka")
    await send.click()
    await expect(panel(karin).get_by_text("Fyll i det här.")).to_have_count(4)
    assert await faults(karin) == []
    await panel(karin).get_by_label("Your name").fill("Karin Ekdahl")
    await panel(karin).get_by_label("Telefon eller e-post").fill("karin@ekdahl.example")
    await panel(karin).get_by_label("Meddelande").fill("What does oak cost?")
    await panel(karin).get_by_label("I agree").check()
    await send.click()
    await says(karin, "What does oak cost?")
    await expect(panel(karin).get_by_text("Tack, vi har fått det.")).to_be_visible()
    await eventually(lambda: named(hub, "Karin Ekdahl"))


async def test_what_was_told_before_the_chat_goes_until_it_was_taken_and_is_asked_of_somebody_new(
    window: Open, site: Site, complaints: list[str]
) -> None:
    more = 'questions = ["Your name* = name", "About = topic"]\nconsent = "I agree that you answer me."'
    karin = await window(await site(more=more))
    posted: list[Told] = []

    async def refuse_the_first(route: Route) -> None:
        posted.append(json.loads(route.request.post_data or ""))
        await (
            route.fulfill(status=400, json={"detail": "No room."}) if len(posted) == 1 else route.continue_()
        )

    await karin.route("**/in/**", refuse_the_first)
    await button(karin).click()
    await panel(karin).get_by_label("Your name").fill("Karin Ekdahl")
    await panel(karin).get_by_label("About").fill("Oak")
    await panel(karin).get_by_label("I agree").check()
    await panel(karin).get_by_role("button", name="Begin").click()
    await write(karin, "Do you have oak?")
    await (await says(karin, "Do you have oak?")).get_by_role("button", name="Take it away").click()
    for text in ("Or pine?", "And birch?"):
        await write(karin, text)
        await expect(await says(karin, text)).to_contain_text("You", timeout=30_000)
    whole = {"answers": ["Karin Ekdahl", "Oak"], "consent": True, "name": "Karin Ekdahl"}
    assert [{key: each[key] for key in whole if key in each} for each in posted] == [
        whole, whole, {"name": "Karin Ekdahl"}
    ]  # fmt: skip
    await eventually(lambda: karin.evaluate(SENT))  # what is shown may still be promised by nobody
    await karin.evaluate(STRANGER)
    await karin.reload()
    await expect(panel(karin).get_by_label("Your name")).to_have_value("")
    complaints.clear()


async def named(hub: Hub, name: str) -> bool:
    async with open_store(hub.data) as db:
        return await db.read(lambda session: bool(session.query(Chat).filter_by(name=name).count()))


async def test_an_admin_puts_it_on_a_site_and_tries_it(hub: Hub, join: Join, site: Site) -> None:
    address = await site()
    annika = await join("Annika Kron", "admin")
    await annika.goto(f"/web-chats/{await channel_id(hub)}")
    await expect(annika.get_by_label("The line for your pages")).to_contain_text("/chat/")
    await expect(annika.get_by_label("One in a line")).to_have_value(address.rstrip("/"))
    await picture(annika, "web-chat-sites")
    assert await faults(annika) == []
    async with annika.context.expect_page() as opened:
        await annika.get_by_role("link", name="Open the page").click()
    tried = await opened.value
    await button(tried).click()
    await write(tried, "Does it work?")
    await expect(await says(tried, "Does it work?")).to_contain_text("You")
    await tried.goto(await annika.get_by_label("Address of the page").input_value())
    await says(tried, "Does it work?")
    await picture(tried, "web-chat-page")
    assert await faults(tried) == []


async def channel_id(hub: Hub) -> int:
    async with open_store(hub.data) as db:
        return await db.read(lambda session: session.query(Channel.id).filter_by(kind="webchat").scalar())


async def test_it_shows_nothing_while_nobody_is_there_where_that_is_wanted(window: Open, site: Site) -> None:
    karin = await window(await site("hide"))
    await expect(karin.locator("ringback-chat")).to_have_count(1)
    await expect(button(karin)).to_be_hidden()


async def test_a_hub_that_takes_the_call_and_says_nothing_delays_nothing(window: Open, site: Site) -> None:
    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    line = f'<script>import("http://127.0.0.1:{port}/chat/x.js").catch(() => {{}})</script>'
    karin = await window(await site(line=line))  # which waits for the page to be loaded whole
    await eventually(lambda: held)
    assert await karin.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") > 0
    assert await karin.locator("ringback-chat").count() == 0
    await karin.goto("about:blank")
    silent.close()
    for writer in held:
        writer.close()


async def test_a_policy_that_lets_it_ask_nothing_leaves_the_page_as_it_is(
    window: Open, site: Site, complaints: list[str]
) -> None:
    karin = await window(await site(policy="default-src 'none'; style-src 'unsafe-inline'; script-src *; img-src data:",
                                    line='<script src="{script}" async></script>'))  # fmt: skip
    await expect(karin.get_by_role("heading", name="Klarruta")).to_be_visible()
    await eventually(
        lambda: [each for each in complaints if "connect-src" in each or "Connecting to" in each]
    )
    assert await karin.locator("ringback-chat").count() == 0
    assert [
        each
        for each in complaints
        if "violates the following" not in each and "Refused to connect" not in each
    ] == []
    complaints.clear()


async def test_what_is_written_while_the_hub_is_down_arrives_once(
    hub: Hub, window: Open, site: Site, complaints: list[str]
) -> None:
    karin = await window(await site())
    await button(karin).click()
    assert hub.stop() == 0
    await write(karin, "Do you have oak?")
    await says(karin, "Do you have oak?")
    await karin.reload()  # the browser keeps it, and there is no chat while there is no hub
    assert await karin.locator("ringback-chat").count() == 0
    hub.start()
    await hub.listening()
    await karin.reload()
    await expect(await says(karin, "Do you have oak?")).to_contain_text("You", timeout=30_000)
    complaints.clear()
    assert await kept(hub) == ["Do you have oak?"]


async def test_who_gets_no_pass_for_a_while_loses_no_word(
    window: Open, site: Site, complaints: list[str]
) -> None:
    karin = await window(await site())
    refused: list[Route] = []

    async def say_not_so_fast(route: Route) -> None:
        refused.append(route)
        await route.fulfill(status=429, json={"title": "Not so fast."})

    await karin.route("**/visitor", say_not_so_fast)
    await button(karin).click()
    await write(karin, "Do you have oak?")
    await eventually(lambda: refused)
    await expect(await says(karin, "Do you have oak?")).to_contain_text("Sending")
    await karin.unroute("**/visitor")
    await expect(await says(karin, "Do you have oak?")).to_contain_text("You", timeout=30_000)
    complaints.clear()


async def test_what_was_refused_is_tried_again_or_taken_away(
    hub: Hub, window: Open, site: Site, complaints: list[str]
) -> None:
    karin = await window(await site())
    await button(karin).click()
    await karin.route("**/in/**", lambda route: route.fulfill(status=400, json={"detail": "No room."}))
    await write(karin, "Do you have oak?")
    await expect(await says(karin, "Do you have oak?")).to_contain_text("Not sent. No room.")
    await write(karin, "Or pine?")
    await (await says(karin, "Or pine?")).get_by_role("button", name="Take it away").click()
    await expect(panel(karin).get_by_text("Or pine?")).to_have_count(0)
    await picture(karin, "web-chat-refused")
    assert await faults(karin) == []
    await karin.unroute("**/in/**")
    await (await says(karin, "Do you have oak?")).get_by_role("button", name="Try again").click()
    await expect(await says(karin, "Do you have oak?")).to_contain_text("You", timeout=30_000)
    complaints.clear()
    assert await kept(hub) == ["Do you have oak?"]


async def test_what_the_browser_has_no_room_for_is_shown_and_sent_all_the_same(
    hub: Hub, window: Open, site: Site, complaints: list[str]
) -> None:
    karin = await window("about:blank")
    await karin.add_init_script(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }"
    )
    await karin.goto(await site())
    await button(karin).click()
    await karin.context.set_offline(True)
    for text in ("Do you have oak?", "Or pine?"):
        await write(karin, text)
        await expect(await says(karin, text)).to_contain_text("Waits for the line")
    await karin.context.set_offline(False)
    await expect(await says(karin, "Or pine?")).to_contain_text("You", timeout=30_000)
    complaints.clear()
    assert await kept(hub) == ["Do you have oak?", "Or pine?"]


async def test_where_no_tab_may_wait_for_another_all_is_sent(hub: Hub, window: Open, site: Site) -> None:
    karin = await window("about:blank")
    await karin.add_init_script(
        "navigator.locks.request = () => Promise.reject(new DOMException('', 'SecurityError'))"
    )
    await karin.goto(await site())
    await button(karin).click()
    for text in ("Do you have oak?", "Or pine?", "And what do they cost?"):
        await write(karin, text)
    await expect(await says(karin, "And what do they cost?")).to_contain_text("You", timeout=30_000)
    assert await kept(hub) == ["Do you have oak?", "Or pine?", "And what do they cost?"]


async def test_what_is_written_at_the_last_moment_of_sending_is_sent_at_once(
    window: Open, site: Site
) -> None:
    karin = await window("about:blank")
    await karin.add_init_script(LATE)
    await karin.goto(await site())
    await button(karin).click()
    await write(karin, "Do you have oak?")
    await says(karin, "Do you have oak?")
    await eventually(lambda: karin.evaluate("Boolean(window.finish)"))  # all is sent, and the lock still held
    await write(karin, "Or pine?")
    await says(karin, "Or pine?")
    await karin.evaluate("finish()")
    await expect(await says(karin, "Or pine?")).to_contain_text("You", timeout=30_000)


async def test_it_costs_the_page_next_to_nothing(window: Open, site: Site) -> None:
    karin = await window("about:blank")
    await karin.add_init_script(
        "window.long = []; new PerformanceObserver(list => long.push(...list.getEntries().map(each => each.duration)))"
        ".observe({type: 'longtask', buffered: true})"
    )
    await karin.goto(await site())
    await expect(button(karin)).to_be_visible()
    cost = await karin.evaluate(COST)
    assert cost["requests"] == 2  # the script, and one question
    assert cost["bytes"] < 15_000
    assert cost["began"] >= cost["loaded"]


async def test_where_sockets_are_blocked_it_asks_instead(window: Open, site: Site, join: Join) -> None:
    elin = await join("Elin Sandgren", "manager")
    karin = await window("about:blank")
    await karin.add_init_script("window.WebSocket = class { constructor() { throw new Error('blocked') } }")
    await karin.goto(await site())
    await button(karin).click()
    await write(karin, "Do you have oak?")
    await says(karin, "Do you have oak?")
    await elin.goto("/inbox?view=all")
    await elin.get_by_text("Do you have oak?").first.click()
    await elin.locator("a[href^='/contacts/']").first.click()
    await elin.wait_for_url("**/contacts/*")
    await answers(elin, "Yes.")
    await says(karin, "Yes.")
