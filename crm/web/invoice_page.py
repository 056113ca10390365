"""The page of one invoice: its lines, what was paid of it, its paper; issuing, cancelling, taking money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import document_sendings, invoice_making, invoice_papers, invoices, money, paying, payment_references
from crm.deals import Deal
from crm.desk import Refusal
from crm.document_drafts import Unwanted
from crm.documents import DealDocument
from crm.invoices import Invoice, comes_to, lines_of
from crm.paying import Money
from crm.payments import HOW, payments_of
from crm.rights import deal_for
from crm.web.deal_cards import contact_names
from crm.web.document_files import paper as shown_as
from crm.web.document_making import MAKER
from crm.web.invoice_rows import InvoiceRow, invoice_row
from crm.web.stage_asks import day
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _
from hub.letters import Enclosure
from hub.papers import UnmadeError
from hub.said import again
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import BLOBS, DB
from hub.web.moments import written
from hub.web.pages import PAGES, Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

SENDING = "/documents/{id}/sending"

Values = Mapping[str, str]


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line."""

    name: str
    quantity: str
    price: str
    discount: str
    tax: str
    net: str


class PaidView(msgspec.Struct, frozen=True, kw_only=True):
    """Money that was given to it; `payment` is 0 for who may not open it."""

    payment: int
    amount: str
    on: str
    how: str
    payer: str


class InvoiceView(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _invoice.html."""

    row: InvoiceRow
    deal_id: int
    deal: str
    customer: str
    is_draft: bool
    is_open: bool
    cancels: tuple[int, str] | None
    why: str
    issued: str
    reference: str
    currency: str
    lines: Sequence[LineView]
    sums: Sequence[tuple[str, str]]
    gross: str
    paid: Sequence[PaidView]
    owed: str
    seen: int
    today: str
    hows: Sequence[tuple[str, str]]
    keeps_money: bool
    sending: str


@page("GET", "/invoices/{id}")
async def invoice(request: web.Request) -> web.StreamResponse:
    """Show an invoice."""
    shown = await request.app[DB].read(_shown, viewer_of(request), path_id(request))
    if is_fragment(request):
        return await render(request, "_invoice.html", invoice=shown)
    title = _("Invoice") if shown.is_draft else _("Invoice %(number)s", number=shown.row.number)
    return await render(
        request, "invoice.html", title=title, sub=shown.customer,
        back=Back(f"/deals/{shown.deal_id}", shown.deal), invoice=shown,
    )  # fmt: skip


@page("POST", "/invoices/{id}/issue")
async def issue(request: web.Request) -> web.StreamResponse:
    """Give an invoice its number; its paper follows."""
    said, invoice_id, viewer = await form(request), path_id(request), viewer_of(request)
    number = await request.app[DB].write(_issue, viewer, invoice_id, said)
    await paper_made(request, viewer, await request.app[DB].read(_seen, viewer, invoice_id))
    return await changed(
        request, Toast(text=_("Issued: %(number)s", number=number)), back=f"/invoices/{invoice_id}"
    )


@page("DELETE", "/invoices/{id}")
async def throw_away(request: web.Request) -> web.StreamResponse:
    """Forget a draft."""
    deal_id = await request.app[DB].write(_throw_away, viewer_of(request), path_id(request))
    if is_fragment(request):
        response = await changed(request, Toast(text=_("The draft is thrown away")))
        response.headers["HX-Location"] = f"/deals/{deal_id}"
        return response
    return await changed(request, Toast(text=_("The draft is thrown away")), back=f"/deals/{deal_id}")


@page("POST", "/invoices/{id}/credit-note", role="manager")
async def credit(request: web.Request) -> web.StreamResponse:
    """Cancel an invoice."""
    said, invoice_id, viewer = await form(request), path_id(request), viewer_of(request)
    note, number = await request.app[DB].write(_credit, viewer, invoice_id, said)
    await paper_made(request, viewer, await request.app[DB].read(_seen, viewer, note))
    toast = Toast(
        text=_("Cancelled by %(number)s", number=number), href=f"/invoices/{note}", words=_("Look at it")
    )
    return await changed(request, toast, back=f"/invoices/{invoice_id}")


@page("POST", "/invoices/{id}/payments", role="manager")
async def pay(request: web.Request) -> web.StreamResponse:
    """Keep money that came for an invoice."""
    said, invoice_id = await form(request), path_id(request)
    words = await request.app[DB].write(_pay, viewer_of(request), invoice_id, said)
    return await changed(request, Toast(text=words), back=f"/invoices/{invoice_id}")


@page("GET", "/invoices/{id}/paper")
async def paper(request: web.Request) -> web.StreamResponse:
    """Show the paper of an invoice; one that was never made, as when the hub was killed before, is made now."""
    viewer, invoice_id = viewer_of(request), path_id(request)
    made = await paper_made(request, viewer, await request.app[DB].read(_seen, viewer, invoice_id))
    file = await request.app[DB].read(_file, made)
    return shown_as(request.app[BLOBS].path(file.blob), file, save="save" in request.query)


async def paper_made(request: web.Request, viewer: Viewer, found: Invoice) -> int:
    """Give the document that is the paper of an invoice, made if there is none. Refusal says why there can be none."""
    try:
        return await request.app[MAKER].make(viewer, invoice_papers.wanted_for(found))
    except (Unwanted, UnmadeError) as error:
        raise Refusal(str(error)) from error


def _shown(session: Session, viewer: Viewer, invoice_id: int) -> InvoiceView:
    found = _seen(session, viewer, invoice_id)
    deal, zone = session.get_one(Deal, found.deal_id), zone_of(session)
    lines = lines_of(session, found.id)
    sums, cancels = comes_to(lines), session.get(Invoice, found.credits_id or 0)
    made = invoice_papers.paper_of(session, found.id)
    sends = made is not None and any(each.path == SENDING for each in PAGES)
    return InvoiceView(
        row=invoice_row(session, found), deal_id=deal.id, deal=deal.title,
        customer=contact_names(session, {deal.contact_id}).get(deal.contact_id, ""), is_draft=found.issued_at is None,
        is_open=found.owed > 0, cancels=(cancels.id, cancels.number or "") if cancels else None, why=found.why,
        issued=written(found.issued_on, "d MMM y") if found.issued_on else "", currency=found.currency,
        reference=payment_references.written(found.reference or ""),
        lines=[
            LineView(
                name=each.name, quantity=f"{money.typed_quantity(each.quantity)} {each.unit}".strip(),
                price=money.written(each.price, found.currency), tax=f"{money.typed_percent(each.tax)} %",
                discount=f"{money.typed_percent(each.discount)} %" if each.discount else "",
                net=money.written(each.net, found.currency),
            )
            for each in lines
        ],
        sums=[(_("Without tax"), money.written(sums.net, found.currency)),
              *((_("Tax %(rate)s %%", rate=money.typed_percent(rate)), money.written(tax, found.currency))
                for rate, tax in sums.taxes.items())],
        gross=money.written(sums.gross, found.currency), paid=_paid(session, viewer, found),
        owed=money.typed(max(0, found.outstanding), found.currency), seen=found.paid,
        today=now().astimezone(zone).date().isoformat(),
        hows=[(key, _(name)) for key, name in HOW.items()], keeps_money=viewer.sees_all,
        sending=SENDING.replace("{id}", str(made.id)) if sends and made else "",
    )  # fmt: skip


def _file(session: Session, document_id: int) -> Enclosure:
    return document_sendings.enclosure(session, session.get_one(DealDocument, document_id))


def _paid(session: Session, viewer: Viewer, found: Invoice) -> Sequence[PaidView]:
    return [
        PaidView(
            payment=payment.id if viewer.sees_all else 0, amount=money.written(allocation.amount, payment.currency),
            on=written(payment.paid_on, "d MMM y"), how=_(HOW.get(payment.how, payment.how)), payer=payment.payer,
        )
        for allocation, payment in payments_of(session, found.id)
    ]  # fmt: skip


def _seen(session: Session, viewer: Viewer, invoice_id: int) -> Invoice:
    """Give an invoice of a deal that this viewer sees."""
    found = session.get(Invoice, invoice_id)
    if found is None or deal_for(session, viewer, found.deal_id) is None:
        raise Problem(404, _("There is no such invoice, or it belongs to another department."))
    return found


def _issue(session: Session, viewer: Viewer, invoice_id: int, said: Values) -> str:
    due = _day(said.get("due", ""))
    return invoice_making.issue(session, viewer, _seen(session, viewer, invoice_id), due).number or ""


def _throw_away(session: Session, viewer: Viewer, invoice_id: int) -> int:
    found = _seen(session, viewer, invoice_id)
    deal_id = found.deal_id
    invoice_making.throw_away(session, viewer, found)
    return deal_id


def _credit(session: Session, viewer: Viewer, invoice_id: int, said: Values) -> tuple[int, str]:
    made = invoice_making.credit(session, viewer, _seen(session, viewer, invoice_id), said.get("why", ""))
    return made.id, made.number or ""


def _pay(session: Session, viewer: Viewer, invoice_id: int, said: Values) -> str:
    found = _seen(session, viewer, invoice_id)
    on = _day(said.get("on", "")) or now().astimezone(zone_of(session)).date()
    try:
        amount = money.read(said.get("amount", ""), found.currency)
    except ValueError as error:
        raise Refusal(again(str(error))) from error
    # Two may type the same payment, or one press twice: who saw less paid than there is looks again.
    held = invoices.locked(session, [found.id])[found.id]
    if said.get("seen", str(held.paid)) != str(held.paid):
        left = money.written(max(0, held.outstanding), held.currency)
        raise Refusal(
            _("Something was paid of it meanwhile: %(left)s are left. Look at it first.", left=left)
        )
    came = Money(amount=amount, currency=found.currency, paid_on=on, how=said.get("how", "transfer"),
                 payer=said.get("payer", ""), text=said.get("text", ""))  # fmt: skip
    paying.receive(session, viewer, came, {found.id: amount})
    return _("%(sum)s for %(number)s", sum=money.written(amount, found.currency), number=found.number)


def _day(text: str) -> date | None:
    try:
        return day(text) if text else None
    except ValueError as error:
        raise Refusal(again(str(error))) from error
