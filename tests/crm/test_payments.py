"""Invoices and payments on both stores: numbers, what is owed, what is paid, and the deal that is moved once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import invoice_making, invoices, paying, payments
from crm.bank_statements import BankEntry, BankStatement
from crm.deals import Deal
from crm.desk import Refusal
from crm.invoice_making import Wanted
from crm.invoices import Invoice
from crm.payments import Payment
from crm.runs import Run
from hub.clock import Clock, now
from hub.db import Database
from hub.payments import PaymentHeard
from hub.users import Viewer
from tests.conftest import Store
from tests.crm.drawing import drawn, end, flow, gateway, message, start, user, way
from tests.crm.till import Till

GROSS = 10_880_469
"""What Karin's seven windows come to, with tax."""


async def waiting(till: Till, words: str = "payment received") -> int:
    """Have a run wait for money, and give its version."""
    xml = drawn(
        start(), message("paid", "Paid?", words), user("fit", "Fit the windows"), end(), way("s paid fit e"),
    )  # fmt: skip
    version = await till.sale.publish(xml, f"Fitting on {words}")
    await till.sale.begin(version)
    return version


async def test_an_invoice_has_a_number_a_reference_and_a_day_to_pay_by(till: Till) -> None:
    first, second = await till.invoice(deal=await till.another(phone="+46701234500")), await till.invoice()
    assert (first.number, second.number) == ("F-2026-0001", "F-2026-0002")
    assert (second.reference, second.amount, second.state) == ("2026000204", GROSS, "issued")
    assert (second.issued_on, second.due_on) == (datetime(2026, 11, 27).date(), datetime(2026, 12, 27).date())  # noqa: DTZ001 - days


async def test_a_draft_takes_no_number_and_may_be_thrown_away(till: Till) -> None:
    def draft(session: Session, maria: Viewer) -> Invoice:
        return invoice_making.draft(session, maria, session.get_one(Deal, till.deal), Wanted())

    made = await till.do(draft)
    with pytest.raises(Refusal, match="a draft already"):
        await till.do(draft)
    await till.do(
        lambda session, maria: invoice_making.throw_away(session, maria, session.get_one(Invoice, made.id))
    )
    assert (await till.invoice()).number == "F-2026-0001"


async def test_a_deposit_and_the_rest_come_to_the_whole(till: Till) -> None:
    deposit = await till.invoice("deposit", 3_000)
    rest = await till.invoice("rest")
    lines = await till.db.read(invoices.lines_of, rest.id)
    assert [line.name for line in lines[-2:]] == ["Less invoice F-2026-0001"] * 2
    assert abs(deposit.amount + rest.amount - GROSS) <= 2  # tax is rounded on each paper
    with pytest.raises(Refusal, match="All of it"):
        await till.invoice("deposit", 1_000)


@pytest.mark.parametrize("percent", [0, -5, 10_000, 20_000])
async def test_a_deposit_is_a_part(till: Till, percent: int) -> None:
    with pytest.raises(Refusal, match="deposit"):
        await till.invoice("deposit", percent)


async def test_a_deal_is_not_invoiced_twice(till: Till) -> None:
    await till.invoice()
    with pytest.raises(Refusal, match="F-2026-0001"):
        await till.invoice()
    with pytest.raises(Refusal, match="All of it"):
        await till.invoice("rest")


async def test_a_credit_note_cancels_an_invoice_and_what_was_paid_is_to_be_paid_back(till: Till) -> None:
    wrong = await till.invoice()
    await till.pay(5_000, wrong.id)

    def cancel(session: Session, maria: Viewer) -> Invoice:
        return invoice_making.credit(session, maria, session.get_one(Invoice, wrong.id), "Wrong address")

    note = await till.do(cancel)
    wrong = await till.now(wrong)
    assert (note.number, note.amount, note.state) == ("F-2026-0002", -GROSS, "credit note")
    assert (wrong.state, wrong.outstanding) == ("cancelled", -5_000)
    with pytest.raises(Refusal, match="cancelled already"):
        await till.do(cancel)
    with pytest.raises(Refusal, match="cancelled"):
        await till.pay(5_000, wrong.id)
    assert (await till.invoice()).number == "F-2026-0003"


async def test_an_invoice_says_how_it_stands(till: Till) -> None:
    invoice = await till.invoice()
    states = []
    for amount in (1_000, GROSS - 1_000, 500):
        await till.pay(amount, invoice.id)
        states.append((await till.now(invoice)).state)
    assert states == ["partly paid", "paid", "overpaid"]
    assert (await till.now(invoice)).outstanding == -500


async def test_a_payment_may_be_for_several_and_what_is_left_belongs_to_none(till: Till) -> None:
    one, two = await till.invoice("deposit", 3_000), await till.invoice("rest")
    payment = await till.pay(GROSS + 1_000, one.id, two.id)
    assert [(await till.now(each)).state for each in (one, two)] == ["paid", "paid"]
    assert await till.db.read(payments.free, payment) == GROSS + 1_000 - one.amount - two.amount
    loose = await till.db.read(
        lambda session: session.scalars(select(Payment).where(payments.is_loose())).all()
    )
    assert [each.id for each in loose] == [payment.id]


async def test_a_refund_takes_what_belongs_to_no_invoice_first(till: Till) -> None:
    one, two = await till.invoice("deposit", 3_000), await till.invoice("rest")
    payment = await till.pay(one.amount + two.amount + 1_000, one.id, two.id)
    await till.refund(payment, 1_500)
    assert [(await till.now(each)).outstanding for each in (one, two)] == [0, 500]
    with pytest.raises(Refusal, match="At most"):
        await till.refund(payment, one.amount + two.amount)
    await till.refund(payment, one.amount + two.amount - 500)
    assert [(await till.now(each)).paid for each in (one, two)] == [0, 0]
    assert await till.db.read(payments.free, payment) == 0


async def test_nothing_is_paid_back_before_it_was_paid(till: Till, clock: Clock) -> None:
    clock.advance(days=-1)
    early = now().date()
    clock.advance(days=1)
    payment = await till.pay(1_000, (await till.invoice()).id)

    def back(session: Session, maria: Viewer) -> None:
        paying.refund(session, maria, session.get_one(Payment, payment.id), 500, early)

    with pytest.raises(Refusal, match="before the day on which it was paid"):
        await till.do(back)
    assert len(await till.payments()) == 1


async def test_what_cannot_be_paid_is_said(till: Till) -> None:
    invoice = await till.invoice()
    with pytest.raises(Refusal, match="we know no rate"):
        await till.pay(1_000, invoice.id, currency="EUR")
    with pytest.raises(Refusal, match="more than nothing"):
        await till.pay(-1_000, invoice.id)
    with pytest.raises(Refusal, match="issued"):
        await till.do(lambda session, maria: paying.receive(
            session, maria, paying.Money(amount=5, currency="SEK", paid_on=now().date()), {999: 5}))  # fmt: skip
    assert await till.payments() == []


async def test_what_pays_an_invoice_in_full_moves_the_run_and_does_so_once(till: Till) -> None:
    await waiting(till)
    invoice = await till.invoice()
    await till.pay(GROSS - 1, invoice.id)
    assert await till.sale.open_steps() == {}
    payment = await till.pay(1, invoice.id)
    assert set(await till.sale.open_steps()) == {"Fit the windows"}
    await waiting(till)  # another run waits now
    await till.do(lambda session, maria: paying.undo(session, maria, session.get_one(Payment, payment.id)))
    assert (await till.now(invoice)).state == "partly paid"
    await till.pay(1, invoice.id)
    runs = await till.db.read(lambda session: session.scalars(select(Run).order_by(Run.id)).all())
    assert [run.waits_for for run in runs] == [[], ["payment received"]]


async def test_a_process_may_wait_for_any_money_and_read_what_is_left(till: Till) -> None:
    xml = drawn(
        start(), message("some", "Some came", "part payment received"), gateway("much", default="no"),
        user("thank", "Thank for half of it"), user("ask", "Ask for more"), end(), way("s some much"),
        flow("much", "thank", "paid >= outstanding"), flow("much", "ask", id="no"), way("thank e"), way("ask e"),
    )  # fmt: skip
    version, invoice = await till.sale.publish(xml, "Thanks"), await till.invoice()
    for amount, asked in ((1_000, "Ask for more"), (GROSS // 2, "Thank for half of it")):
        await till.sale.begin(version)
        await till.pay(amount, invoice.id)
        assert asked in await till.sale.open_steps()


async def other(till: Till, store: Store) -> Database:
    """Give a second node where there can be one."""
    return till.db if store.engine == "sqlite" else await store.open()


async def test_two_who_issue_at_once_take_numbers_without_gap_or_double(till: Till, store: Store) -> None:
    node = await other(till, store)
    drafts = []
    for number in range(6):
        deal = await till.another(phone=f"+4670123460{number}")
        drafts.append(await till.do(
            lambda session, maria, deal=deal: invoice_making.draft(
                session, maria, session.get_one(Deal, deal), Wanted()
            ).id
        ))  # fmt: skip

    async def issue(db: Database, draft: int) -> str | None:
        return await till.on(db, lambda session, maria: invoice_making.issue(
            session, maria, session.get_one(Invoice, draft)).number)  # fmt: skip

    both = [(db, draft) for draft in drafts for db in (till.db, node)]
    done = await asyncio.gather(*(issue(*each) for each in both), return_exceptions=True)
    numbers = sorted(each for each in done if isinstance(each, str))
    assert numbers == [f"F-2026-{number:04}" for number in range(1, 7)]
    assert sum(isinstance(each, Refusal) for each in done) == 6


async def test_a_payment_and_its_refund_may_cross(till: Till, store: Store) -> None:
    node, invoice = await other(till, store), await till.invoice()
    payment = await till.pay(GROSS, invoice.id)
    done = await asyncio.gather(
        *(till.refund(payment, 6_000_000, db) for db in (till.db, node)), till.pay(1_000, invoice.id),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(each, Refusal) for each in done) == 1  # twice would be more than came
    assert (await till.now(invoice)).paid == GROSS - 6_000_000 + 1_000


HEARD = PaymentHeard(
    payment="pi_1", what="paid", total="108804.69", currency="SEK", at=datetime(2026, 11, 27, tzinfo=UTC)
)


def named(number: str, **more: str) -> PaymentHeard:
    """Give what is told of a payment that names an invoice."""
    return PaymentHeard(payment="pi_1", what="paid", total=more.get("total", "108804.69"), currency="SEK",
                        at=HEARD.at, refers=(number,))  # fmt: skip


def back(total: str, refund: str = "ch_1") -> PaymentHeard:
    """Give what is told of a refund."""
    return PaymentHeard(
        payment="pi_1", what="refunded", total=total, currency="SEK", at=HEARD.at, refund=refund
    )


async def test_a_provider_pays_the_invoice_that_it_names_once(till: Till, store: Store) -> None:
    await waiting(till)
    channel, invoice, node = await till.provider(), await till.invoice(), await other(till, store)
    told = named(invoice.number or "")
    await asyncio.gather(*(till.hear(channel, told, db) for db in (till.db, node)), return_exceptions=True)
    await till.hear(channel, told)
    assert len(await till.payments()) == 1
    assert (await till.now(invoice)).state == "paid"
    assert set(await till.sale.open_steps()) == {"Fit the windows"}


async def test_a_payment_whose_invoice_nobody_knows_is_kept_and_known_once_it_is_named(till: Till) -> None:
    channel, invoice = await till.provider(), await till.invoice()
    assert "not known" in await till.hear(channel, HEARD)
    [payment] = await till.payments()
    assert payment.loose == GROSS
    await till.hear(channel, named(invoice.reference or ""))
    assert (await till.now(invoice)).state == "paid"
    assert len(await till.payments()) == 1


async def test_refunds_are_told_in_any_order_and_even_before_their_payment(till: Till) -> None:
    channel, invoice = await till.provider(), await till.invoice()
    for total in ("300.00", "100.00", "300.00"):  # in all, each time
        await till.hear(channel, back(total))
    await till.hear(channel, named(invoice.number or ""))
    await till.hear(channel, back("500.00"))
    assert [each.amount for each in await till.payments()] == [-30_000, GROSS, -20_000]
    assert (await till.now(invoice)).outstanding == 50_000
    free = await till.db.read(
        lambda session: session.scalars(select(Payment).where(payments.is_loose())).all()
    )
    assert free == []


@pytest.mark.parametrize(
    ("total", "currency"), [("1.005", "SEK"), ("-5", "SEK"), ("x", "SEK"), ("5", "XXZ"), ("NaN", "SEK")]
)
async def test_junk_of_a_provider_makes_nothing(till: Till, total: str, currency: str) -> None:
    channel = await till.provider()
    with pytest.raises(ValueError, match="no amount"):
        await till.hear(
            channel, PaymentHeard(payment="pi_1", what="paid", total=total, currency=currency, at=HEARD.at)
        )
    assert await till.payments() == []


async def test_a_provider_s_payment_in_another_currency_waits_for_a_person(till: Till) -> None:
    channel, invoice = await till.provider(), await till.invoice()
    event = PaymentHeard(
        payment="pi_1", what="paid", total="5", currency="JPY", at=HEARD.at, refers=(invoice.number or "",)
    )
    assert "we know no rate" in await till.hear(channel, event)
    [payment] = await till.payments()
    assert (payment.amount, payment.loose) == (5, 5)


def test_every_table_is_named() -> None:
    assert {BankEntry.__tablename__, BankStatement.__tablename__} == {"bank_entries", "bank_statements"}
