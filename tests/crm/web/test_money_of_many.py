"""The pages of money ask the store as often for thirty rows as for one, and look at no invoice that is paid."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.invoices import Invoice
from crm.payment_suggestions import Known
from crm.payments import Payment
from crm.web import invoice_list, payments
from hub.clock import now
from tests.asked import asked
from tests.crm.klarruta import Klarruta
from tests.crm.till import Till
from tests.plans import plan

PAGES: dict[str, Callable[[Session], object]] = {
    "invoices that wait": invoice_list._open,
    "all invoices": lambda session: invoice_list._every(session, None),
    "all payments": lambda session: payments._every(session, None),
    "payments of no invoice": payments._matching,
}


@pytest.fixture
async def till(firm: Klarruta) -> Till:
    made = Till(firm.db)
    await made.open()
    await made.invoice()
    return made


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
async def test_more_rows_ask_the_store_no_more_often(till: Till, page: Callable[[Session], object]) -> None:
    await till.db.write(_more, 0, 1)
    few = await till.db.write(_asked, page)
    await till.db.write(_more, 1, 30)
    assert await till.db.write(_asked, page) == few


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # which knows not how many rows are alike
async def test_what_waits_for_money_is_found_by_its_index(till: Till) -> None:
    for deed in (invoice_list._open, Known):
        plans = await till.db.write(plan, deed)
        assert "ix_invoices_open" in plans
        assert "credits_id" not in plans


def _more(session: Session, since: int, until: int) -> None:
    """Have invoices wait, and payments be there that belong to none."""
    deal_id = session.scalars(select(Invoice.deal_id)).first()
    moment = now()
    for each in range(since, until):
        session.add(Invoice(
            deal_id=deal_id, part="all", language="en", currency="SEK", amount=1_000 + each, number=f"X-{each}",
            issued_at=moment, issued_on=moment.date(), due_on=moment.date(),
        ))  # fmt: skip
        session.add(
            Payment(
                paid_on=moment.date(),
                amount=9_000 + each,
                currency="SEK",
                how="cash",
                text=f"Offer Q-2026-{each}",
            )
        )
    session.flush()


def _asked(session: Session, page: Callable[[Session], object]) -> int:
    session.expunge_all()
    with asked(session.connection()) as heard:
        page(session)
    return len(heard)
