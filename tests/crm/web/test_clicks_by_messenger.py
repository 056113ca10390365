"""Who presses a button of a campaign by a messenger is counted, by a link of ours that leads where the button does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from msgspec import convert, structs
from sqlalchemy.orm import Session

from crm import campaign_figures, campaign_messages, campaign_people, consents, copy_events
from crm.campaign_messages import Leading, Message
from crm.campaign_people import Asked
from crm.campaigns import Campaign
from crm.company_file import CompanyFile, seed
from hub.app import make_app
from hub.chats import SendMessage
from hub.clock import Clock
from hub.db import Database
from hub.settings import Settings
from tests.crm.messenger import Messenger
from tests.crm.wired import SAYS, URL, Wire

SHOP, MAP = "https://klarruta.example/windows?from=bot", "https://klarruta.example/map"
PRESSED = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) Mobile/15E148 Safari/604.1"}
BUTTONS = (Leading(words="See them", href=SHOP), Leading(words="Find us", href=MAP))
PAGE = "{{unsubscribe_url}}"


Opened = Callable[[], Awaitable[TestClient]]


@pytest.fixture
def opened(
    db: Database,
    company: CompanyFile,
    tmp_path: Path,
    aiohttp_server: Callable[..., Awaitable[TestServer]],
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> Opened:
    """Give what opens the hub to visitors, once nothing waits that it would send by itself."""

    async def run() -> TestClient:
        await db.write(seed, company)
        app = await make_app(db, tmp_path, Settings())
        return await aiohttp_client(await aiohttp_server(app, auto_decompress=False))

    return run


async def _begun(messenger: Messenger, says: Message, *, counts: bool = True) -> Wire:
    wire = Wire(messenger)
    await wire.open((71, 72), says)

    def count(session: Session) -> None:
        session.get_one(Campaign, wire.campaign_id).counts_clicks = counts

    await wire.db.write(count)
    await wire.begins()
    return wire


async def _leads(wire: Wire, to: str = "71") -> list[str]:
    """Give where the buttons of somebody's copy lead, by our own address."""
    sent = [convert(row.command, SendMessage) for row in await wire.outbox()]
    own = next(each for each in sent if each.to == to)
    assert all(each.url.startswith(f"{URL}/go/") for each in own.buttons)
    return [each.url.removeprefix(URL) for each in own.buttons]


async def _clicked(wire: Wire, **how: object) -> int:
    campaign = await wire.campaign()
    asked = structs.replace(Asked(kind="clicked"), **how)
    return await wire.db.read(lambda session: campaign_people.count(session, campaign, asked))


async def test_a_press_is_counted_for_its_person_and_its_button(
    messenger: Messenger, opened: Opened, clock: Clock
) -> None:
    wire = await _begun(messenger, structs.replace(SAYS, buttons=BUTTONS))
    first, second = await _leads(wire)
    await wire.all_leave()
    client = await opened()
    clock.advance(seconds=3)  # who has the chat open reads it as it comes
    for _again in range(2):
        async with client.get(second, headers=PRESSED, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, MAP)
    assert (await _clicked(wire), await _clicked(wire, link=1), await _clicked(wire, link=0)) == (1, 1, 0)
    assert (await wire.copy(71)).clicked_at is not None
    assert (await wire.copy(72)).clicked_at is None
    campaign = await wire.campaign()
    links = await wire.db.read(campaign_figures.links, campaign)
    assert [(each.address, each.people) for each in links] == [(SHOP, 0), (MAP, 1)]
    assert (await wire.db.read(campaign_figures.numbers, campaign))["clicked"] == 1
    async with client.get(first, headers=PRESSED, allow_redirects=False) as answer:
        assert answer.headers["Location"] == SHOP


async def test_what_looks_ahead_or_is_made_up_counts_for_nobody(messenger: Messenger, opened: Opened) -> None:
    wire = await _begun(messenger, structs.replace(SAYS, buttons=BUTTONS))
    (first, _second) = await _leads(wire)
    await wire.all_leave()
    client = await opened()
    for program in ("TelegramBot (like TwitterBot)", "WhatsApp/2.23.20.0", ""):
        async with client.get(first, headers={"User-Agent": program}, allow_redirects=False) as answer:
            assert answer.status == 302
    token = first.removeprefix("/go/").removesuffix("/0")
    wrong = (
        f"{token}/2",
        f"{token}/-1",
        f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}/0",
        f"{token}/99999",
    )
    for each in wrong:
        async with client.get(f"/go/{each}", headers=PRESSED, allow_redirects=False) as answer:
            assert answer.status == 404
    assert await _clicked(wire) == 0
    campaign = await wire.campaign()
    assert (await wire.db.read(campaign_figures.numbers, campaign))["machine"] == 1


async def test_all_buttons_at_once_are_a_machine(
    messenger: Messenger, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = await _begun(messenger, structs.replace(SAYS, buttons=BUTTONS))
    leads = await _leads(wire)
    await wire.all_leave()
    client = await opened()
    monkeypatch.setattr(copy_events, "WITHIN", timedelta(minutes=1))  # however slow these tests are
    for each in leads:
        async with client.get(each, headers=PRESSED, allow_redirects=False):
            pass
    assert await _clicked(wire) == 0


async def test_where_nothing_is_counted_buttons_lead_straight_away(messenger: Messenger) -> None:
    wire = await _begun(messenger, structs.replace(SAYS, buttons=BUTTONS), counts=False)
    sent = [convert(row.command, SendMessage) for row in await wire.outbox()]
    assert {tuple(each.url for each in one.buttons) for one in sent} == {(SHOP, MAP)}
    assert "clicked" not in await wire.db.read(campaign_figures.numbers, await wire.campaign())


async def test_an_address_that_fills_a_template_is_a_link() -> None:
    template = Message(template="news", language="sv", values=("Karin", SHOP, f"See {MAP}"))
    assert campaign_messages.links(template) == [SHOP]
    own = campaign_messages.filled(template, {"click_url": f"{URL}/go/1-2-x"})
    assert own.values == ("Karin", f"{URL}/go/1-2-x/0", f"See {MAP}")


async def test_a_place_leads_to_the_page_on_which_each_chooses(messenger: Messenger, opened: Opened) -> None:
    wire = await _begun(messenger, Message(text=f"Hello! Write STOP to leave, or choose: {PAGE}"))
    sent = [convert(row.command, SendMessage) for row in await wire.outbox()]
    own = next(each for each in sent if each.to == "72")
    path = own.text.rpartition(URL)[2]
    await wire.all_leave()
    client = await opened()
    async with client.get(path) as answer:
        assert "News" in await answer.text()
    assert (await wire.copy(72)).unsubscribed_at is None
    async with client.post(path, data={"do": "leave"}) as answer:
        assert answer.status == 200
    assert (await wire.copy(72)).unsubscribed_at is not None
    assert (await wire.db.read(consents.newest, "telegram", "72"))[wire.list_id].state == "withdrawn"
    assert (await wire.db.read(consents.newest, "telegram", "71"))[wire.list_id].state == "given"
