"""The pages of a campaign by a messenger as people see them: written, read as somebody, on its way, and afterwards."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import Browser, expect
from sqlalchemy.orm import Session

from crm import campaign_contents, consents, contacts, copy_events, holders
from crm.campaigns import PAUSED, Campaign
from crm.copy_events import Link
from crm.deliveries import REFUSED, SENT, UNKNOWN, WAITING, Delivery
from crm.mailing_lists import MailingList
from hub import channel_marks
from hub.chats import NAME
from hub.clock import now
from tests.crm.web.console import Consoles
from tests.crm.web.test_campaigns_by_messenger import FORM, Room
from tests.crm.web.test_campaigns_by_messenger import room as room  # noqa: PLC0414 - its fixture
from tests.journeys.pictures import faults, picture

HELLO = (
    'Hello {{first_name|"there"}}!\n\nThe windows of spring are here, with three panes and a handle that locks by '
    "itself. Come and see them.\n\nWrite STOP to get no more."
)
PAUSED_WORDS = (
    "The messenger refuses it whoever it is to: The template is paused: customers complained of it."
)


def _begun(session: Session, campaign_id: int) -> None:
    """Have it stand in mid-run: some got it, some pressed its button, one blocked us, of one nobody knows."""
    campaign = session.get_one(Campaign, campaign_id)
    campaign.state, campaign.started_at = PAUSED, now() - timedelta(hours=2)
    campaign.counts_clicks, campaign.paused_why = True, PAUSED_WORDS
    content = campaign_contents.newest(session, campaign.id)
    states = [SENT] * 6 + [REFUSED, UNKNOWN, WAITING, WAITING]
    for number, state in enumerate(states):
        who = contacts.add_contact(session, f"Karin {number}", [("telegram", str(900 + number))])
        row = Delivery(campaign_id=campaign.id, contact_id=who, address=str(900 + number), domain="", state=state,
                       content_id=content.id if content else None)  # fmt: skip
        session.add(row)
        session.flush()
        if state == SENT:
            row.sent_at = now() - timedelta(hours=1)
        if state == REFUSED:
            row.bounced_at, row.code, row.why = now(), "blocked", "The contact does not let us write."
        if number < 2:
            copy_events.clicked(session, row.id, Link(0, 1))


async def test_the_pages_of_a_campaign_by_messenger_are_whole(
    room: Room, consoles: Consoles, browser: Browser
) -> None:
    await room.db.write(channel_marks.put, room.bot, NAME, "klarruta_bot")
    context = await browser.new_context(base_url=str(consoles.client.make_url("/")))
    await context.add_cookies([
        {"name": "ringback", "value": await consoles._cookie("Maria"), "url": str(consoles.client.make_url("/"))}
    ])  # fmt: skip
    page = await context.new_page()
    found: list[tuple[str, str]] = []

    async def look(path: str, name: str) -> None:
        await page.goto(path)
        found.extend((path, each) for each in await faults(page))
        await picture(page, f"messenger-{name}")

    await look(f"/mailing-lists/{room.list_id}", "list-without-a-word")
    await page.get_by_label("Word in messengers").fill("news")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Whoever writes this joins the list")).to_have_value("START NEWS")
    await look(f"/mailing-lists/{room.list_id}", "list")
    await room.chooses(room.bot)
    await look(f"{room.here}/message", "empty")
    said = {"text": HELLO, "words-0": "See them", "href-0": "https://klarruta.example/"}
    await consoles.press("Maria", f"{room.here}/message", **said)
    await page.goto(f"{room.here}/message")
    await page.get_by_label("Read by").fill("Ira Petrova")
    await page.get_by_role("button", name="Show it").click()
    await expect(page.locator(".bubble")).to_contain_text("Hello Ira!")
    await look(f"{room.here}/message?as=Ira+Petrova", "read-by")
    await look(room.here, "draft")
    await room.db.write(_begun, room.campaign_id)
    for path, name in (("", "stands"), ("/afterwards", "afterwards"), ("/people?kind=clicked", "clicked"),
                       ("/people?kind=bounced", "bounced"), ("/recipients", "recipients")):  # fmt: skip
        await look(f"{room.here}{path}", name)
    line = await room.db.write(_agreed, room.list_id)
    await look(f"/unsubscribe/{line}", "choosing")
    assert found == []
    await context.close()


async def test_a_template_is_written_and_read_as_somebody(
    room: Room, consoles: Consoles, browser: Browser
) -> None:
    await room.chooses(await room.db.write(room.whatsapp))
    said = {"template": "news/sv", "value-1": "{{first_name}}", "value-2": "Fönstren är här."}
    await consoles.press("Maria", f"{room.here}/message", **said)
    context = await browser.new_context(base_url=str(consoles.client.make_url("/")))
    await context.add_cookies([
        {"name": "ringback", "value": await consoles._cookie("Maria"), "url": str(consoles.client.make_url("/"))}
    ])  # fmt: skip
    page = await context.new_page()
    await page.goto(f"{room.here}/message")
    assert await faults(page) == []
    await picture(page, "messenger-template")
    await context.close()


def _agreed(session: Session, list_id: int) -> str:
    session.get_one(MailingList, list_id).word = "NEWS"
    return holders.token(session, consents.give(session, list_id, "telegram", "71", FORM))
