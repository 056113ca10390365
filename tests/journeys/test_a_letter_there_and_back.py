"""A letter comes into a real mailbox, is answered in the inbox, goes out by a real mail server, and goes on."""

from __future__ import annotations

import json
import re
import smtplib
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.connectors.mail.desk import Desk
from tests.eventually import eventually
from tests.journeys.people import Join
from tests.journeys.pictures import NARROW, WIDE, faults, picture
from tests.servers import sink as sinks
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.ringback import Hub

LEAVES = 40_000  # milliseconds: ten seconds in which it can be taken back, and the way


class Post:
    """The office's mailbox and a customer's, on one mail server."""

    def __init__(self, dovecot: Dovecot, postfix: Postfix) -> None:
        """Open both."""
        self.office, self.customer = (
            Desk(dovecot, f"o{uuid4().hex[:8]}"),
            Desk(dovecot, f"c{uuid4().hex[:8]}"),
        )
        self.postfix = postfix

    def connect(self, hub: Hub, folder: Path) -> None:
        """Have the hub read and write for the office."""
        settings = folder / "office.toml"
        settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in {
            "imap_host": "127.0.0.1", "imap_port": self.office.server.port, "imap_tls": "none",
            "smtp_host": "127.0.0.1", "smtp_port": self.postfix.port, "smtp_tls": "none", "smtp_user": "",
            "user": self.office.user, "password": PASSWORD, "address": self.of(self.office),
        }.items()))  # fmt: skip
        hub.tell(
            "channel", "add", "office", "--kind", "mail", "--title", "Office", "--settings", str(settings)
        )

    def write(self, subject: str, text: str, **headers: str) -> str:
        """Have the customer write to the office by the mail server, and give the letter's Message-ID."""
        letter = EmailMessage()
        letter["From"], letter["To"] = f"Mats Forsling <{self.of(self.customer)}>", self.of(self.office)
        letter["Subject"], letter["Message-ID"] = subject, f"<{uuid4().hex}@example.org>"
        for name, value in headers.items():
            letter[name.replace("_", "-")] = value
        letter.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.postfix.port) as line:
            line.send_message(letter)
        return str(letter["Message-ID"])

    async def got(self, desk: Desk, folder: str = "INBOX") -> EmailMessage:
        """Wait for the one letter in somebody's folder."""
        box = await desk.logged_in()
        await box.open(folder)
        uids = await eventually(lambda: box.uids_above(0), LEAVES / 1000)
        (raw,) = [each.raw async for each in box.letters(uids)]
        return message_from_bytes(raw, policy=default)

    async def close(self) -> None:
        """Close both."""
        await self.office.close()
        await self.customer.close()

    @staticmethod
    def of(desk: Desk) -> str:
        """Give somebody's address."""
        return f"{desk.user}@example.org"


@pytest.mark.timeout(300)
async def test_there_and_back_again(
    hub: Hub, join: Join, dovecot: Dovecot, postfix: Postfix, tmp_path: Path
) -> None:
    elin = await join("Elin Sandgren", "agent")
    post = Post(dovecot, postfix)
    async with sinks.sink(postfix.sink_port) as outside:
        outside.says["nobody@elsewhere.example"] = "550 5.1.1 no such mailbox"
        try:
            post.connect(hub, tmp_path)
            await eventually(lambda: hears(hub))
            await elin.goto("/inbox?view=department")
            asked = await a_letter_comes(elin, post)
            answered = await it_is_answered(elin, post, asked)
            await the_customer_goes_on(elin, post, answered)
            await what_comes_back_is_told(elin)
        finally:
            await post.close()


async def hears(hub: Hub) -> bool:
    """Tell whether the mailbox is listened to."""
    async with aiohttp.request("GET", f"{hub.address}/metrics") as answer:
        return "ringback_channels_heard 1" in await answer.text()


async def a_letter_comes(page: Page, post: Post) -> str:
    asked = post.write("Can you hold the price?", "Hi,\n\nuntil Friday?\n\nMats")
    row = page.get_by_role("link", name=re.compile("Mats Forsling"))
    await expect(row).to_be_visible(timeout=LEAVES)
    await row.click()
    await expect(page.locator("#reading")).to_contain_text("until Friday?")
    await page.wait_for_load_state()
    await picture(page, "post-inbox")
    return asked


async def it_is_answered(page: Page, post: Post, asked: str) -> str:
    await page.keyboard.press("r")
    await expect(page.get_by_label("Letter", exact=True)).to_be_focused()
    await page.keyboard.type("Hello Mats,\n\nyes, **until Friday**.")
    await picture(page, "post-answering")
    assert await faults(page) == []
    await page.set_viewport_size(NARROW)
    await picture(page, "post-answering-phone")
    await page.set_viewport_size(WIDE)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("[data-composer]")).to_have_count(0)
    await expect(page.locator("#reading .fate")).to_contain_text("Leaves")
    await expect(page.locator("#reading")).to_contain_text("· yours")  # to write takes it
    await expect(page.get_by_role("button", name="Reply")).to_be_visible()
    await expect(page.locator("#reading .fate")).to_contain_text("Sent", timeout=LEAVES)
    await expect(page.locator("#reading")).to_contain_text("we wait for Mats Forsling")
    await picture(page, "post-answered")
    letter = await post.got(post.customer)
    assert (letter["In-Reply-To"], letter["References"]) == (asked, asked)
    assert letter["From"] == f"Elin Sandgren <{post.of(post.office)}>"
    body = letter.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r", "").startswith("Hello Mats,\n\nyes, until Friday.\n\n")
    copy = await post.got(post.office, "Sent")
    assert copy["Message-ID"] == letter["Message-ID"]
    return str(letter["Message-ID"])


async def the_customer_goes_on(page: Page, post: Post, answered: str) -> None:
    post.write("Re: Can you hold the price?", "Great!", In_Reply_To=answered, References=answered)
    await expect(page.locator("#reading")).to_contain_text("Great!", timeout=LEAVES)
    await expect(page.locator("#reading")).to_contain_text("waits for us since")


async def what_comes_back_is_told(page: Page) -> None:
    await page.locator("#beside").get_by_role("link", name="Mats Forsling", exact=True).click()
    await expect(page.get_by_role("button", name="Letter")).to_be_visible()
    await page.wait_for_load_state()
    await page.keyboard.press("w")
    async with page.expect_response("**/suggestions*"):
        await page.get_by_label("To", exact=True).fill("nobody@elsewhere.example")
    await page.get_by_label("Subject", exact=True).fill("The key")
    await page.get_by_label("Letter", exact=True).fill("Where is it?")
    await page.keyboard.press("Control+Enter")
    fate = page.locator("#timeline .fate").first
    await expect(fate).to_contain_text("No such mailbox", timeout=LEAVES)
    await expect(fate).to_contain_text("no such mailbox")
    await picture(page, "post-came-back")
    await page.goto("/today")
    await expect(page.get_by_role("main")).to_contain_text("Did not arrive: The key")
