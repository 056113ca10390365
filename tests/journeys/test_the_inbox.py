"""A morning in the inbox by keyboard: walk, open, take, answer later, close, take back; and what comes meanwhile."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm.conversations import Conversation
from crm.tasks import Task
from hub.store import open_store
from hub.users import find_user
from tests.crm.klarruta import Klarruta
from tests.crm.mailbox import Mailbox, letter
from tests.journeys.people import Join, Open, fill_in, mail_of
from tests.journeys.pictures import NARROW, WIDE, faults, picture
from tests.journeys.test_by_keyboard import blur
from tests.servers.ringback import Hub

FRONT_DESK = 1
BANK = """Hi,

The bank needs two more days before they release the loan. Can you hold the price until Friday? Lena would also like the
same handle on the balcony door as on the windows. Does that change anything?

Regards,
Mats"""
LETTERS = (
    ("Mats Forsling", "Contract, can you hold the price until Friday?", BANK),
    ("Mölnlycke förskola", "Re: Measuring on Thursday", "Thank you, the key is in the box beside the gate."),
    ("Bo Nyström", "Colour sample", "Which of the three is closest to the old one?"),
    ("Glasverket Order", "Order 77120 confirmed, week 50", "Delivery Tuesday 8 December, two pallets."),
    ("Siri Moberg", "Scratched pane, bay 3", "Photos attached. We need it before the inspection."),
    ("Lars Almgren", "Villa Hede, 18 windows", "The drawings are in the attachment."),
)  # fmt: skip


@pytest.mark.timeout(300)
async def test_a_morning_by_keyboard(hub: Hub, window: Open, join: Join, form: str) -> None:
    elin = await join("Elin Sandgren", "agent")
    await join("Johan Lindh", "agent")
    await elin.goto("/inbox")
    await picture(elin, "inbox-empty")
    assert await faults(elin) == []
    await come(hub)
    await elin.goto("/inbox?view=unassigned")
    await takes_the_first(elin)
    await reads_and_splits_nothing(elin)
    await snoozes_one(elin)
    await closes_one_and_takes_that_back(elin)
    await is_told_no_more_than_can_be_read(elin)
    await sees_what_comes(elin, window, form)
    await goes_back_and_on(elin)
    await looks_at_it_on_a_phone(elin)
    await joins_what_follows_up(elin)


async def takes_the_first(page: Page) -> None:
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name=re.compile("Mats Forsling"))).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(
        page.get_by_role("heading", name="Contract, can you hold the price until Friday?")
    ).to_be_visible()
    await expect(page.get_by_text("nobody has it yet, in Front desk")).to_be_visible()
    await page.wait_for_load_state()
    await blur(page)
    await page.keyboard.press("a")
    await expect(page.get_by_role("button", name="Take it")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("· yours")).to_be_visible()


async def reads_and_splits_nothing(page: Page) -> None:
    await picture(page, "inbox")
    assert await faults(page) == []
    await page.keyboard.press("a")
    await expect(page.get_by_role("button", name=re.compile("Johan Lindh"))).to_be_visible()
    await picture(page, "inbox-menu")
    await page.keyboard.press("Escape")


async def snoozes_one(page: Page) -> None:
    await page.goto("/inbox?view=unassigned")
    row = page.get_by_role("link", name=re.compile("Colour sample"))
    await expect(row).to_be_visible()
    for _press in range(6):
        await page.keyboard.press("j")
        if await row.evaluate("each => each === document.activeElement"):
            break
    await page.keyboard.press("s")
    await expect(page.get_by_role("button", name=re.compile("In 1 hour"))).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(re.compile("Snoozed until .*: Colour sample"))).to_be_visible()
    await expect(row).to_have_count(0)


async def closes_one_and_takes_that_back(page: Page) -> None:
    await page.keyboard.press("j")
    await page.keyboard.press("e")
    await expect(page.get_by_role("button", name="Answered", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    toast = page.locator("#toasts").get_by_text(re.compile("^Closed: "))
    await expect(toast).to_be_visible()
    await (
        page.locator("#toasts .toast").filter(has_text="Closed: ").get_by_role("button", name="Undo").click()
    )
    await expect(page.locator("#toasts").get_by_text(re.compile("^Open again: "))).to_be_visible()


async def is_told_no_more_than_can_be_read(page: Page) -> None:
    """Of several things that are told at once the newest stay, and what was refused."""
    await page.locator("#toasts").evaluate(
        """place => place.replaceChildren(...["refused", "one", "two", "three", "four"].map(word => {
          const toast = document.createElement("div")
          toast.dataset.toast = ""
          toast.className = word == "refused" ? "toast refused" : "toast"
          toast.textContent = word
          return toast
        }))"""
    )
    await expect(page.locator("#toasts [data-toast]")).to_have_text(["refused", "three", "four"])


async def sees_what_comes(page: Page, window: Open, form: str) -> None:
    """Mark a row, which stays marked while something comes."""
    marked = page.get_by_role("checkbox", name=re.compile("Scratched pane"))
    await marked.focus()
    await page.keyboard.press("x")
    await expect(page.get_by_text("1 chosen")).to_be_visible()
    await fill_in(await window(form), "Yasmin Karimi")
    await expect(
        page.locator("#inbox-list").get_by_role("link", name=re.compile("Yasmin Karimi"))
    ).to_be_visible()
    await expect(marked).to_be_checked()
    await picture(page, "inbox-chosen")
    await page.get_by_role("button", name="Tag", exact=True).click()
    await page.get_by_role("textbox", name="Tag", exact=True).fill("Warranty")
    await page.get_by_role("button", name="Put on").click()
    await expect(page.get_by_text("1 conversation: tagged Warranty")).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("Scratched pane.*Warranty"))).to_be_visible()


async def goes_back_and_on(page: Page) -> None:
    await page.locator("#inbox-list").get_by_role("link", name=re.compile("Yasmin Karimi")).click()
    await expect(page.get_by_role("heading", name="Yasmin Karimi").first).to_be_visible()
    await page.go_back()
    await expect(page.get_by_text("Choose a conversation")).to_be_visible()
    await page.go_forward()
    await page.reload()
    await expect(page.get_by_label("Conversation with Yasmin Karimi")).to_be_visible()


async def looks_at_it_on_a_phone(page: Page) -> None:
    await page.set_viewport_size(NARROW)
    await expect(page.get_by_role("link", name=re.compile("Mölnlycke"))).to_be_hidden()
    await page.get_by_role("link", name="Back to the list").click()
    await expect(page.get_by_role("link", name=re.compile("Mölnlycke"))).to_be_visible()
    await picture(page, "inbox-list")
    assert await faults(page) == []
    await page.set_viewport_size(WIDE)


async def joins_what_follows_up(page: Page) -> None:
    await page.goto("/inbox?view=unassigned")
    await page.get_by_role("link", name=re.compile("Lena Forsling")).click()
    await expect(page.get_by_text("Possible follow-up of").first).to_be_visible()
    await picture(page, "inbox-follow-up")
    assert await faults(page) == []
    await page.get_by_role("button", name="Join").click()
    await page.locator("#toasts").get_by_role("link", name="Open it").click()
    thread = page.locator("#conversation .timeline")
    await expect(thread).to_contain_text("The bank needs two more days")
    await expect(thread).to_contain_text("I am his wife")
    await picture(page, "inbox-joined")
    assert await faults(page) == []


async def come(hub: Hub) -> None:
    """Have letters come to the front desk, one after the other."""
    async with open_store(hub.data) as db:
        mailbox = Mailbox(Klarruta(db))
        await mailbox.open()
        for number, (name, subject, text) in enumerate(LETTERS):
            mail = f"writer{number}@tenant.example"
            await mailbox.gets(letter(f"{name} <{mail}>", subject, text, key=f"{number}@tenant.example"))
        lena = letter("Lena Forsling <lena@forsling.example>", "Re: Contract", "I am his wife. Does it lock?",
                      key="lena@forsling.example", In_Reply_To="<0@tenant.example>")  # fmt: skip
        await mailbox.gets(lena)
        await db.write(_at_the_front_desk)


def _at_the_front_desk(session: Session) -> None:
    for kind in (Conversation, Task):
        session.execute(update(kind).values(department_id=FRONT_DESK))
    find_user(session, mail_of("Elin Sandgren")).department_id = FRONT_DESK
