"""When a deal is paid, on both stores: by all that was agreed, once, and no more where the money went back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import invoice_making, paying, tasks
from crm.invoices import Invoice
from crm.payments import Payment
from crm.run_tasks import NOTICE
from crm.runs import TASK_KIND
from crm.tasks import Task
from hub.users import User, Viewer, find_user
from tests.conftest import Store
from tests.crm.drawing import drawn, end, message, start, user, way
from tests.crm.till import Till

ASK = "Ask for the payment"
FIT = "Fit the windows"
LATE = drawn(
    start(), user("ask", ASK), message("paid", "Paid?", "payment received"), user("fit", FIT), end(),
    way("s ask paid fit e"),
)  # fmt: skip
ALL = 10_880_469


@pytest.fixture
async def till(till: Till) -> Till:
    """Give the company's till, and a run that is still to ask for the payment."""
    await till.sale.begin(await till.sale.publish(LATE))
    return till


async def refund(till: Till, payment: Payment, _invoice: Invoice) -> None:
    """Pay some of it back."""
    await till.refund(payment, 1_000)


async def undo(till: Till, payment: Payment, _invoice: Invoice) -> None:
    """Take back that it came."""
    await till.do(lambda session, maria: paying.undo(session, maria, session.get_one(Payment, payment.id)))


async def take_back(till: Till, payment: Payment, _invoice: Invoice) -> None:
    """Take back that it is for this invoice."""
    await till.do(
        lambda session, maria: paying.take_back(session, maria, session.get_one(Payment, payment.id))
    )


async def credit(till: Till, _payment: Payment, invoice: Invoice) -> None:
    """Cancel the invoice."""
    await till.do(
        lambda session, maria: invoice_making.credit(
            session, maria, session.get_one(Invoice, invoice.id), "Wrong address"
        )
    )


@pytest.mark.parametrize("go_back", [refund, undo, take_back, credit])
async def test_money_that_went_back_moves_no_run_that_comes_to_wait_for_it(
    till: Till, go_back: Callable[[Till, Payment, Invoice], Awaitable[None]]
) -> None:
    invoice = await till.invoice()
    payment = await till.pay(ALL, invoice.id)
    await go_back(till, payment, invoice)
    await till.sale.do(ASK)
    assert await till.sale.open_steps() == {}
    again = await till.invoice() if go_back is credit else await till.now(invoice)
    await till.pay(again.outstanding, again.id)
    assert set(await till.sale.open_steps()) == {FIT}


async def test_a_refund_that_was_a_mistake_leaves_it_paid(till: Till) -> None:
    invoice = await till.invoice()
    back = await till.refund(await till.pay(ALL, invoice.id), 1_000)
    await undo(till, back, invoice)
    await till.sale.do(ASK)
    assert set(await till.sale.open_steps()) == {FIT}


async def test_what_was_paid_too_much_may_go_back(till: Till) -> None:
    invoice = await till.invoice()
    await till.refund(await till.pay(ALL + 1_000, invoice.id), 1_000)
    await till.sale.do(ASK)
    assert set(await till.sale.open_steps()) == {FIT}


@pytest.mark.parametrize("first", ["deposit", "rest"])
async def test_a_deposit_is_a_part_and_all_of_it_is_paid_with_the_rest(till: Till, first: str) -> None:
    await till.sale.do(ASK)
    deposit = await till.invoice("deposit", 1_000)
    if first == "deposit":
        await till.pay(deposit.amount, deposit.id)
        assert await till.sale.open_steps() == {}, "the installers are not sent by a tenth of it"
    rest = await till.invoice("rest")
    await till.pay(rest.amount, rest.id)
    if first == "rest":
        assert await till.sale.open_steps() == {}
        await till.pay(deposit.amount, deposit.id)
    assert set(await till.sale.open_steps()) == {FIT}


async def test_a_deposit_and_the_rest_that_are_paid_at_once_move_the_deal_once(
    till: Till, store: Store
) -> None:
    await till.sale.do(ASK)
    node = till.db if store.engine == "sqlite" else await store.open()
    both = [await till.invoice("deposit", 3_000), await till.invoice("rest")]

    def pay(session: Session, maria: Viewer, invoice: Invoice) -> None:
        came = paying.Money(
            amount=invoice.amount, currency="SEK", paid_on=datetime(2026, 11, 27, tzinfo=UTC).date()
        )
        paying.receive(session, maria, came, {invoice.id: invoice.amount})

    await asyncio.gather(*(
        till.on(db, pay, invoice) for db, invoice in zip((till.db, node), both, strict=True)
    ))  # fmt: skip
    assert set(await till.sale.open_steps()) == {FIT}


@pytest.mark.parametrize("go_back", [refund, undo, take_back, credit])
async def test_whoever_goes_on_with_what_was_paid_is_told_once_that_it_went_back(
    till: Till, go_back: Callable[[Till, Payment, Invoice], Awaitable[None]]
) -> None:
    await till.sale.do(ASK)
    invoice = await till.invoice()
    payment = await till.pay(ALL, invoice.id)
    await till.do(give_to_sofia, FIT)
    await go_back(till, payment, invoice)
    assert await told_of_it(till) == ["Elin", "Sofia"]
    assert FIT in await till.sale.open_steps(), "what becomes of it is for people"
    again = await till.invoice() if go_back is credit else await till.now(invoice)
    await till.pay(again.outstanding, again.id)
    assert await told_of_it(till) == [], "it is paid again"


async def test_nobody_is_told_that_money_went_back_that_moved_nothing_or_that_leaves_it_paid(
    till: Till,
) -> None:
    await till.sale.do(ASK)
    deposit = await till.invoice("deposit", 1_000)
    await undo(till, await till.pay(deposit.amount, deposit.id), deposit)
    rest = await till.invoice("rest")
    await till.pay(deposit.amount, deposit.id)
    await refund(till, await till.pay(rest.amount + 1_000, rest.id), rest)
    assert set(await till.sale.open_steps()) == {FIT}
    assert await told_of_it(till) == []


def give_to_sofia(session: Session, _maria: Viewer, step: str) -> None:
    """Give an open step to somebody else."""
    sofia = find_user(session, "sofia@klarruta.example")
    found = session.scalars(select(Task).where(Task.kind == TASK_KIND, Task.done_at.is_(None)))
    task = next(each for each in found if str(each.title).startswith(step))
    tasks.hand_over(session, task, None, user=sofia, department_id=None, why="")


async def told_of_it(till: Till) -> list[str]:
    """Give who has a task to know that money went back."""

    def look(session: Session) -> list[str]:
        found = session.scalars(select(Task).where(Task.kind == NOTICE, Task.done_at.is_(None)))
        return sorted(session.get_one(User, each.assignee_id).name.split()[0] for each in found)

    return await till.sale.read(look)
