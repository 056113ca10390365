"""A manager makes a sequence by keys, turns it on, and sees people begin it, leave it and go on in it after all."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

import hub.app
from crm import consents, contacts, paces
from crm.consents import Origin
from crm.contacts import MAIL
from crm.deliveries import Delivery
from crm.letterheads import keep
from crm.mailing_lists import MailingList
from crm.sequences import look_soon
from hub.channels import Channel
from hub.clock import now
from hub.db import Database
from hub.store import open_store
from tests.crm.mailing_out import OFFICE
from tests.crm.welcome import DOES
from tests.crm.window_deal import LETTERHEAD
from tests.eventually import eventually
from tests.journeys.people import Join, Open
from tests.journeys.pictures import faults, picture
from tests.journeys.test_a_campaign_leaves import hub as hub  # noqa: PLC0414 - a fixture
from tests.servers import sink as sinks
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.ringback import Hub
from tests.servers.sink import Sink

ANNA, BERTIL, CECILIA, KARIN = PEOPLE = tuple(
    f"{name}@nyman.example" for name in ("anna", "bertil", "cecilia", "karin")
)
BY_FILE = Origin(source=consents.IMPORT, place="fair.csv", words="On paper at the fair in May")


@pytest.fixture
async def outside() -> AsyncIterator[Sink]:
    """Give the world that letters go to."""
    async with sinks.sink() as made:
        yield made


@pytest.mark.timeout(300)
async def test_a_sequence_is_made_by_keys_and_people_go_through_it(
    hub: Hub, join: Join, window: Open, outside: Sink, dovecot: Dovecot, tmp_path: Path, complaints: list[str]
) -> None:
    connect(hub, outside, dovecot, tmp_path)
    async with open_store(hub.data) as store:
        await store.write(furnish)
        maria = await join("Maria Berg", "manager")
        await it_is_made(maria)
        await steps_are_put_in_order(maria)
        complaints.clear()  # the browser says that it was refused
        await its_letters_are_written(maria)
        await people_begin(maria, outside)
        await some_leave(maria, window, outside, store)
        await one_is_taken_out_and_put_back(maria)


async def it_is_made(page: Page) -> None:
    await page.goto("/sequences")
    await picture(page, "sequences-empty")
    await page.get_by_role("textbox", name="Name", exact=True).fill("Welcome")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Welcome", level=1)).to_be_visible()
    await expect(page.get_by_text("Begin with a letter")).to_be_visible()
    await picture(page, "sequence-empty")
    assert not (wrong := await faults(page)), wrong
    await page.get_by_label("Mailbox").select_option(index=1)
    await page.get_by_role("button", name="Save").press("Enter")
    await expect(page.locator("#toasts")).to_contain_text("Saved")


async def steps_are_put_in_order(page: Page) -> None:
    """Each is added at the end and moved up by keys, the focus staying at the step that is moved."""
    for number, subject in enumerate(("Welcome to us", "How to measure"), 1):
        await page.get_by_label("A letter about").fill(subject)
        await page.keyboard.press("Enter")
        await expect(steps(page)).to_have_count(number)
    await page.get_by_role("textbox", name="Wait for").fill("3 days")
    await page.keyboard.press("Enter")
    await expect(steps(page)).to_have_count(3)
    await page.get_by_role("button", name="Add the condition").press("Enter")
    await expect(steps(page)).to_have_count(4)
    up = page.get_by_role("button", name=re.compile("^Up: Goes on: who followed"))
    await up.press("Enter")
    await expect(steps(page).nth(2)).to_contain_text("Goes on: who followed")
    await expect(up).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(steps(page).nth(1)).to_contain_text("Goes on: who followed")
    await page.get_by_role("button", name="Up: Wait 3 days").press("Enter")
    await expect(steps(page).nth(2)).to_contain_text("Wait 3 days")
    await page.get_by_role("button", name=re.compile("^Take away: Goes on")).press("Enter")
    await expect(steps(page)).to_have_count(3)
    assert await first_lines(steps(page)) == ["Welcome to us", "Wait 3 days", "How to measure"]
    await page.get_by_role("button", name="Turn it on").press("Enter")
    await expect(page.locator("#toasts")).to_contain_text("A person read the test")
    await picture(page, "sequence-still-to-do")
    assert not (wrong := await faults(page)), wrong


async def its_letters_are_written(page: Page) -> None:
    for subject in ("Welcome to us", "How to measure"):
        await page.get_by_role("link", name=subject).press("Enter")
        await page.get_by_label("Preview line").fill("Windows that keep the tram outside")
        await page.get_by_role("button", name="Save").first.press("Enter")
        await expect(page.get_by_text("Saved as version 2")).to_be_visible()
        await expect(page.get_by_role("button", name="I looked at it")).to_have_count(0)
        await page.get_by_role("button", name="Send a test").press("Enter")
        await page.get_by_role("button", name="I looked at it").press("Enter")
        await expect(page.get_by_text("Test read by Maria Berg")).to_be_visible()
        await page.goto("/sequences/1")
    await expect(page.get_by_text("Still to do")).to_have_count(0)
    await page.get_by_role("button", name="Turn it on").press("Enter")
    await expect(page.get_by_role("button", name="Turn it off")).to_be_visible()


async def people_begin(page: Page, outside: Sink) -> None:
    await page.get_by_label("Their addresses").fill(" ".join((*PEOPLE, "nobody@else.example")))
    await page.get_by_role("button", name="Have them begin").press("Enter")
    await expect(page.locator("#toasts")).to_contain_text("4 begin. Nobody may write to: nobody@else.example")
    await expect(steps(page).nth(1)).to_contain_text("4 wait here")
    await eventually(lambda: {each.recipients[0] for each in outside.letters} >= {*PEOPLE}, 60)


async def some_leave(page: Page, window: Open, outside: Sink, store: Database) -> None:
    """One answers, one buys and one unsubscribes; the page says so and nobody loads it again."""
    letter = next(each for each in outside.letters if each.recipients[0] == CECILIA).content.decode()
    [link] = re.findall(r"List-Unsubscribe: <(http[^>]+)>", letter.replace("\r\n ", " "))
    visitor = await window(link)
    await visitor.get_by_role("button").first.click()
    await expect(row(page, CECILIA)).to_contain_text("Left: Took back that he agreed.")
    await store.write(answers, BERTIL)
    await expect(row(page, BERTIL)).to_contain_text("Left: Answered a letter.", timeout=30_000)
    await store.write(buys)
    await expect(row(page, KARIN)).to_contain_text("Left: Bought.", timeout=30_000)
    await expect(steps(page).nth(1)).to_contain_text("1 waits here")
    await picture(page, "sequence-people")
    assert not (wrong := await faults(page)), wrong


async def one_is_taken_out_and_put_back(page: Page) -> None:
    await page.get_by_role("button", name=f"Take out {ANNA}").press("Enter")
    await expect(row(page, ANNA)).to_contain_text("Left: Taken out by Maria Berg.")
    await page.locator("#toasts").get_by_role("button", name="Undo").press("Enter")
    await expect(row(page, ANNA)).to_contain_text("Under way")
    await expect(steps(page).nth(1)).to_contain_text("1 waits here")
    await page.goto("/sequences")
    await picture(page, "sequences")
    assert not (wrong := await faults(page)), wrong


def steps(page: Page) -> Locator:
    """Give what comes when."""
    return page.get_by_role("region", name="What comes when").get_by_role("listitem")


def row(page: Page, address: str) -> Locator:
    """Give the line of somebody in it."""
    return page.get_by_role("region", name="People", exact=True).get_by_role("row", name=re.compile(address))


async def first_lines(found: Locator) -> list[str]:
    """Give the first line of each."""
    return [words.strip().splitlines()[0] for words in await found.all_inner_texts()]


def connect(hub: Hub, outside: Sink, dovecot: Dovecot, folder: Path) -> None:
    """Have letters leave into the sink, and what comes back be read."""
    settings = folder / "post.toml"
    settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in {
        "imap_host": "127.0.0.1", "imap_port": dovecot.port, "imap_tls": "none", "user": f"s{uuid4().hex[:8]}",
        "password": PASSWORD, "smtp_host": "127.0.0.1", "smtp_port": outside.port, "smtp_tls": "none", "smtp_user": "",
        "sent_folder": "", "address": OFFICE,
    }.items()))  # fmt: skip
    hub.tell("channel", "add", "post", "--kind", "mail", "--title", "Office", "--settings", str(settings))


def furnish(session: Session) -> None:
    """Have four people agree to a list."""
    keep(session, LETTERHEAD)
    channel = session.scalars(select(Channel).where(Channel.kind == "mail")).one()
    paces.pace(session, channel.id).vouched_at = now()
    of = MailingList(name="News", public=True, words="Yes, write to me when there is news.", language="en")
    session.add(of)
    session.flush()
    for address in PEOPLE:
        contacts.add_contact(session, address.partition("@")[0].title(), ((MAIL, address),))
        consents.give(session, of.id, MAIL, address, BY_FILE)


def answers(session: Session, address: str) -> None:
    session.scalars(select(Delivery).where(Delivery.address == address)).one().answered_at = now()
    look_soon(session, None)


def buys(session: Session) -> None:
    DOES["buys"](session, 1)
    look_soon(session, None)
