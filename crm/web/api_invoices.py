"""Invoices over the API: written, issued, cancelled by a credit note."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import invoice_making
from crm.deals import Deal
from crm.invoice_making import Wanted
from crm.invoices import Invoice, comes_to, is_open, lines_of
from crm.rights import deal_for, sees_deal
from crm.web.api_deal_lines import seen
from crm.web.api_deal_shapes import TaxOut
from crm.web.api_money_shapes import CreditIn, InvoiceIn, InvoiceLineOut, InvoiceOut, IssueIn
from crm.web.api_shapes import Id
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem

AS_KEPT = (
    "id", "part", "percent", "language", "currency", "number", "reference", "state", "made_at", "issued_at",
    "issued_on", "due_on", "amount", "paid", "outstanding", "cancelled_at", "why",
)  # fmt: skip
OF_A_LINE = ("name", "unit", "quantity", "price", "discount", "tax", "net")


class InvoiceQuery(Paging, frozen=True, kw_only=True):
    """Which invoices."""

    deal: Id | None = None
    open: bool = False


@endpoint("GET", "/invoices", scope="deals:read", query=InvoiceQuery, returns=Page[InvoiceOut],
          summary="List invoices, newest first; with `open` those that wait for money")  # fmt: skip
async def listed(request: web.Request, query: InvoiceQuery) -> Page[InvoiceOut]:
    """List invoices."""
    return await request.app[DB].read(_listed, viewer_of(request), query)


@endpoint("GET", "/invoices/{id}", scope="deals:read", returns=InvoiceOut, summary="Get one invoice")
async def invoice(request: web.Request) -> InvoiceOut:
    """Give one invoice."""
    return await request.app[DB].read(
        lambda session, viewer, number: _shown(session, _seen(session, viewer, number)),
        viewer_of(request), path_id(request),
    )  # fmt: skip


@endpoint("POST", "/deals/{id}/invoices", scope="deals:write", body=InvoiceIn, returns=InvoiceOut, status=201,
          summary="Write an invoice of a deal; it is a draft until it is issued")  # fmt: skip
async def draft(request: web.Request, body: InvoiceIn) -> InvoiceOut:
    """Write an invoice."""
    return await write(request, _draft, viewer_of(request), path_id(request), body)


@endpoint("DELETE", "/invoices/{id}", scope="deals:write", summary="Throw a draft away")
async def throw_away(request: web.Request) -> None:
    """Forget a draft."""
    await write(request, _throw_away, viewer_of(request), path_id(request))


@endpoint("POST", "/invoices/{id}/issue", scope="deals:write", body=IssueIn, returns=InvoiceOut,
          summary="Issue an invoice: it has its number and changes no more")  # fmt: skip
async def issue(request: web.Request, body: IssueIn) -> InvoiceOut:
    """Issue an invoice."""
    return await write(request, _issue, viewer_of(request), path_id(request), body)


@endpoint("POST", "/invoices/{id}/credit-note", scope="deals:write", role="manager", body=CreditIn, returns=InvoiceOut,
          status=201, summary="Cancel an invoice by a credit note, which is given back")  # fmt: skip
async def credit(request: web.Request, body: CreditIn) -> InvoiceOut:
    """Cancel an invoice."""
    return await write(request, _credit, viewer_of(request), path_id(request), body)


def _listed(session: Session, viewer: Viewer, query: InvoiceQuery) -> Page[InvoiceOut]:
    wanted = select(Invoice).join(Deal).where(sees_deal(viewer))
    if query.deal is not None:
        wanted = wanted.where(Invoice.deal_id == query.deal)
    if query.open:
        wanted = wanted.where(is_open())
    rows = session.scalars(newest_first(wanted, Invoice.id, query)).all()
    return page_of(rows, query.limit, lambda row: _shown(session, row))


def _draft(session: Session, viewer: Viewer, deal_id: int, wanted: InvoiceIn) -> InvoiceOut:
    asked = Wanted(part=wanted.part, percent=wanted.percent, language=wanted.language)
    return _shown(session, invoice_making.draft(session, viewer, seen(session, viewer, deal_id), asked))


def _throw_away(session: Session, viewer: Viewer, invoice_id: int) -> None:
    invoice_making.throw_away(session, viewer, _seen(session, viewer, invoice_id))


def _issue(session: Session, viewer: Viewer, invoice_id: int, wanted: IssueIn) -> InvoiceOut:
    found = _seen(session, viewer, invoice_id)
    return _shown(session, invoice_making.issue(session, viewer, found, wanted.due_on))


def _credit(session: Session, viewer: Viewer, invoice_id: int, wanted: CreditIn) -> InvoiceOut:
    return _shown(
        session, invoice_making.credit(session, viewer, _seen(session, viewer, invoice_id), wanted.why)
    )


def _seen(session: Session, viewer: Viewer, invoice_id: int) -> Invoice:
    found = session.get(Invoice, invoice_id)
    if found is None or deal_for(session, viewer, found.deal_id) is None:
        raise Problem(404, _("There is no such invoice."))
    return found


def _shown(session: Session, row: Invoice) -> InvoiceOut:
    lines = lines_of(session, row.id)
    return InvoiceOut(
        **{name: getattr(row, name) for name in AS_KEPT}, deal=row.deal_id, credits=row.credits_id,
        lines=[InvoiceLineOut(**{name: getattr(line, name) for name in OF_A_LINE}) for line in lines],
        taxes=[TaxOut(rate=rate, sum=tax) for rate, tax in comes_to(lines).taxes.items()], url=f"/invoices/{row.id}",
    )  # fmt: skip
