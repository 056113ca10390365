"""Invoices, payments and statements as programs see them.

Sums are whole numbers in the smallest unit of their currency, quantities in thousandths, rates in hundredths of a
percent.
"""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from crm.desk import WHY
from crm.invoices import State
from crm.money import MOST
from crm.web.api_deal_shapes import Currency, Day, Rate, TaxOut
from crm.web.api_shapes import Id, Line
from hub.web.decoding import Body

Money = Annotated[int, Meta(ge=1, le=MOST)]
How = Literal["transfer", "card", "cash", "swish", "provider", "other"]


class InvoiceLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A line. A negative price takes off what was asked before."""

    name: str
    unit: str
    quantity: int
    price: int
    discount: int
    tax: int
    net: int


class InvoiceOut(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice, or with `credits` (an id) the credit note that cancels one. A draft has no number.

    `outstanding` of less than nothing is to be paid back. `percent` is of a deposit.
    """

    id: int
    deal: int
    part: Literal["all", "deposit", "rest"]
    percent: int
    language: str
    currency: str
    number: str | None
    reference: str | None
    state: State
    made_at: datetime
    issued_at: datetime | None
    issued_on: dt.date | None
    due_on: dt.date | None
    amount: int
    paid: int
    outstanding: int
    credits: int | None
    cancelled_at: datetime | None
    why: str
    lines: list[InvoiceLineOut]
    taxes: list[TaxOut]
    url: str


class InvoiceIn(Body, frozen=True, kw_only=True):
    """What an invoice is to ask for: all that is sold, `percent` (in hundredths of one) as a deposit, or the rest."""

    part: Literal["all", "deposit", "rest"] = "all"
    percent: Rate = 0
    language: Literal["en", "sv"] = "en"


class IssueIn(Body, frozen=True, kw_only=True):
    """Until when it is to be paid; without it, as the letterhead says."""

    due_on: Day | None = None


class CreditIn(Body, frozen=True, kw_only=True):
    """Why an invoice is cancelled."""

    why: Annotated[str, Meta(min_length=1, max_length=WHY)]


class ShareIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much for an invoice, by its id."""

    invoice: Id
    amount: Money


class PaymentIn(Body, frozen=True, kw_only=True):
    """Money that came, and the invoices that it is for."""

    amount: Money
    currency: Currency
    paid_on: Day
    how: How = "transfer"
    payer: Line = ""
    text: Line = ""
    reference: Line = ""
    invoices: Annotated[tuple[ShareIn, ...], Meta(max_length=100)] = ()


class RefundIn(Body, frozen=True, kw_only=True):
    """Money that went back."""

    amount: Money
    paid_on: Day
    text: Line = ""


class SharesIn(Body, frozen=True, kw_only=True):
    """Invoices that get what of a payment belongs to none yet."""

    invoices: Annotated[list[ShareIn], Meta(min_length=1, max_length=100)]


class ShareOut(msgspec.Struct, frozen=True, kw_only=True):
    """So much was given to an invoice; less than nothing of a refund."""

    invoice: int
    amount: int


class PaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A payment; a refund has an `amount` of less than nothing, and `refunds` says of what.

    `loose` is what of it belongs to no invoice. `undone_at`: it was taken back and counts no more.
    """

    id: int
    amount: int
    currency: str
    paid_on: dt.date
    how: str
    payer: str
    text: str
    reference: str
    entry: int | None
    refunds: int | None
    made_at: datetime
    undone_at: datetime | None
    loose: int
    invoices: list[ShareOut]
    url: str


class StatementOut(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of the bank; `known` of its `count` entries had been read before."""

    id: int
    account: str
    currency: str
    format: str
    file: str
    opening: int | None
    closing: int | None
    since: dt.date | None
    until: dt.date | None
    count: int
    known: int
    read_at: datetime
    url: str


class StatementIn(Body, frozen=True, kw_only=True):
    """A file of the bank (CSV or camt.053), its bytes in base64."""

    content: Annotated[str, Meta(min_length=1, max_length=950_000)]
    file: Line = ""


class StatementsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The statements that a file held: how many entries were new, and how many had been read before."""

    statements: list[StatementOut]
    fresh: int
    known: int


class SuggestionOut(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that an entry is likely for, and why in words."""

    invoice: int
    number: str
    sure: bool
    why: str


class EntryOut(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the bank that is no payment yet; `maybe` is the entry that it may be the same as.

    `uninvoiced` is the deal whose paper it names, such as the quote, and which asks for nothing yet. `refunds` are the
    payments that one which went out may pay back.
    """

    id: int
    statement: int
    booked_on: dt.date
    amount: int
    currency: str
    name: str
    text: str
    reference: str
    suggestion: SuggestionOut | None
    uninvoiced: int | None
    maybe: int | None
    refunds: list[int]


class AcceptIn(Body, frozen=True, kw_only=True):
    """The invoice that an entry pays, by its id, or the payment that one which went out pays back.

    `another` says that it is not the same as the one it may be.
    """

    invoice: Id | None = None
    payment: Id | None = None
    another: bool = False
