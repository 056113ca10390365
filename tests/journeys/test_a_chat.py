"""A chat there and back: Ira writes by Telegram, Elin reads it as a chat and answers where it stands."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.eventually import eventually
from tests.journeys.people import Join
from tests.journeys.pictures import NARROW, WIDE, faults, picture
from tests.letter_desk import DOT
from tests.servers.ringback import Hub
from tests.servers.telegram import TOKEN, Telegram, running

IRA = 71

# A key that is pressed at the very first moment when one can be after the next box took the place of this one.
PRESSED = """box => document.addEventListener("htmx:before:settle", () => {
  if (box.isConnected || window.pressed) return
  window.pressed = true
  setTimeout(() => document.execCommand("insertText", false, "right away "))
})"""


@pytest.fixture
async def telegram(hub: Hub, tmp_path: Path) -> AsyncIterator[Telegram]:
    """Give Telegram, with a bot of the company's on it."""
    async with running() as made:
        settings = tmp_path / "telegram.toml"
        settings.write_text(f'token = "{TOKEN}"\nbase_url = "{made.address}"\n')
        hub.tell(
            "channel",
            "add",
            "bot",
            "--kind",
            "telegram",
            "--title",
            "Klarruta on Telegram",
            "--settings",
            str(settings),
        )
        yield made


@pytest.mark.timeout(300)
async def test_a_chat_is_read_and_answered_where_it_stands(hub: Hub, telegram: Telegram, join: Join) -> None:
    del hub
    elin = await join("Elin Sandgren", "agent")
    johan = await join("Johan Lindh", "agent")
    await elin.goto("/inbox?view=unassigned")
    await telegram.write("Do you measure in Kortedala?", IRA)
    await opens(elin, "Kortedala")
    await answers_with_enter(elin, telegram)
    await sees_what_comes(elin, telegram)
    await answers_a_certain_message(elin, telegram)
    await sends_a_picture(elin, telegram)
    await keeps_what_is_typed(elin, johan)
    await is_refused_in_words(elin, telegram)
    await types_on_while_an_answer_is_on_its_way(elin, telegram)
    await gives_a_link(elin)
    await looks_at_it(elin)
    await calls_it_spam(elin, telegram)


async def opens(page: Page, words: str) -> None:
    await page.get_by_role("link", name=re.compile(words)).first.click()
    await expect(page.locator(".said.theirs", has_text=words)).to_be_visible()
    await expect(page.get_by_text("nobody has it yet, in Front desk")).to_be_visible()
    await page.wait_for_load_state()


async def answers_with_enter(page: Page, telegram: Telegram) -> None:
    await page.keyboard.press("r")
    box = page.get_by_role("textbox", name="Answer Ira")
    await expect(box).to_be_focused()
    await page.keyboard.type("We do.")
    await eventually(lambda: told(telegram, "sendChatAction"))
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("When would it suit you?")
    await page.keyboard.press("Enter")
    async with page.expect_request(
        "**/answer/typing"
    ):  # at once, although it was told just now of what is sent
        await page.keyboard.type("Thursday is free")
    await page.keyboard.press("Enter")
    await eventually(lambda: said(telegram, 2))
    assert telegram.texts(IRA) == ["We do.\nWhen would it suit you?", "Thursday is free"]
    await expect(box).to_be_focused()
    await expect(box).to_have_value("")
    await expect(page.get_by_text("· yours")).to_be_visible()
    await expect(page.locator(".said.ours .fate", has_text="Sent")).to_have_count(2)


async def sees_what_comes(page: Page, telegram: Telegram) -> None:
    message = await telegram.write("Thursday is good", IRA)
    await expect(page.locator(".said.theirs", has_text="Thursday is good")).to_be_visible()
    changed = {**message, "text": "Thursday at nine is good", "edit_date": message["date"] + 9}
    await telegram.happen(edited_message=changed)
    bubble = page.locator(".said.theirs", has_text="Thursday at nine is good")
    await expect(bubble).to_be_visible()
    await bubble.get_by_text("edited").click()
    await expect(bubble.get_by_text("Thursday is good until")).to_be_visible()
    photo = telegram.has("photo-1", DOT)
    sizes = [{"file_id": photo, "file_unique_id": photo, "width": 1, "height": 1, "file_size": len(DOT)}]
    await telegram.write(sender=IRA, photo=sizes, caption="The windows")
    shown = page.locator(".said.theirs", has_text="The windows").get_by_role("img")
    await expect(shown).to_have_js_property("naturalWidth", 1)


async def answers_a_certain_message(page: Page, telegram: Telegram) -> None:
    asked = page.locator(".said.theirs", has_text="Do you measure")
    await asked.hover()
    await asked.get_by_role("button", name=re.compile("Answer this message")).click()
    await expect(page.locator(".quoting")).to_contain_text("Do you measure in Kortedala?")
    await page.keyboard.type("In all of Gothenburg")
    await page.keyboard.press("Enter")
    await eventually(lambda: said(telegram, 3))
    assert "reply_parameters" in telegram.sent[-1].given
    await expect(page.locator(".said.ours .quoted")).to_contain_text("Do you measure in Kortedala?")


async def sends_a_picture(page: Page, telegram: Telegram) -> None:
    await page.locator("[data-attach]").set_input_files(
        [{"name": "glass.png", "mimeType": "image/png", "buffer": DOT}]
    )
    await expect(page.locator("#draft-files")).to_contain_text("glass.png")
    await page.get_by_role("textbox", name="Answer Ira").press("Enter")
    await eventually(lambda: said(telegram, 4))
    assert DOT in telegram.sent[-1].files.values()
    await expect(page.locator(".said.ours").get_by_role("img", name="Picture: glass.png")).to_be_visible()


async def keeps_what_is_typed(page: Page, colleague: Page) -> None:
    await page.get_by_role("textbox", name="Answer Ira").fill("Half of a sen")
    await expect(page.get_by_text("Draft kept")).to_be_visible()
    await colleague.goto("/inbox?view=all")
    await colleague.get_by_role("link", name=re.compile("Kortedala")).first.click()
    await expect(colleague.get_by_text("Elin Sandgren is writing an answer")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("textbox", name="Answer Ira")).to_have_value("Half of a sen")
    await page.get_by_role("textbox", name="Answer Ira").fill("")


async def is_refused_in_words(page: Page, telegram: Telegram) -> None:
    telegram.unknown.add(IRA)
    await page.get_by_role("textbox", name="Answer Ira").fill("Are you there?")
    await page.keyboard.press("Enter")
    failed = page.locator(".said.ours", has_text="Are you there?")
    await expect(failed).to_contain_text("Failed")
    telegram.unknown.clear()
    await failed.get_by_role("button", name="Try again").click()
    await eventually(lambda: said(telegram, 5))
    await expect(failed).to_contain_text("Sent")


async def types_on_while_an_answer_is_on_its_way(page: Page, telegram: Telegram) -> None:
    box = page.get_by_role("textbox", name="Answer Ira")
    await box.fill("We bring the glass.")
    await box.evaluate(PRESSED)
    await typed_meanwhile(page, lambda: box.press("Enter"), "We bring the glass.")
    await expect(box).to_have_value("And right away the frames")
    await typed_meanwhile(page, page.get_by_role("button", name="Send").click, "And right away the frames")
    await expect(box).to_have_value("And the frames")
    await page.keyboard.press("Enter")
    await eventually(lambda: said(telegram, 8))
    assert telegram.texts(IRA)[-3:] == ["We bring the glass.", "And right away the frames", "And the frames"]


async def typed_meanwhile(page: Page, send: Callable[[], Awaitable[None]], answer: str) -> None:
    """Type before the hub has said that it has an answer, and after, without a look at where."""
    heard = asyncio.Event()

    async def hold(route: Route) -> None:
        await heard.wait()
        await route.continue_()

    await page.route("**/answer/message", hold)
    await send()
    await page.keyboard.type("And ")
    async with page.expect_response("**/answer/message"):
        heard.set()
    await expect(
        page.locator(".said.ours", has_text=answer).locator(".fate", has_text="Sent")
    ).to_be_visible()
    await page.keyboard.type("the frames")
    await page.unroute("**/answer/message")


async def gives_a_link(page: Page) -> None:
    reading = page.url
    await page.locator("a[href^='/contacts/']").first.click()
    await page.get_by_role("button", name="A link to a chat with Ira").click()
    link = page.get_by_label("Klarruta on Telegram")
    await expect(link).to_have_value(re.compile(r"https://t\.me/klarruta_bot\?start=c\w+-[0-9a-f]{24}"))
    await picture(page, "chat-link")
    assert await faults(page) == []
    await page.goto(reading)


async def looks_at_it(page: Page) -> None:
    await picture(page, "chat")
    assert await faults(page) == []
    await page.set_viewport_size(NARROW)
    await expect(page.get_by_role("textbox", name="Answer Ira")).to_be_in_viewport()
    await page.set_viewport_size(WIDE)


async def calls_it_spam(page: Page, telegram: Telegram) -> None:
    """Have what follows be set aside, until somebody says that it was none."""
    watches = page.locator(".said.theirs", has_text="Cheap watches")
    await page.get_by_role("link", name="More", exact=True).click()
    await picture(page, "chat-menu")
    await page.get_by_role("button", name="It is spam").click()
    await expect(page.get_by_text("writes here is set aside")).to_be_visible()
    await picture(page, "chat-spam")
    assert await faults(page) == []
    await telegram.write("Cheap watches", IRA)
    await eventually(lambda: not telegram.waiting)
    await expect(watches).to_have_count(0)
    await page.get_by_role("button", name="It is no spam").click()
    await expect(watches).to_be_visible()


async def said(telegram: Telegram, many: int) -> bool:
    return len(telegram.sent) >= many


async def told(telegram: Telegram, method: str) -> bool:
    return any(call.method == method for call in telegram.calls)
