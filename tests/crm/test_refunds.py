"""Money that goes back, and invoices that are cancelled, on both stores: nothing is counted twice, nor forgotten."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import invoice_making, paying, payments
from crm.deals import Deal
from crm.desk import Refusal
from crm.invoice_making import Wanted
from crm.invoices import Invoice
from crm.payments import Payment
from hub.users import Viewer
from tests.conftest import Store
from tests.crm.test_payments import GROSS, back, named, other, waiting
from tests.crm.till import Till


def cancel(session: Session, maria: Viewer, invoice_id: int) -> Invoice:
    """Cancel an invoice."""
    return invoice_making.credit(session, maria, session.get_one(Invoice, invoice_id), "A mistake")


def undo(session: Session, maria: Viewer, payment_id: int) -> None:
    """Take a payment back."""
    paying.undo(session, maria, session.get_one(Payment, payment_id))


async def test_a_refund_that_was_typed_is_not_counted_again_when_the_provider_tells_of_it(till: Till) -> None:
    channel, invoice = await till.provider(), await till.invoice()
    await till.hear(channel, named(invoice.number or ""))
    [payment] = await till.payments()
    await till.refund(payment, 30_000)
    assert "known already" in await till.hear(channel, back("300.00"))
    await till.hear(channel, back("500.00"))
    assert [each.amount for each in await till.payments()] == [GROSS, -30_000, -20_000]
    assert (await till.now(invoice)).outstanding == 50_000


EUROS = msgspec.structs.replace(back("10.00"), currency="EUR")


async def test_a_refund_in_another_currency_is_kept_and_taken_off_nothing(till: Till) -> None:
    channel, invoice = await till.provider(), await till.invoice()
    await till.hear(channel, named(invoice.number or ""))
    assert "taken off no payment: it was paid in SEK" in await till.hear(channel, EUROS)
    assert (await till.now(invoice)).paid == GROSS
    await till.hear(channel, back("10.00"))
    assert (await till.now(invoice)).paid == GROSS - 1_000
    assert [(each.amount, each.currency) for each in await till.payments()] == [
        (GROSS, "SEK"), (-1_000, "EUR"), (-1_000, "SEK")
    ]  # fmt: skip


async def test_a_refund_in_another_currency_that_came_before_its_payment_is_told_with_it(till: Till) -> None:
    channel, invoice = await till.provider(), await till.invoice()
    await till.hear(channel, EUROS)
    assert "not taken off it: it was paid in SEK" in await till.hear(channel, named(invoice.number or ""))
    assert (await till.now(invoice)).paid == GROSS


async def test_a_refund_of_more_than_was_paid_is_kept_and_taken_off_nothing(till: Till) -> None:
    channel, invoice = await till.provider(), await till.invoice()
    await till.hear(channel, named(invoice.number or "", total="2000.00"))
    assert "taken off no payment: only SEK 2,000.00 of it is left" in (
        await till.hear(channel, back("3000.00"))
    ).replace("\xa0", " ")
    assert (await till.now(invoice)).paid == 200_000
    assert "known already" in await till.hear(channel, back("2500.00"))


async def test_a_refund_stays_with_what_it_pays_back(till: Till) -> None:
    invoice = await till.invoice()
    refund = await till.refund(await till.pay(GROSS, invoice.id), GROSS)
    with pytest.raises(Refusal, match="stays with"):
        await till.do(
            lambda session, maria: paying.take_back(session, maria, session.get_one(Payment, refund.id))
        )
    assert (await till.now(invoice)).paid == 0


async def test_an_invoice_that_is_paid_in_full_as_a_refund_is_undone_moves_the_run_once(till: Till) -> None:
    await waiting(till)
    invoice = await till.invoice()
    payment = await till.pay(5_000, invoice.id)
    refund = await till.refund(payment, 5_000)
    await till.pay(GROSS - 5_000, invoice.id)
    assert await till.sale.open_steps() == {}
    await till.do(undo, refund.id)
    assert (await till.now(invoice)).state == "paid"
    assert set(await till.sale.open_steps()) == {"Fit the windows"}


async def test_two_who_pay_back_what_belongs_to_no_invoice_pay_it_back_once(till: Till, store: Store) -> None:
    node = await other(till, store)
    payment = await till.pay(5_000)
    done = await asyncio.gather(
        *(till.refund(payment, 5_000, db) for db in (till.db, node) * 2), return_exceptions=True
    )
    assert sum(isinstance(each, Payment) for each in done) == 1
    assert await till.db.read(payments.refunded, [payment.id]) == {payment.id: 5_000}


async def test_two_who_invoice_a_deal_at_once_write_one_invoice(till: Till, store: Store) -> None:
    node = await other(till, store)

    def draft(session: Session, maria: Viewer) -> int:
        return invoice_making.draft(session, maria, session.get_one(Deal, till.deal), Wanted()).id

    await asyncio.gather(*(till.on(db, draft) for db in (till.db, node) * 2), return_exceptions=True)
    written = await till.db.read(lambda session: session.scalars(select(Invoice)).all())
    assert len(written) == 1


async def test_a_deposit_is_not_cancelled_while_the_rest_takes_it_off(till: Till) -> None:
    deposit = await till.invoice("deposit", 3_000)
    rest = await till.invoice("rest")
    with pytest.raises(Refusal, match="F-2026-0002 takes it off"):
        await till.do(cancel, deposit.id)
    await till.do(cancel, rest.id)
    await till.do(cancel, deposit.id)
    assert (await till.invoice()).amount == GROSS


async def test_what_was_invoiced_in_kronor_is_not_taken_off_euros(till: Till) -> None:
    await till.invoice("deposit", 3_000)
    await till.db.write(lambda session: session.execute(update(Deal).values(currency="EUR")) and None)
    with pytest.raises(Refusal, match="we know no rate"):
        await till.invoice("rest")
