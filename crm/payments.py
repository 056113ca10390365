"""Payments: money that came or went, however we know of it, and the invoices that it was given to.

One may be given to several invoices. What is not given to any stands among those that nobody knows yet; nothing that
came is ever lost. A refund is a payment of less than nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, UniqueConstraint, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from crm.invoices import Invoice
from hub.clock import now
from hub.db import Base, some
from hub.languages import N_
from hub.rows import hold

HOW = {
    "transfer": N_("Bank transfer"), "card": N_("Card"), "cash": N_("Cash"), "swish": N_("Swish"),
    "provider": N_("Payment provider"), "other": N_("Otherwise"),
}  # fmt: skip
"""How money comes, and what that is called."""


class Payment(Base):
    """Money that came, or went if `amount` is less than nothing, on a day of the bank's.

    `payer` and `text` are what the other side said, `reference` is what it named. `key` is the provider's own name of
    it, unique with its channel; `remote` names the payment at the provider that this, or the refund, belongs to.
    `entry_id` is the entry of a bank statement that it is. `refunds_id` is what is paid back by it. `undone_at` says
    that it was taken back: it counts no more. `told_at` is when a process heard of it.
    """

    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
    currency: Mapped[str]
    paid_on: Mapped[dt.date] = mapped_column(Date)
    how: Mapped[str]
    payer: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    key: Mapped[str | None]
    remote: Mapped[str] = mapped_column(default="")
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("bank_entries.id"), unique=True)
    refunds_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    given: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("channel_id", "key"),
        Index("ix_payments_amount", "amount", "id"),
        Index("ix_payments_remote", "channel_id", "remote"),
        some("ix_payments_loose", "id", where="undone_at IS NULL AND given != amount"),
    )

    @property
    def loose(self) -> int:
        """Give what of it belongs to no invoice yet."""
        return 0 if self.undone_at else self.amount - self.given


class Allocation(Base):
    """So much of a payment was given to an invoice; less than nothing of a refund."""

    __tablename__ = "allocations"

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (UniqueConstraint("payment_id", "invoice_id"),)


def allocations_of(session: Session, payment_id: int) -> Sequence[Allocation]:
    """Give to which invoices a payment was given."""
    rows = select(Allocation).where(Allocation.payment_id == payment_id).order_by(Allocation.id)
    return session.scalars(rows).all()


def payments_of(session: Session, invoice_id: int) -> Sequence[tuple[Allocation, Payment]]:
    """Give what was paid of an invoice, oldest first."""
    rows = select(Allocation, Payment).join(Payment, Payment.id == Allocation.payment_id)
    found = session.execute(
        rows.where(Allocation.invoice_id == invoice_id).order_by(Payment.paid_on, Payment.id)
    )
    return [(allocation, payment) for allocation, payment in found]


def named(session: Session, channel_id: int, key: str) -> Payment | None:
    """Give a provider's payment by the provider's own name of it."""
    return session.scalar(select(Payment).where(Payment.channel_id == channel_id, Payment.key == key))


def refunded(session: Session, ids: Collection[int]) -> Mapping[int, int]:
    """Give how much of payments was paid back, by payment."""
    rows = select(Payment.refunds_id, func.sum(-Payment.amount)).where(
        Payment.refunds_id.in_(ids), Payment.undone_at.is_(None)
    )
    return {each or 0: int(total) for each, total in session.execute(rows.group_by(Payment.refunds_id))}


def free(session: Session, payment: Payment) -> int:
    """Give what of a payment belongs to no invoice and was not paid back."""
    return free_of(session, [payment])[payment.id]


def free_of(session: Session, found: Sequence[Payment]) -> Mapping[int, int]:
    """Give by payment what of it belongs to no invoice and was not paid back."""
    backs = (
        select(Payment.refunds_id, func.sum(Payment.amount - Payment.given))
        .where(Payment.refunds_id.in_([each.id for each in found]), Payment.undone_at.is_(None))
        .group_by(Payment.refunds_id)
    )
    back = {number: int(amount) for number, amount in session.execute(backs)}
    return {each.id: each.loose + back.get(each.id, 0) for each in found}


def given_of(session: Session, payment_id: int) -> Mapping[int, int]:
    """Give how much of a payment each invoice has, less what was paid back of it; in the order in which it came."""
    of = or_(Payment.id == payment_id, Payment.refunds_id == payment_id)
    rows = select(Allocation.invoice_id, func.sum(Allocation.amount)).join(Payment).where(of)
    grouped = rows.group_by(Allocation.invoice_id).order_by(func.min(Allocation.id))
    return {invoice_id: int(amount) for invoice_id, amount in session.execute(grouped)}


def is_loose() -> ColumnElement[bool]:
    """Tell which payments, or refunds of what was never heard of, have something that belongs to no invoice."""
    back = aliased(Payment)
    backs = select(func.coalesce(func.sum(back.amount - back.given), 0)).where(
        back.refunds_id == Payment.id, back.undone_at.is_(None)
    )
    return and_(
        Payment.undone_at.is_(None), Payment.given != Payment.amount, Payment.refunds_id.is_(None),
        Payment.amount - Payment.given + backs.correlate(Payment).scalar_subquery() != 0,
    )  # fmt: skip


def locked(session: Session, payment_id: int) -> Payment | None:
    """Give a payment as it is now, held until the transaction ends: what is paid back of it is a row beside it."""
    hold(session, Payment, payment_id)
    return session.get(Payment, payment_id, populate_existing=True)


def invoices_with(session: Session, ids: Collection[int]) -> Mapping[int, Invoice]:
    """Give invoices by their ids."""
    return {each.id: each for each in session.scalars(select(Invoice).where(Invoice.id.in_(ids)))}
