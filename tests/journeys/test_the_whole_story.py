"""The sale of windows from the first request to the installation: four people signed in, a real call, a real letter."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from connectors.mail.imap import Mailbox
from crm.company import Company
from hub.store import open_store
from tests.connectors.asterisk.stage import on_stage
from tests.crm.web.test_document_making import text_of
from tests.eventually import eventually
from tests.journeys.people import Join, Open
from tests.journeys.pictures import NARROW, WIDE, faults, picture
from tests.journeys.test_a_call import connect
from tests.journeys.test_a_letter_there_and_back import Post
from tests.servers import sink as sinks
from tests.servers.asterisk import Asterisk
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.ringback import Hub
from tests.servers.sink import Sink
from tests.servers.stripe import Stripe
from tests.story import staff
from tests.story.walk import Walk

SHOWN = "070-174 06 05"
LEAVES = 60  # seconds: ten in which it can be taken back, and the way
SOON = 30_000  # milliseconds: papers are set
PAPERS = "Your windows: quote and contract"


@pytest.fixture
def post(dovecot: Dovecot, postfix: Postfix) -> Post:
    """Give the office's mailbox and the buyer's."""
    return Post(dovecot, postfix)


@pytest.mark.timeout(400)
async def test_from_the_first_request_to_the_installation(
    hub: Hub, join: Join, window: Open, form: str, asterisk: Asterisk, post: Post, tmp_path: Path
) -> None:
    sofia = await join("Sofia Hjelm", "head")
    elin = await join("Elin Sandgren", "manager")
    nils = await join("Nils Akerman", "agent", "Installation")
    ines = await join("Ines Holm", "agent", "Installation")
    await connect(hub, asterisk, tmp_path)
    await at_any_hour(hub)
    walk = Walk(hub, Stripe("", ""))
    await walk.publish()
    async with sinks.sink(post.postfix.sink_port) as outside:
        try:
            post.connect(hub, tmp_path)
            await a_buyer_asks(await window(form), post)
            call = (await walk.task(staff.CALL))["id"]
            await the_head_is_told(sofia)
            await the_manager_calls(elin, asterisk)
            await what_must_be_known(elin, call)
            await the_fitter_measures(nils, (await walk.visit(staff.MEASURE))["id"])
            await the_price_is_agreed(elin, (await walk.task(staff.PRICE))["id"])
            await papers_are_made(elin)
            await a_letter_leaves_with_them(post)
            await payment_arrives(elin)
            await the_installer_knows(ines, (await walk.visit(staff.INSTALL))["id"])
            await the_head_has_the_report(sofia, outside)
        finally:
            await post.close()


async def a_buyer_asks(page: Page, post: Post) -> None:
    """Fill in the shop's form."""
    await page.get_by_label("How many?").fill("7")
    await page.get_by_label("Tell us more").fill("They whistle when it is windy.")
    await page.get_by_label("Name").fill("Karin Ekdahl")
    await page.get_by_label("Phone").fill(SHOWN)
    await page.get_by_label("Mail").fill(post.of(post.customer))
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("A person rings you back")).to_be_visible()


async def the_head_is_told(sofia: Page) -> None:
    """Nobody called in time."""
    alarm = sofia.locator("#alarms .alarm").filter(has_text="Karin Ekdahl")
    await expect(alarm).to_contain_text("You lead Front desk", timeout=SOON)


async def the_manager_calls(elin: Page, asterisk: Asterisk) -> None:
    """Call by a click on the card."""
    await elin.goto("/contacts/1")
    async with on_stage(asterisk) as stage:
        stage.expects("101")
        await elin.get_by_role("button", name=f"Call {SHOWN}").first.click()
        own = await stage.rings("101")
        own.answers()
        customer = await stage.rings("customer")
        customer.answers()
        await customer.hears()
        await expect(elin.locator(".popup")).to_contain_text("In talk")
        customer.hangs_up()
        await own.is_over()
        await expect(elin.locator("#timeline")).to_contain_text("Elin Sandgren called")


async def what_must_be_known(elin: Page, task: int) -> None:
    """Fill in the form of the step."""
    await elin.goto(f"/tasks/{task}")
    step = elin.locator(f"#answers-{task}-page")
    await step.get_by_label("yes").check()
    await step.get_by_label("How many windows").fill("7")
    await step.get_by_label("Address of the building").fill(staff.PLACE)
    await step.get_by_label("Day of the visit").fill(f"{staff.next_week(1)}")
    await step.get_by_label("Hour of the visit").fill("10:00")
    await picture(elin, "story-call")
    await step.get_by_role("button", name="Done").click()
    await expect(elin.locator("#toasts")).to_contain_text("Call the buyer")


async def the_fitter_measures(nils: Page, visit: int) -> None:
    """See when and where, and enter the measurements on a telephone."""
    await nils.goto(f"/visits/{visit}")
    await nils.set_viewport_size(NARROW)
    shown = nils.locator("#visit")
    await expect(shown).to_contain_text("10:00")
    await expect(shown).to_contain_text(staff.PLACE)
    await shown.get_by_label("Windows measured").fill("7")
    await shown.get_by_label("Width and height of each, in mm").fill("Seven of 1200 by 1400")
    await shown.get_by_label("What else the installer must know").fill("A scaffold")
    assert await faults(nils) == []
    await picture(nils, "story-measure")
    await nils.set_viewport_size(NARROW)
    await shown.get_by_role("button", name="The visit is done").click()
    await expect(shown.locator(".state").first).to_have_text("Done")


async def the_price_is_agreed(elin: Page, task: int) -> None:
    """Say what is sold, and that the buyer agrees, having read what was measured."""
    await elin.set_viewport_size(WIDE)
    await elin.goto("/deals/1")
    new = elin.locator("#lines tbody tr").last
    await new.get_by_label("One more").fill("Window, three panes")
    for label, value in (("Quantity", "7"), ("Price", "6420"), ("Tax in percent", "25")):
        await new.get_by_label(label, exact=True).fill(value)
    await new.get_by_label("Tax in percent", exact=True).press("Enter")
    await expect(elin.locator("#lines .deal-sums")).to_contain_text("56,175.00")
    await elin.goto(f"/tasks/{task}")
    step = elin.locator(f"#answers-{task}-page")
    await expect(step).to_contain_text("Seven of 1200 by 1400")
    await step.get_by_label("yes").check()
    await step.get_by_label("Day of the installation").fill(f"{staff.next_week(3)}")
    await step.get_by_label("Hour of the installation").fill("08:00")
    assert await faults(elin) == []
    await picture(elin, "story-price")
    await step.get_by_role("button", name="Done").click()
    await expect(elin.locator("#toasts")).to_contain_text("Compute the price")


async def papers_are_made(elin: Page) -> None:
    """Have that one press made both papers."""
    await elin.goto("/deals/1")
    papers = elin.locator("#documents").get_by_role("listitem")
    await expect(papers).to_have_count(2, timeout=SOON)
    await expect(stage_of(elin)).to_have_text("Agreed")


async def a_letter_leaves_with_them(post: Post) -> None:
    """Read both papers out of the customer's mailbox."""
    box = await post.customer.logged_in()
    letter = await eventually(partial(letter_with, box, PAPERS), LEAVES)
    assert letter is not None
    files = staff.enclosed(letter)
    assert sorted(files) == ["C.docx", "Q.pdf"]
    for content in files.values():
        words = text_of(content).replace("\N{NO-BREAK SPACE}", " ").replace(",", "")
        for told in ("Karin Ekdahl", "Window three panes", "Åsgatan 3", "Windows measured"):
            assert told in words, words
        assert "56175" in words.replace(" ", ""), words


async def letter_with(box: Mailbox, subject: str) -> EmailMessage | None:
    """Give the letter of this subject, once it is there."""
    await box.open("INBOX")
    raws = [each.raw async for each in box.letters(await box.uids_above(0))]
    found = [message_from_bytes(raw, policy=default) for raw in raws]
    return next((each for each in found if each["Subject"] == subject), None)


async def payment_arrives(elin: Page) -> None:
    """Write an invoice, issue it, and keep the payment: the process moves the deal."""
    await elin.get_by_role("button", name="Write an invoice").click()
    await elin.locator("#invoices a.open").click()
    await elin.get_by_role("button", name="Issue the invoice").click()
    await elin.get_by_role("button", name="Keep the payment").click()
    await expect(elin.locator("#invoice")).to_contain_text("Paid")
    await elin.goto("/deals/1")
    await expect(stage_of(elin)).to_have_text("Installation")
    await picture(elin, "story-deal")


async def the_installer_knows(ines: Page, visit: int) -> None:
    """Tell what, where and when; and it is done."""
    await ines.goto(f"/visits/{visit}")
    shown = ines.locator("#visit")
    for told in ("Install the windows", staff.PLACE, "08:00", "Seven of 1200 by 1400", "A scaffold"):
        await expect(shown).to_contain_text(told)
    assert await faults(ines) == []
    await picture(ines, "story-install")
    await shown.get_by_label("Day of the installation").fill(f"{staff.next_week(3)}")
    await shown.get_by_role("button", name="The visit is done").click()
    await expect(shown.locator(".state").first).to_have_text("Done")


async def the_head_has_the_report(sofia: Page, outside: Sink) -> None:
    """Read it as a note, as a page and as the PDF of a letter."""
    await sofia.goto("/today")
    await expect(sofia.get_by_role("main")).to_contain_text("is sold and installed")
    await sofia.goto("/deals/1/report")
    for told in ("Call the buyer", "Take measurements", "Install the windows", "late", "Windows measured"):
        await expect(sofia.get_by_role("main")).to_contain_text(told)
    assert await faults(sofia) == []
    await picture(sofia, "story-report")
    letters = await eventually(lambda: staff.opened(outside.letters).get("sofia@klarruta.example"), LEAVES)
    assert letters is not None
    (report,) = letters
    (closing,) = staff.enclosed(report).values()
    assert "Slutrapport" in text_of(closing)
    assert "Seven of 1200 by 1400" in text_of(closing)


def stage_of(page: Page) -> Locator:
    """Give where a deal is now."""
    return page.locator(".deal-steps [aria-current=step]")


async def at_any_hour(hub: Hub) -> None:
    """Have the company call at any hour."""

    def change(session: Session) -> None:
        company = session.get_one(Company, 1)
        company.calls_from = company.calls_until = "00:00"

    async with open_store(hub.data) as db:
        await db.write(change)
