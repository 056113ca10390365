"""Invoices of a deal, their lines as they were when they were written, and how each stands.

A draft has no number yet. Issued, an invoice is what was sent and never changes; one that is wrong is cancelled by a
credit note, which is an invoice of its own that takes everything back. What is paid stands in crm/payments.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.deal_lines import THOUSAND, Totals, added, net
from hub.clock import now
from hub.db import Base, some
from hub.statements import Statement
from hub.unindexed import Unindexed

State = Literal["draft", "issued", "partly paid", "paid", "overpaid", "cancelled", "credit note"]


class Invoice(Base):
    """An invoice, or with `credits_id` the credit note that cancels one.

    `part` says of what it asks: all, or as a deposit `percent` (in hundredths) of the deal, or the rest. `number`,
    `reference`, `issued_on` and `due_on` come when it is issued. `amount` is with tax, in the smallest unit of
    `currency`; `paid` is the sum of its allocations. `completed_at` stands on the invoice of all or of the
    rest: when all of the deal was first paid. The deal is moved by that, once.
    """

    __tablename__ = "invoices"

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    part: Mapped[str]
    percent: Mapped[int] = mapped_column(default=0)
    language: Mapped[str]
    currency: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    number: Mapped[str | None] = mapped_column(unique=True)
    reference: Mapped[str | None] = mapped_column(unique=True)
    issued_at: Mapped[datetime | None]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    issued_on: Mapped[dt.date | None] = mapped_column(Date)
    due_on: Mapped[dt.date | None] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(default=0)
    paid: Mapped[int] = mapped_column(default=0)
    completed_at: Mapped[datetime | None]
    credits_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), unique=True)
    cancelled_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        Index("ix_invoices_deal", "deal_id", "id"),
        some("ix_invoices_open", "currency", "id", where=(
            "issued_at IS NOT NULL AND cancelled_at IS NULL AND paid < amount"
        )),
    )  # fmt: skip

    @property
    def owed(self) -> int:
        """Give what is owed of it in all: nothing for a draft, a credit note, or what one cancelled."""
        return self.amount if self.issued_at and not self.cancelled_at and not self.credits_id else 0

    @property
    def outstanding(self) -> int:
        """Give what is still to be paid; less than nothing is to be paid back."""
        return self.owed - self.paid

    @property
    def state(self) -> State:
        """Say how it stands."""
        if self.credits_id is not None:
            return "credit note"
        if self.issued_at is None or self.cancelled_at is not None:
            return "draft" if self.issued_at is None else "cancelled"
        if self.paid < self.amount:
            return "partly paid" if self.paid > 0 else "issued"
        return "paid" if self.paid == self.amount else "overpaid"


class InvoiceLine(Base):
    """One line, counted as those of deals are; a negative price takes off what was asked before."""

    __tablename__ = "invoice_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    position: Mapped[int]
    name: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    quantity: Mapped[int] = mapped_column(default=THOUSAND)
    price: Mapped[int]
    discount: Mapped[int] = mapped_column(default=0)
    tax: Mapped[int] = mapped_column(default=0)

    @property
    def net(self) -> int:
        """Give what the line costs after its discount, without tax."""
        return net(self.quantity, self.price, self.discount)


def is_open() -> ColumnElement[bool]:
    """Tell which invoices wait for money."""
    return (
        Invoice.issued_at.is_not(None) & Invoice.cancelled_at.is_(None) & Unindexed(Invoice.credits_id).is_(None)
        & (Invoice.paid < Invoice.amount)
    )  # fmt: skip


def invoices_of(session: Session, deal_id: int) -> Sequence[Invoice]:
    """Give the invoices of a deal, the newest first."""
    rows = select(Invoice).where(Invoice.deal_id == deal_id).order_by(Invoice.id.desc())
    return session.scalars(rows).all()


def owed_of(session: Session, deal_id: int) -> Sequence[Invoice]:
    """Give the invoices of a deal by which something is owed, paid or not, the newest first."""
    return [each for each in invoices_of(session, deal_id) if each.owed]


def lines_of(session: Session, invoice_id: int) -> Sequence[InvoiceLine]:
    """Give its lines, in their order."""
    rows = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)
    return session.scalars(rows.order_by(InvoiceLine.position, InvoiceLine.id)).all()


def comes_to(lines: Sequence[InvoiceLine]) -> Totals:
    """Add an invoice's lines up."""
    return added((line.tax, line.net) for line in lines)


def locked(session: Session, ids: Collection[int]) -> Mapping[int, Invoice]:
    """Give invoices as they are now, each held until the transaction ends, in the order of their numbers."""
    rows = select(Invoice).where(Invoice.id.in_(ids)).order_by(Invoice.id)
    held = rows.with_for_update().execution_options(populate_existing=True)
    return {each.id: each for each in session.scalars(held)}


def sums_of(session: Session, deal_id: int) -> tuple[int, int]:
    """Give what was paid of a deal's invoices, and what is still to be paid of them."""
    paid, asked = _SUMS.one(session, {"deal": deal_id})
    return int(paid or 0), int(asked or 0) - int(paid or 0)


_SUMS = Statement(
    select(
        func.sum(Invoice.paid),
        func.sum(Invoice.amount).filter(
            Invoice.issued_at.is_not(None), Invoice.cancelled_at.is_(None), Invoice.credits_id.is_(None)
        ),
    ).where(Invoice.deal_id == bindparam("deal"))
)
