"""The way out of letters as people see it: nothing is wrong for a screen reader, wide or narrow, light or dark."""

from __future__ import annotations

from aiohttp.test_utils import TestClient
from playwright.async_api import Browser, expect
from sqlalchemy.orm import Session

from crm import consent_letters, consents, suppressions
from crm.consents import Origin
from crm.contacts import MAIL
from crm.mailing_lists import MailingList
from tests.crm.newsletter import ERIK, KARIN, Newsletter
from tests.crm.web.console import Consoles
from tests.journeys.pictures import faults, picture


async def test_the_public_pages_are_whole(
    newsletter: Newsletter, client: TestClient, browser: Browser
) -> None:
    token = await newsletter.token(await newsletter.copy())
    context = await browser.new_context(base_url=str(client.make_url("/")))
    page = await context.new_page()
    await page.goto(f"/unsubscribe/{token}")
    await expect(page.get_by_role("heading", name="Brev till k…@n….example")).to_be_visible()
    assert await faults(page) == []
    await picture(page, "leaving")
    await page.get_by_role("checkbox", name="News").uncheck()
    await page.get_by_role("button", name="Spara det som är ikryssat").click()
    await expect(page.get_by_role("status")).to_have_text("Sparat.")
    assert await newsletter.states() == {newsletter.list_id: "withdrawn"}
    assert await faults(page) == []
    await picture(page, "leaving-done")
    await page.goto("/unsubscribe/1-1-wrong")
    assert await faults(page) == []
    await page.goto(f"/confirm/{await newsletter.firm.do(_asked, newsletter.other_id)}")
    assert await faults(page) == []
    await picture(page, "confirming")
    await page.get_by_role("button", name="Yes, send them to me").click()
    await expect(page.get_by_role("status")).to_contain_text("Thank you, it is confirmed")
    assert await faults(page) == []
    assert (await newsletter.states())[newsletter.other_id] == "given"
    assert await context.cookies() == []
    await context.close()


async def test_the_rooms_of_lists_are_whole(
    newsletter: Newsletter, consoles: Consoles, browser: Browser
) -> None:
    await newsletter.firm.do(
        suppressions.suppress, MAIL, ERIK, suppressions.BOUNCED, words="550 5.1.1 no such user"
    )
    await newsletter.firm.do(consents.withdraw, newsletter.list_id, MAIL, KARIN, Origin(source=consents.PAGE))
    await newsletter.agrees(KARIN, newsletter.other_id)
    context = await browser.new_context(base_url=str(consoles.client.make_url("/")))
    await context.add_cookies([
        {"name": "ringback", "value": await consoles._cookie("Maria"), "url": str(consoles.client.make_url("/"))}
    ])  # fmt: skip
    page = await context.new_page()
    found = []
    for path, name in (("/mailing-lists", "lists"), (f"/mailing-lists/{newsletter.list_id}", "list"),
                       ("/suppressions", "suppressions"), ("/suppressions?q=zz", "suppressions-none"),
                       ("/contacts/1", "card-consents")):  # fmt: skip
        await page.goto(path)
        for each in await page.locator("#consents summary, #suppressions summary").all():
            await each.click()
        found += [(path, each) for each in await faults(page)]
        await picture(page, name)
    assert found == []
    await context.close()


def _asked(session: Session, list_id: int) -> str:
    of = session.get_one(MailingList, list_id)
    row = consent_letters.agree(
        session, of, KARIN, Origin(source=consents.FORM, words="Yes, offers please."), ""
    )
    return consent_letters.token(session, row)
