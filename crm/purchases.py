"""Purchases after a letter: who of those that got a campaign bought within a month. That he read it is not said."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Select,
    SQLColumnExpression,
    cast,
    extract,
    func,
    select,
    union,
)
from sqlalchemy.orm import Session

from crm.deals import Deal
from crm.deliveries import SENT, Delivery
from crm.invoices import Invoice
from crm.payments import Allocation, Payment
from hub.unindexed import Unindexed

DAYS = 30
"""So long after his copy left a deal that somebody won, or money that he paid, is said beside it."""
_is_his = Unindexed(Deal.contact_id) == Delivery.contact_id


def buyers(session: Session, campaign_id: int = 0) -> Select[int]:
    """Give the copies (of all campaigns: 0) whose recipients bought within `DAYS` after: a deal won, or money paid.

    The day of a payment is known and not its hour, so that the day of the letter itself does not count.
    """
    sqlite = session.get_bind().dialect.name == "sqlite"
    # Deals and payments are few, copies are many: they are found by whose they are.
    of = (Unindexed(Delivery.campaign_id) == campaign_id,) if campaign_id else ()
    sent = (Delivery.state == SENT, *of)
    won = (
        select(Delivery.id)
        .join(Deal, _is_his)
        .where(*sent, Deal.won_at.is_not(None), _within(_days(Delivery.sent_at, Deal.won_at, sqlite=sqlite)))
    )
    paid = (
        select(Delivery.id)
        .join(Deal, _is_his)
        .join(Invoice, Invoice.deal_id == Deal.id)
        .join(Allocation, Allocation.invoice_id == Invoice.id)
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(*sent, Allocation.amount > 0, Payment.undone_at.is_(None),
               _within(_days(Delivery.sent_at, Payment.paid_on, sqlite=sqlite)))
    )  # fmt: skip
    both = union(won, paid).subquery()
    return select(both.c.id)


def _within(days: ColumnElement[Any]) -> ColumnElement[bool]:
    return days.between(0, DAYS)


def _days(
    since: SQLColumnExpression[Any], until: SQLColumnExpression[Any], *, sqlite: bool
) -> ColumnElement[Any]:
    """Give the days from one moment, or day, to another; SQLite keeps both as texts."""
    if sqlite:
        return func.julianday(until) - func.julianday(since)
    return cast(extract("epoch", until - since), Double) / 86_400
