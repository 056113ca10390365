"""Statements of the bank and their entries, as files told them. What an entry pays is a payment of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, UniqueConstraint, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.payments import Payment
from hub.clock import now
from hub.db import Base
from hub.rows import hold


class BankStatement(Base):
    """A statement of one account. `key` is the bank's own name of it, or the digest of its file.

    `opening` and `closing` are the balances that it states, in the smallest unit, None where it states none. `count` is
    how many entries stand in it, `known` how many of them had been read before.
    """

    __tablename__ = "bank_statements"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str]
    currency: Mapped[str]
    key: Mapped[str]
    format: Mapped[str]
    file: Mapped[str]
    digest: Mapped[str]
    opening: Mapped[int | None]
    closing: Mapped[int | None]
    since: Mapped[dt.date | None] = mapped_column(Date)
    until: Mapped[dt.date | None] = mapped_column(Date)
    count: Mapped[int]
    known: Mapped[int]
    read_at: Mapped[datetime] = mapped_column(default=now)
    read_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (UniqueConstraint("account", "key"),)


class BankEntry(Base):
    """One payment that a statement tells of; those that a bank books together stand apart, where it says them.

    `key` is the bank's own reference, or what the entry says, and unique with its account: an entry is read once from
    however many files. `amount` is less than nothing for what went out. `is_reversal`: the bank took something back.
    `put_aside_at` says that it is none of a customer's. `maybe_id` is an entry of a file of another form that it may be
    the same as: it pays nothing until a person says that it is another one.
    """

    __tablename__ = "bank_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statements.id"))
    account: Mapped[str]
    key: Mapped[str]
    booked_on: Mapped[dt.date] = mapped_column(Date)
    amount: Mapped[int]
    currency: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    is_reversal: Mapped[bool] = mapped_column(default=False)
    put_aside_at: Mapped[datetime | None]
    put_aside_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    maybe_id: Mapped[int | None] = mapped_column(ForeignKey("bank_entries.id"))

    __table_args__ = (
        UniqueConstraint("account", "key"),
        Index("ix_bank_entries_statement", "statement_id", "id"),
    )


def statements(session: Session, limit: int) -> Sequence[BankStatement]:
    """Give the statements that were read last."""
    return session.scalars(select(BankStatement).order_by(BankStatement.id.desc()).limit(limit)).all()


def is_unmatched() -> ColumnElement[bool]:
    """Tell which entries are no payment yet, and were not put aside."""
    taken = exists().where(Payment.entry_id == BankEntry.id, Payment.undone_at.is_(None)).correlate(BankEntry)
    return BankEntry.put_aside_at.is_(None) & ~taken


def unmatched(session: Session, limit: int, before: int | None = None) -> Sequence[BankEntry]:
    """Give entries that may be a customer's and are no payment yet, newest first; of those numbered below `before`."""
    rows = select(BankEntry).where(is_unmatched(), (BankEntry.amount > 0) | BankEntry.is_reversal)
    if before is not None:
        rows = rows.where(BankEntry.id < before)
    return session.scalars(rows.order_by(BankEntry.id.desc()).limit(limit)).all()


def locked(session: Session, entry_id: int) -> BankEntry | None:
    """Give an entry, held until the transaction ends: what it pays is a row beside it."""
    hold(session, BankEntry, entry_id)
    return session.get(BankEntry, entry_id, populate_existing=True)
