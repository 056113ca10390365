"""A manager writes to many: tested, started past nothing that must hold, watched to its end; and one leaves."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from hub.settings import default_file
from tests.eventually import eventually
from tests.journeys.people import Join, Open
from tests.journeys.pictures import faults, picture
from tests.journeys.test_a_letter_there_and_back import Post
from tests.servers import sink as sinks
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.ringback import Hub
from tests.servers.sink import Sink

PEOPLE = [f"kund-{number}@elsewhere.example" for number in range(12)]
LEAVES = 60_000


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    """Give a running hub that knows under which address it is reached."""
    company, config = tmp_path / "company.toml", tmp_path / "ringback.toml"
    company.write_text(default_file("company.toml").read_text())
    made = Hub(tmp_path / "data", "--company", str(company), "--config", str(config))
    config.write_text(f'url = "{made.address}"\n')
    made.start()
    try:
        await made.listening()
        yield made
    finally:
        made.stop()


@pytest.mark.timeout(300)
async def test_from_the_first_word_to_the_last_copy(
    hub: Hub, join: Join, window: Open, dovecot: Dovecot, postfix: Postfix, tmp_path: Path
) -> None:
    maria, annika = await join("Maria Berg", "manager"), await join("Annika Kron", "admin")
    post = Post(dovecot, postfix)
    async with sinks.sink(postfix.sink_port) as outside:
        try:
            post.connect(hub, tmp_path)
            await people_agree(maria, tmp_path)
            await it_is_written(maria)
            await what_is_missing_is_said(maria, annika)
            await it_goes(maria, outside)
            await one_leaves(maria, window, outside)
        finally:
            await post.close()


async def people_agree(page: Page, folder: Path) -> None:
    await page.goto("/campaigns")
    await picture(page, "campaigns-empty")
    await page.get_by_role("main").get_by_role("link", name="Mailing lists").click()
    await page.get_by_role("textbox", name="Name", exact=True).fill("News")
    await page.get_by_label("What somebody agrees to").fill("Yes, write to me when there is news.")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("link", name="News", exact=True).click()
    file = folder / "people.csv"
    file.write_text("email\n" + "\n".join(PEOPLE))
    await page.get_by_label("CSV, or an address to a line").set_input_files(file)
    await page.get_by_label("How they agreed, and when").fill("On paper at the fair in May")
    await page.get_by_role("button", name="Take it").click()
    await expect(page.get_by_text("12 new")).to_be_visible()


async def it_is_written(page: Page) -> None:
    await page.goto("/campaigns/new")
    await page.get_by_role("textbox", name="Name", exact=True).fill("Quiet before Easter")
    await page.get_by_role("button", name="Begin").click()
    await page.get_by_label("Subject").fill("Quiet before Easter")
    await page.get_by_label("Preview line").fill("Windows that keep the tram outside")
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("Saved as version 2")).to_be_visible()
    await page.get_by_label("Goes by").select_option(index=1)
    async with page.expect_response(lambda each: each.request.method == "POST" and "/campaigns/" in each.url):
        await page.get_by_role("button", name="Save").nth(1).click()
    await page.get_by_role("link", name="Who gets it, and when it begins").click()


async def what_is_missing_is_said(page: Page, admin: Page) -> None:
    await expect(page.get_by_text("It can begin once everything holds that must.")).to_be_visible()
    await picture(page, "campaign-checks")
    assert not (wrong := await faults(page)), wrong
    await page.get_by_role("link", name=re.compile("Mend it.*A person read the test")).click()
    await page.get_by_role("button", name="Send a test").click()
    await page.get_by_role("button", name="I looked at it").click()
    await expect(page.get_by_text("Test read by Maria Berg")).to_be_visible()
    await admin.goto("/paces")
    await admin.get_by_role("link", name="Office").click()
    await admin.get_by_label("Its mail server signs letters for its domain (DKIM)").check()
    await admin.get_by_role("button", name="Save").click()
    await expect(admin.get_by_text("Says Annika Kron")).to_be_visible()
    await picture(admin, "campaign-pace")
    assert not (wrong := await faults(admin)), wrong
    await page.goto("/campaigns/1")
    await expect(page.get_by_role("button", name="Send it to 12 addresses")).to_be_visible()
    await picture(page, "campaign-ready")


async def it_goes(page: Page, outside: Sink) -> None:
    await page.get_by_role("button", name="Send it to 12 addresses").click()
    await expect(page.get_by_text("12 of 12 done")).to_be_visible(
        timeout=LEAVES
    )  # nobody loads the page again
    await expect(page.locator("#desk > .head .state")).to_have_text("Sent")
    await eventually(
        lambda: len([each for each in outside.letters if each.recipients[0] in PEOPLE]) == len(PEOPLE), 60
    )
    await picture(page, "campaign-sent")
    assert not (wrong := await faults(page)), wrong
    await page.get_by_role("link", name=re.compile("12 Sent")).click()
    await expect(page.get_by_text(PEOPLE[0])).to_be_visible()
    await picture(page, "campaign-copies")


async def one_leaves(page: Page, window: Open, outside: Sink) -> None:
    letter = next(each for each in outside.letters if each.recipients[0] == PEOPLE[3]).content.decode()
    [link] = re.findall(r"List-Unsubscribe: <(http[^>]+)>", letter.replace("\r\n ", " "))
    visitor = await window(link)
    await page.goto("/campaigns/1")
    await visitor.get_by_role("button").first.click()
    await expect(page.get_by_role("link", name=re.compile("1 Unsubscribed"))).to_be_visible()
    await page.get_by_role("link", name=re.compile("1 Unsubscribed")).click()
    await expect(page.get_by_text(PEOPLE[3])).to_be_visible()
    await page.goto("/campaigns")
    await picture(page, "campaigns-list")
