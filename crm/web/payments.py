"""The room Payments: what the bank and the providers told that belongs to no invoice yet, and every payment."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import money, payment_references, statement_matching
from crm.bank_statements import BankEntry, BankStatement, is_unmatched, unmatched
from crm.payment_suggestions import Known, Sought, Suggestion, Uninvoiced
from crm.payments import HOW, Payment, free_of, is_loose
from hub.languages import N_, _
from hub.said import again
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.moments import written
from hub.web.pages import is_fragment, page, render

HERE = "/payments"
SHOWN = 100

add_room(Room(href=HERE, name=N_("Payments"), icon="order", order=35, role="manager"))


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the room."""

    href: str
    words: str
    current: bool
    count: int = 0


class Likely(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that money is likely for, and why in words."""

    id: int
    number: str
    customer: str
    outstanding: str
    sure: bool
    why: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the bank or a payment. `back` are the payments that it may pay back: (id, words).

    `maybe` is what it may be the same as, in words; `uninvoiced` the deal whose paper it names, and which asks for
    nothing yet. One that `waits` is booked on a day that is still to come.
    """

    id: int
    amount: str
    on: str
    name: str
    text: str
    reference: str
    how: str = ""
    out: bool = False
    likely: Likely | None = None
    uninvoiced: Uninvoiced | None = None
    back: Sequence[tuple[int, str]] = ()
    maybe: str = ""
    waits: bool = False
    state: str = ""
    mark: str = ""


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _payments.html: entries and payments that belong to no invoice, the first of `left` in all."""

    tabs: Sequence[Tab]
    entries: Sequence[Row]
    left: int
    loose: Sequence[Row]
    sure: int
    statements: int


@page("GET", HERE, role="manager")
async def matching(request: web.Request) -> web.StreamResponse:
    """Show what belongs to no invoice yet."""
    shown = await request.app[DB].read(_matching)
    template = "_payments.html" if is_fragment(request) else "payments.html"
    return await render(request, template, title=_("Payments"), money=shown)


@page("GET", f"{HERE}/all", role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show every payment, the newest first."""
    text = request.query.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - an id
    rows, tabs = await request.app[DB].read(_every, before)
    more = f"{HERE}/all?before={rows[-1].id}" if len(rows) == SHOWN else ""
    return await render(request, "payments_all.html", title=_("Payments"), rows=rows, tabs=tabs, more=more)


def tabs_of(session: Session, here: str) -> Sequence[Tab]:
    """Give the parts of the room."""
    waiting = session.scalar(
        select(func.count(BankEntry.id)).where(is_unmatched(), (BankEntry.amount > 0) | BankEntry.is_reversal)
    )
    loose = session.scalar(select(func.count(Payment.id)).where(is_loose()))
    return [
        Tab(href=HERE, words=_("To match"), current=here == HERE, count=(waiting or 0) + (loose or 0)),
        Tab(href=f"{HERE}/all", words=_("All payments"), current=here == f"{HERE}/all"),
        Tab(href="/invoices", words=_("Invoices"), current=here == "/invoices"),
        Tab(href="/bank-statements", words=_("Statements"), current=here == "/bank-statements"),
    ]


def _matching(session: Session) -> Matching:
    known = Known(session)
    waiting = unmatched(session, SHOWN)
    found = session.scalars(select(Payment).where(is_loose()).order_by(Payment.id.desc()).limit(SHOWN)).all()
    tabs = tabs_of(session, HERE)
    left = free_of(session, found)
    sought = [_sought(each, left[each.id]) for each in found]
    known.read_papers([*map(statement_matching.sought, waiting), *sought])
    entries = [_entry(session, each, known) for each in waiting]
    loose = [_loose(each, what, known) for each, what in zip(found, sought, strict=True)]
    return Matching(
        tabs=tabs, entries=entries, left=tabs[0].count - len(loose), loose=loose,
        sure=sum(1 for each in entries if each.likely and each.likely.sure and not each.maybe and not each.waits),
        statements=session.scalar(select(func.count(BankStatement.id))) or 0,
    )  # fmt: skip


def _entry(session: Session, entry: BankEntry, known: Known) -> Row:
    back = [
        (each.id, _("%(sum)s of %(day)s", sum=money.written(each.amount, each.currency),
                    day=written(each.paid_on, "d MMM y")))
        for each in statement_matching.taken_back(session, entry)
    ]  # fmt: skip
    row = _matched(entry_row(entry), known, statement_matching.sought(entry))
    waits = statement_matching.is_to_come(session, entry)
    return msgspec.structs.replace(row, back=back, maybe=_maybe(session, entry), waits=waits)


def _matched(row: Row, known: Known, sought: Sought) -> Row:
    """Show what money is likely for, or what it names that asks for none yet."""
    likely = _likely(known.likely(sought), sought.currency)
    return msgspec.structs.replace(
        row, likely=likely, uninvoiced=None if likely else known.uninvoiced(sought)
    )


def _maybe(session: Session, entry: BankEntry) -> str:
    """Say what an entry may be the same as."""
    if entry.maybe_id is None:
        return ""
    other = session.get_one(BankEntry, entry.maybe_id)
    file = session.get_one(BankStatement, other.statement_id).file
    return _("Maybe the same as %(sum)s of %(day)s, %(who)s, from %(file)s",
             sum=money.written(other.amount, other.currency), day=written(other.booked_on, "d MMM y"),
             who=other.name or other.text or _("Nobody named"), file=file)  # fmt: skip


def entry_row(entry: BankEntry) -> Row:
    """Show an entry of the bank."""
    return Row(
        id=entry.id, amount=money.written(entry.amount, entry.currency), on=written(entry.booked_on, "d MMM y"),
        name=entry.name, text=entry.text, reference=_reference(entry.reference), out=entry.amount < 0,
    )  # fmt: skip


def _sought(payment: Payment, left: int) -> Sought:
    return Sought(amount=left, currency=payment.currency, on=payment.paid_on, name=payment.payer, text=payment.text,
                  reference=payment.reference)  # fmt: skip


def _loose(payment: Payment, sought: Sought, known: Known) -> Row:
    row = Row(
        id=payment.id, amount=money.written(sought.amount, payment.currency), on=written(payment.paid_on, "d MMM y"),
        name=payment.payer, text=payment.text, reference=_reference(payment.reference), how=_(HOW[payment.how]),
        out=payment.amount < 0,
    )  # fmt: skip
    return _matched(row, known, sought)


def _likely(found: Suggestion | None, currency: str) -> Likely | None:
    if found is None:
        return None
    return Likely(
        id=found.invoice_id, number=found.number, customer=found.customer, sure=found.sure, why=again(found.why),
        outstanding=money.written(found.outstanding, currency),
    )  # fmt: skip


def _every(session: Session, before: int | None) -> tuple[Sequence[Row], Sequence[Tab]]:
    wanted = select(Payment).order_by(Payment.id.desc()).limit(SHOWN)
    if before is not None:
        wanted = wanted.where(Payment.id < before)
    found = session.scalars(wanted).all()
    left = free_of(session, found)
    return [payment_row(each, left[each.id]) for each in found], tabs_of(session, f"{HERE}/all")


def payment_row(payment: Payment, left: int) -> Row:
    """Show a payment, of which so much is `left`, and how it stands."""
    words, mark = _state(left, payment)
    return Row(
        id=payment.id, amount=money.written(payment.amount, payment.currency), on=written(payment.paid_on, "d MMM y"),
        name=payment.payer, text=payment.text, reference=_reference(payment.reference), how=_(HOW[payment.how]),
        out=payment.amount < 0, state=words, mark=mark,
    )  # fmt: skip


def _state(left: int, payment: Payment) -> tuple[str, str]:
    if payment.undone_at is not None:
        return _("Taken back"), "off"
    if payment.refunds_id is not None:
        return _("Refund"), "off"
    if left == 0:
        return _("Given to invoices"), "free"
    return _("%(sum)s belong to no invoice", sum=money.written(left, payment.currency)), "soon"


def _reference(text: str) -> str:
    return payment_references.written(text)
