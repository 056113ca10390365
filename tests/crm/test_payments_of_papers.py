"""Money that names the quote, or another paper of a deal: for which invoice it is, or that there is none yet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from crm import document_trials
from crm.deals import Deal
from crm.documents import DealDocument, add_version
from crm.payment_suggestions import Known, Sought
from hub.users import Viewer
from tests.crm.test_payments import GROSS
from tests.crm.till import Till

QUOTE = "T-2026-0001"


@pytest.fixture
async def till(till: Till) -> Till:
    """Give the company's till, with a quote made."""
    await till.do(quoted, till.deal)
    return till


def quoted(session: Session, maria: Viewer, deal_id: int) -> None:
    """Make a quote of a deal."""
    template = document_trials.make(session, maria, "Offer", "pdf", "T-{year}-{number:04}")
    version = add_version(session, None, template, "0" * 64)
    session.add(DealDocument(
        deal_id=deal_id, contact_id=session.get_one(Deal, deal_id).contact_id, version_id=version.id,
        series_id=template.series_id, number=QUOTE, language="en", blob="0" * 64, size=1, amount=GROSS, currency="SEK",
    ))  # fmt: skip


async def told(till: Till, amount: int, text: str = f"Payment {QUOTE}") -> tuple[object, ...]:
    """Give the invoice that money is likely for, whether that is sure, and the deal that asks for none yet."""

    def look(session: Session) -> tuple[object, ...]:
        sought = Sought(
            amount=amount, currency="SEK", on=datetime(2026, 11, 27, tzinfo=UTC).date(), text=text
        )
        known = Known(session)
        likely, uninvoiced = known.likely(sought), known.uninvoiced(sought)
        return likely and likely.number, likely and likely.sure, uninvoiced and uninvoiced.deal_id

    return await till.db.read(look)


async def test_a_quote_that_is_paid_is_known_by_its_number(till: Till) -> None:
    another = await till.invoice(deal=await till.another(phone="+46701234500"))
    invoice = await till.invoice()
    assert another.amount == invoice.amount
    assert await told(till, GROSS) == (invoice.number, True, None)
    assert await told(till, GROSS - 1) == (invoice.number, False, None)
    assert await told(till, GROSS, "Payment T-2026-0002") == (None, None, None)


async def test_of_several_invoices_it_is_the_one_with_its_sum(till: Till) -> None:
    deposit, rest = await till.invoice("deposit", 3_000), await till.invoice("rest")
    assert await told(till, rest.amount) == (rest.number, True, None)
    assert await told(till, 1_000) == (deposit.number, False, None)


async def test_a_quote_without_invoice_is_no_other_customers(till: Till) -> None:
    await till.invoice(deal=await till.another(phone="+46701234500"))
    assert await told(till, GROSS) == (None, None, till.deal)
    invoice = await till.invoice()
    await till.pay(GROSS, invoice.id)
    assert await told(till, GROSS) == (None, None, None)
