"""A letter comes, is answered on its card, leaves after the time to take it back, and is seen as sent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, Route, expect

from connectors.mail import MailConnector
from crm import desk, letter_templates, signatures
from crm.contacts import Contact
from crm.letter_templates import Wording
from hub import signin
from hub.app import make_app
from hub.db import Database
from hub.events import Command
from hub.letters import SendLetter
from hub.settings import Settings
from tests.crm.klarruta import Klarruta
from tests.crm.mailbox import Mailbox, letter
from tests.journeys.pictures import WIDE, faults, picture
from tests.journeys.test_pressed_on_a_slow_line import slow

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)

ASKED = """Hello,

Does the balcony window close by itself, or is there a handle?

Regards,
Karin"""
PLAN = {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 a plan"}


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[SendLetter]:
    """Give the letters that left, in place of a mail server."""
    found: list[SendLetter] = []

    async def send(_connector: MailConnector, command: Command) -> str:
        assert isinstance(command, SendLetter)
        found.append(command)
        return command.message_id

    monkeypatch.setattr(MailConnector, "send", send, raising=False)
    return found


@pytest.fixture
async def mailbox(db: Database) -> Mailbox:
    """Give the company's mailboxes, with a letter and with what people write again and again."""
    firm = Klarruta(db)
    await firm.found()
    made, maria = Mailbox(firm), await firm.who("Maria")
    await made.open()
    await firm.do(
        signatures.write, maria, "{user.name}\nKlarruta Fönster, 031-390 06 00", user_id=maria.user_id
    )
    hours = Wording(name="Opening hours", shortcut="hours", subject="", text="We are open from 8 to 17.")
    await firm.do(letter_templates.make, maria, hours)
    await made.gets(letter(text=ASKED, Cc="Eva <eva@home.example>"))
    return made


@pytest.fixture
async def maria(
    mailbox: Mailbox, left: list[SendLetter], browser: Browser, tmp_path: Path,
    aiohttp_server: Callable[..., Awaitable[TestServer]],
) -> AsyncIterator[Page]:  # fmt: skip
    """Give Maria's window on a hub with this mailbox."""
    del left
    server = await aiohttp_server(await make_app(mailbox.db, tmp_path, Settings()), auto_decompress=False)
    who = await mailbox.firm.who("Maria")
    cookie = await mailbox.db.write(signin.start, who.user_id, lasts=timedelta(days=1))
    address = str(server.make_url(""))
    context = await browser.new_context(base_url=address, viewport=WIDE, color_scheme="light", locale="en-GB")
    await context.add_cookies([{"name": "ringback", "value": cookie, "url": address}])
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    assert complaints == []


async def test_a_letter_is_answered_taken_back_and_sent(maria: Page, left: list[SendLetter]) -> None:
    await maria.goto("/contacts/1")
    await maria.get_by_role("button", name="Answer", exact=True).click()
    body = maria.get_by_label("Letter", exact=True)
    await expect(body).to_be_focused()
    await maria.keyboard.type("Hello Karin,\n\nit closes ")
    await maria.keyboard.press("Control+b")
    await maria.keyboard.type("by itself")
    await expect(body).to_have_value("Hello Karin,\n\nit closes **by itself**")
    await maria.keyboard.press("End")
    await maria.keyboard.type(". /hours ")
    await expect(body).to_have_value("Hello Karin,\n\nit closes **by itself**. We are open from 8 to 17.")
    await maria.locator("[data-attach]").set_input_files(PLAN)
    await expect(maria.locator("#draft-files")).to_contain_text("plan.pdf")
    await expect(maria.locator("[data-kept]")).to_contain_text("Draft kept")
    assert await faults(maria) == []
    await picture(maria, "letter-writing")

    await maria.reload()
    await maria.get_by_text("Draft: Re: A window").click()
    await expect(body).to_have_value("Hello Karin,\n\nit closes **by itself**. We are open from 8 to 17.")
    await body.press("Control+Enter")
    await expect(maria.locator("[data-composer]")).to_have_count(0)
    await expect(maria.locator("#timeline .fate")).to_contain_text("Leaves")
    await picture(maria, "letter-waits")
    await maria.locator("#toasts").get_by_role("button", name="Undo").click()
    await maria.get_by_role("link", name="Go on writing").click()
    await expect(body).to_have_value("Hello Karin,\n\nit closes **by itself**. We are open from 8 to 17.")
    assert left == []

    await body.press("Control+Enter")
    await expect(maria.locator("#timeline .fate")).to_contain_text("Sent", timeout=20_000)
    await picture(maria, "letter-sent")
    assert [(each.subject, [file.name for file in each.files]) for each in left] == [
        ("Re: A window", ["plan.pdf"])
    ]
    assert "it closes <strong>by itself</strong>" in left[0].html
    assert "-- \nMaria Berg\nKlarruta Fönster" in left[0].text


async def test_a_letter_leaves_with_the_files_that_are_still_on_their_way(
    maria: Page, left: list[SendLetter]
) -> None:
    await maria.goto("/contacts/1")
    await maria.get_by_role("button", name="Answer", exact=True).click()
    body, files = maria.get_by_label("Letter", exact=True), maria.locator("[data-attach]")
    await body.fill("Both plans")
    async with slow(maria, "**/files"):
        await files.set_input_files(PLAN)
        await files.set_input_files({**PLAN, "name": "other.pdf"})
        await body.press("Control+Enter")
    await expect(maria.locator("[data-composer]")).to_have_count(0)
    await expect(maria.locator("#timeline .fate")).to_contain_text("Sent", timeout=20_000)
    assert [[file.name for file in each.files] for each in left] == [["plan.pdf", "other.pdf"]]


async def test_a_draft_on_a_slow_line_says_what_was_written_last(maria: Page) -> None:
    asked, let_go, came = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold_the_first(route: Route) -> None:
        if asked.is_set():
            return await route.continue_()
        asked.set()
        await let_go.wait()
        await route.fulfill(response=await route.fetch())
        return came.set()

    await maria.goto("/contacts/1")
    await maria.get_by_role("button", name="Answer", exact=True).click()
    await maria.route(re.compile(r"/drafts/\d+$"), hold_the_first)
    body = maria.get_by_label("Letter", exact=True)
    await body.fill("It closes")
    await asyncio.wait_for(asked.wait(), 10)
    await body.fill("It closes by itself")
    async with maria.expect_response("**/contacts/1/drafts"):
        await maria.keyboard.press("Escape")
        await maria.evaluate("() => new Promise(done => setTimeout(done))")
        let_go.set()
        await asyncio.wait_for(came.wait(), 10)
    await maria.reload()
    await maria.get_by_text("Draft: Re: A window").click()
    await expect(body).to_have_value("It closes by itself")


async def test_escape_keeps_a_draft_and_a_doubt_is_said(maria: Page, left: list[SendLetter]) -> None:
    await maria.goto("/contacts/1")
    await maria.keyboard.press("w")
    await expect(maria.get_by_label("To", exact=True)).to_have_value("Karin Nyman <karin@tenant.example>")
    await maria.get_by_label("Subject", exact=True).fill("The key")
    await maria.get_by_label("To", exact=True).fill("no-reply@shop.example")
    await maria.keyboard.press("Escape")
    await maria.get_by_text("Draft: The key").click()
    await maria.get_by_label("Letter", exact=True).fill("Where is it?")
    await maria.keyboard.press("Control+Enter")
    await expect(maria.locator("[data-composer]")).to_contain_text(
        "Nobody reads what goes to no-reply@shop.example"
    )
    await picture(maria, "letter-doubt")
    await maria.get_by_label("Send it all the same").check()
    await maria.get_by_role("button", name="Send Ctrl").click()
    await expect(maria.locator("#timeline .fate")).to_contain_text("Sent", timeout=20_000)
    assert [each.subject for each in left] == ["The key"]


async def test_the_rooms_around_letters_are_for_everybody(maria: Page, mailbox: Mailbox) -> None:
    elin = await mailbox.firm.who("Elin")
    card = (await mailbox.cards())[0]
    note = "Please look at this, @Maria: she asks twice."
    await mailbox.firm.do(
        lambda session: desk.note(
            session, elin, session.get_one(Contact, card.id), note, counts_as_contact=False
        )
    )
    for path in ("/letter-templates", "/signature", "/mentions"):
        await maria.goto(path)
        assert await faults(maria) == []
        await picture(maria, f"letter-room{path.replace('/', '-')}")
    await maria.get_by_role("button", name="Seen").click()
    await expect(maria.locator("#mentions")).to_contain_text("Nobody named you")
