"""Payments and statements of the bank over the API, for managers and admins."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import paying, statement_import, statement_matching
from crm.bank_statements import BankEntry, BankStatement, is_unmatched
from crm.desk import Refusal
from crm.payment_suggestions import Known
from crm.payments import Payment, allocations_of, free, is_loose
from crm.statement_import import BankFile
from crm.web.api_money_shapes import (
    AcceptIn,
    EntryOut,
    PaymentIn,
    PaymentOut,
    RefundIn,
    ShareIn,
    ShareOut,
    SharesIn,
    StatementIn,
    StatementOut,
    StatementsOut,
    SuggestionOut,
)
from crm.web.api_references import refused
from crm.web.bank_statements import understood
from hub.languages import _
from hub.said import again
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

AS_KEPT = (
    "id", "amount", "currency", "paid_on", "how", "payer", "text", "reference", "made_at", "undone_at",
)  # fmt: skip
OF_A_STATEMENT = (
    "id", "account", "currency", "format", "file", "opening", "closing", "since", "until", "count", "known", "read_at",
)  # fmt: skip
OF_AN_ENTRY = ("id", "booked_on", "amount", "currency", "name", "text", "reference")


class PaymentQuery(Paging, frozen=True, kw_only=True):
    """Which payments; `loose`: only those of which something belongs to no invoice."""

    loose: bool = False


@endpoint("GET", "/payments", scope="payments:read", role="manager", query=PaymentQuery, returns=Page[PaymentOut],
          summary="List payments, newest first")  # fmt: skip
async def listed(request: web.Request, query: PaymentQuery) -> Page[PaymentOut]:
    """List payments."""
    return await request.app[DB].read(_listed, query)


@endpoint("GET", "/payments/{id}", scope="payments:read", role="manager", returns=PaymentOut,
          summary="Get one payment")  # fmt: skip
async def payment(request: web.Request) -> PaymentOut:
    """Give one payment."""
    return await request.app[DB].read(
        lambda session, number: _shown(session, _one(session, number)), path_id(request)
    )


@endpoint("POST", "/payments", scope="payments:write", role="manager", body=PaymentIn, returns=PaymentOut, status=201,
          summary="Keep money that came, and give it to invoices")  # fmt: skip
async def receive(request: web.Request, body: PaymentIn) -> PaymentOut:
    """Keep a payment."""
    return await write(request, _receive, viewer_of(request), body)


@endpoint("POST", "/payments/{id}/shares", scope="payments:write", role="manager", body=SharesIn, returns=PaymentOut,
          summary="Give to invoices what of a payment belongs to none")  # fmt: skip
async def give(request: web.Request, body: SharesIn) -> PaymentOut:
    """Give it."""
    return await write(request, _give, viewer_of(request), path_id(request), body)


@endpoint("DELETE", "/payments/{id}/shares", scope="payments:write", role="manager",
          summary="Have a payment belong to no invoice again")  # fmt: skip
async def take_back(request: web.Request) -> None:
    """Take it back."""
    await write(request, _take_back, viewer_of(request), path_id(request))


@endpoint("POST", "/payments/{id}/refunds", scope="payments:write", role="manager", body=RefundIn, returns=PaymentOut,
          status=201, summary="Keep that some of a payment was paid back")  # fmt: skip
async def refund(request: web.Request, body: RefundIn) -> PaymentOut:
    """Keep a refund."""
    return await write(request, _refund, viewer_of(request), path_id(request), body)


@endpoint("DELETE", "/payments/{id}", scope="payments:write", role="manager",
          summary="Take a payment back that was kept by mistake")  # fmt: skip
async def undo(request: web.Request) -> None:
    """Take a payment back."""
    await write(request, _undo, viewer_of(request), path_id(request))


@endpoint("GET", "/bank-statements", scope="payments:read", role="manager", query=Paging, returns=Page[StatementOut],
          summary="List statements of the bank, newest first")  # fmt: skip
async def statements(request: web.Request, query: Paging) -> Page[StatementOut]:
    """List statements."""
    return await request.app[DB].read(_statements, query)


@endpoint("POST", "/bank-statements", scope="payments:write", role="manager", body=StatementIn, returns=StatementsOut,
          status=201, summary="Read a file of the bank, whole or not at all")  # fmt: skip
async def read(request: web.Request, body: StatementIn) -> StatementsOut:
    """Read a file."""
    try:
        data = base64.b64decode(body.content, validate=True)
    except ValueError:
        raise Refusal(_("The content is not written in base64"), field="content") from None
    return await write(request, _read, viewer_of(request), await understood(request, data, body.file))


@endpoint("GET", "/bank-entries", scope="payments:read", role="manager", query=Paging, returns=Page[EntryOut],
          summary="List entries of the bank that are no payment yet, and what each likely pays")  # fmt: skip
async def entries(request: web.Request, query: Paging) -> Page[EntryOut]:
    """List entries."""
    return await request.app[DB].read(_entries, query)


@endpoint("POST", "/bank-entries/{id}/acceptance", scope="payments:write", role="manager", body=AcceptIn,
          returns=PaymentOut, status=201,
          summary="Accept that an entry pays an invoice, or pays a payment back")  # fmt: skip
async def accept(request: web.Request, body: AcceptIn) -> PaymentOut:
    """Accept an entry."""
    return await write(request, _accept, viewer_of(request), path_id(request), body)


@endpoint("DELETE", "/bank-entries/{id}/acceptance", scope="payments:write", role="manager",
          summary="Take back that an entry was accepted")  # fmt: skip
async def refuse(request: web.Request) -> None:
    """Take it back."""
    await write(request, statement_matching.take_back, viewer_of(request), path_id(request))


@endpoint("POST", "/bank-entries/{id}/aside", scope="payments:write", role="manager",
          summary="Say that an entry is no customer's: it is listed no more")  # fmt: skip
async def put_aside(request: web.Request) -> None:
    """Put it aside."""
    await write(request, statement_matching.put_aside, viewer_of(request), path_id(request), aside=True)


@endpoint("DELETE", "/bank-entries/{id}/aside", scope="payments:write", role="manager",
          summary="Say that an entry may be a customer's after all")  # fmt: skip
async def list_again(request: web.Request) -> None:
    """List it again."""
    await write(request, statement_matching.put_aside, viewer_of(request), path_id(request), aside=False)


def _listed(session: Session, query: PaymentQuery) -> Page[PaymentOut]:
    wanted = select(Payment).where(is_loose()) if query.loose else select(Payment)
    rows = session.scalars(newest_first(wanted, Payment.id, query)).all()
    return page_of(rows, query.limit, lambda row: _shown(session, row))


def _receive(session: Session, viewer: Viewer, wanted: PaymentIn) -> PaymentOut:
    came = paying.Money(
        amount=wanted.amount, currency=wanted.currency, paid_on=wanted.paid_on, how=wanted.how, payer=wanted.payer,
        text=wanted.text, reference=wanted.reference,
    )  # fmt: skip
    return _shown(session, paying.receive(session, viewer, came, _shares(wanted.invoices)))


def _give(session: Session, viewer: Viewer, payment_id: int, wanted: SharesIn) -> PaymentOut:
    found = _one(session, payment_id)
    paying.give(session, viewer, found, _shares(wanted.invoices))
    return _shown(session, found)


def _take_back(session: Session, viewer: Viewer, payment_id: int) -> None:
    paying.take_back(session, viewer, _one(session, payment_id))


def _refund(session: Session, viewer: Viewer, payment_id: int, wanted: RefundIn) -> PaymentOut:
    found = _one(session, payment_id)
    return _shown(session, paying.refund(session, viewer, found, wanted.amount, wanted.paid_on, wanted.text))


def _undo(session: Session, viewer: Viewer, payment_id: int) -> None:
    paying.undo(session, viewer, _one(session, payment_id))


def _statements(session: Session, query: Paging) -> Page[StatementOut]:
    rows = session.scalars(newest_first(select(BankStatement), BankStatement.id, query)).all()
    return page_of(rows, query.limit, _statement)


def _read(session: Session, viewer: Viewer, file: BankFile) -> StatementsOut:
    taken = statement_import.take(session, viewer, file)
    return StatementsOut(
        statements=[_statement(session.get_one(BankStatement, each.id)) for each in taken],
        fresh=sum(each.fresh for each in taken), known=sum(each.known for each in taken),
    )  # fmt: skip


def _entries(session: Session, query: Paging) -> Page[EntryOut]:
    known = Known(session)
    rows = session.scalars(newest_first(select(BankEntry).where(is_unmatched()), BankEntry.id, query)).all()
    return page_of(rows, query.limit, lambda row: _entry(session, row, known))


def _accept(session: Session, viewer: Viewer, entry_id: int, wanted: AcceptIn) -> PaymentOut:
    if wanted.invoice is not None and wanted.payment is None:
        made = statement_matching.accept(session, viewer, entry_id, wanted.invoice, another=wanted.another)
    elif wanted.payment is not None and wanted.invoice is None:
        made = statement_matching.refund(session, viewer, entry_id, wanted.payment, another=wanted.another)
    else:
        raise refused(_("Name the invoice that it pays, or the payment that it pays back"), "/invoice")
    return _shown(session, made)


def _shares(wanted: Sequence[ShareIn]) -> dict[int, int]:
    shares = {each.invoice: each.amount for each in wanted}
    if len(shares) != len(wanted):
        raise Refusal(_("An invoice stands there twice"), field="invoices")
    return shares


def _one(session: Session, payment_id: int) -> Payment:
    found = session.get(Payment, payment_id)
    if found is None:
        raise Problem(404, _("There is no such payment."))
    return found


def _shown(session: Session, row: Payment) -> PaymentOut:
    return PaymentOut(
        **{name: getattr(row, name) for name in AS_KEPT}, entry=row.entry_id, refunds=row.refunds_id,
        loose=free(session, row) if row.amount > 0 else 0, url=f"/payments/{row.id}",
        invoices=[ShareOut(invoice=each.invoice_id, amount=each.amount) for each in allocations_of(session, row.id)],
    )  # fmt: skip


def _statement(row: BankStatement) -> StatementOut:
    return StatementOut(
        **{name: getattr(row, name) for name in OF_A_STATEMENT}, url=f"/bank-statements/{row.id}"
    )


def _entry(session: Session, row: BankEntry, known: Known) -> EntryOut:
    sought = statement_matching.sought(row)
    likely, suggestion = known.likely(sought), None
    uninvoiced = None if likely else known.uninvoiced(sought)
    if likely is not None:
        suggestion = SuggestionOut(
            invoice=likely.invoice_id, number=likely.number, sure=likely.sure, why=again(likely.why)
        )
    return EntryOut(
        **{name: getattr(row, name) for name in OF_AN_ENTRY},
        statement=row.statement_id,
        maybe=row.maybe_id,
        suggestion=suggestion,
        uninvoiced=uninvoiced.deal_id if uninvoiced else None,
        refunds=[each.id for each in statement_matching.taken_back(session, row)],
    )
