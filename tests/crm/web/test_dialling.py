"""One click dials: through a hub, a real Asterisk and real telephones; and each failure is told to who pressed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.db import Database
from tests.connectors.asterisk.stage import CUSTOMER
from tests.crm.web.office import KARIN, Office, Serve, Visit, opened
from tests.servers import sip
from tests.servers.asterisk import Asterisk

on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
async def office(
    db: Database, asterisk: Asterisk, tmp_path: Path, aiohttp_server: Serve, aiohttp_client: Visit
) -> AsyncIterator[Office]:
    """Open the office."""
    async with opened(db, asterisk, tmp_path, aiohttp_server, aiohttp_client) as made:
        yield made


async def test_a_click_rings_the_own_telephone_then_the_customers_and_is_one_call_on_the_card(
    office: Office,
) -> None:
    pressed = await office.clicks()
    assert "Your telephone rings" in pressed.words
    (call,) = await office.calls()
    assert (call.contact_id, call.customer, call.direction) == (KARIN, CUSTOMER, "outbound")
    staff = await office.stage.rings("101")
    await office.sees("Pick up your telephone")
    staff.answers()
    customer = await office.stage.rings("customer")
    assert sip.user(customer.call.remote) == "+46846500409"  # what Sales shows
    assert "Karin Ekdahl" in await office.sees("Calling")
    customer.answers()
    await customer.hears()
    await office.sees("In talk")
    customer.hangs_up()
    await staff.is_over()
    call = await office.ended()
    elin = await office.firm.who("Elin")
    assert (call.placed_by, call.outcome, len(await office.calls())) == (elin.user_id, "answered", 1)
    assert [
        line for line in await office.lines() if line.startswith("Elin Sandgren called")
    ] == await office.lines()
    assert len(await office.lines()) == 1


@on_sqlite
async def test_pressed_twice_it_is_one_call(office: Office) -> None:
    await office.clicks()
    await office.consoles.press("Elin", "/calls", number="070-174 06 05")
    staff = await office.stage.rings("101")
    await office.consoles.press("Elin", "/calls", number=CUSTOMER)
    staff.declines()
    await office.ended()
    assert len(await office.calls()) == 1


@on_sqlite
async def test_one_nonce_is_one_call_also_when_it_is_over(office: Office) -> None:
    await office.clicks(nonce="a1")
    (await office.stage.rings("101")).declines()
    await office.ended()
    await office.clicks(nonce="a1")
    assert len(await office.calls()) == 1


@on_sqlite
async def test_who_declines_his_own_telephone_is_told_so_and_the_card_says_nothing(office: Office) -> None:
    await office.clicks()
    (await office.stage.rings("101")).declines()
    await office.sees("Your own telephone declined the call.")
    assert await office.lines() == []
    await office.presses("told")
    assert (await office.consoles.part("Elin", "/popups")).words == ""


@on_sqlite
async def test_who_does_not_pick_up_is_told_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.asterisk.operator.RING_SECONDS", 2)
    await office.clicks()
    await office.stage.rings("101")
    await office.sees("You did not pick up your own telephone.")


@on_sqlite
async def test_whose_telephone_is_off_is_told_so(office: Office) -> None:
    await office.stage.phones["101"].register(0)
    await office.clicks()
    await office.sees("Your own telephone is not connected to the PBX.")


@on_sqlite
async def test_that_the_own_telephone_is_busy_is_told(office: Office) -> None:
    await office.clicks()
    (await office.stage.rings("101")).is_busy()
    await office.sees("Your own telephone is busy.")


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("is_busy", "070-174 06 05 is busy."),
        ("declines", "070-174 06 05 declined the call."),
        ("has_no_phone", "There is no such number: 070-174 06 05."),
    ],
)
@on_sqlite
async def test_what_befell_at_the_customers_is_told(office: Office, does: str, words: str) -> None:
    await office.clicks()
    staff = await office.stage.rings("101")
    staff.answers()
    getattr(await office.stage.rings("customer"), does)()
    await office.sees(words)
    assert "Call again" in (await office.consoles.part("Elin", "/popups")).words
    assert len(await office.lines()) == 1


@on_sqlite
async def test_who_gives_up_before_anybody_answers_ends_it(office: Office) -> None:
    await office.clicks()
    staff = await office.stage.rings("101")
    staff.answers()
    customer = await office.stage.rings("customer")
    await office.sees("Calling")
    await office.presses("end")
    await customer.is_over()
    await office.sees("You hung up before anybody answered.")
    assert (await office.ended()).ended_by == "staff"
