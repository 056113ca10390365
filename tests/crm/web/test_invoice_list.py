"""The list of invoices: who owes what, the oldest first, for who runs sales."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm import invoice_making
from crm.deals import Deal
from crm.invoice_making import Wanted
from hub.clock import Clock
from tests.crm.klarruta import Klarruta
from tests.crm.till import Till
from tests.crm.web.console import Consoles

Room = tuple[Till, Consoles]


@pytest.fixture
async def room(firm: Klarruta, consoles: Consoles, clock: Clock) -> Room:
    """Give the till and the consoles of the company, on a day in November."""
    clock.shift = datetime(2026, 11, 27, 10, tzinfo=UTC) - datetime.now(UTC)
    till = Till(firm.db)
    till.deal = await till.another()
    return till, consoles


async def test_who_owes_what_stands_in_one_list(room: Room, clock: Clock) -> None:
    till, consoles = room
    paid = await till.invoice(deal=await till.another(phone="+46701234500"))
    owed = await till.invoice("deposit", 3_000)
    await till.pay(paid.amount, paid.id)
    await till.pay(1_000, owed.id)
    clock.shift += timedelta(days=60)
    words = (await consoles.get("Maria", "/invoices")).words.replace("\xa0", " ")
    assert "1 invoice, SEK 32,631.41" in words
    assert "Söner <AB> Overdue 27 Dec 2026" in words
    assert "F-2026-0001" not in words
    every = (await consoles.get("Maria", "/invoices?every")).words
    assert every.index("F-2026-0002") < every.index("F-2026-0001")
    assert (await consoles.get("Elin", "/invoices")).status == 403


async def test_a_payment_that_is_pressed_twice_is_kept_once(room: Room) -> None:
    till, consoles = room
    made = await till.invoice()
    told = {"amount": "500", "on": "2026-11-27", "how": "cash", "seen": "0"}
    assert (await consoles.press("Maria", f"/invoices/{made.id}/payments", **told)).status == 200
    again = await consoles.press("Maria", f"/invoices/{made.id}/payments", **told)
    assert "Something was paid of it meanwhile" in again.words
    assert [each.amount for each in await till.payments()] == [50_000]


async def test_a_deal_offers_no_invoice_that_there_cannot_be(room: Room) -> None:
    till, consoles = room
    assert "Nobody owes anything" in (await consoles.get("Maria", "/invoices")).words
    path = f"/deals/{till.deal}/invoices"
    assert "Write an invoice" in (await consoles.part("Maria", path)).words
    await till.do(lambda session, maria: invoice_making.draft(
        session, maria, session.get_one(Deal, till.deal), Wanted(part="deposit", percent=3_000)))  # fmt: skip
    assert "Write an invoice" not in (await consoles.part("Maria", path)).words  # a draft stands
    await consoles.press("Maria", "/invoices/1/issue")
    assert "The rest" in (await consoles.part("Maria", path)).words
    await till.invoice("rest")
    assert "Write an invoice" not in (await consoles.part("Maria", path)).words
