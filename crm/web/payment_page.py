"""The page of one payment, and what is done with payments and entries of the bank: given, taken back, paid back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import money, paying, payment_references, statement_matching
from crm.desk import Refusal
from crm.invoices import Invoice
from crm.payments import Payment, allocations_of, free, invoices_with, refunded
from crm.web.deals import number
from crm.web.payments import HERE, Row, payment_row
from crm.web.stage_asks import day
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _, ngettext
from hub.said import again
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

ENTRIES = "/bank-entries"

Values = Mapping[str, str]


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _payment.html. `given` are invoices: (id, number, sum); `backs` refunds: (id, sum)."""

    row: Row
    currency: str
    given: Sequence[tuple[int, str, str]]
    backs: Sequence[tuple[int, str]]
    refunds: int
    left: str
    back: str
    today: str
    is_undone: bool
    is_told: bool
    entry: int


@page("GET", f"{HERE}/{{id}}", role="manager")
async def payment(request: web.Request) -> web.StreamResponse:
    """Show a payment."""
    shown = await request.app[DB].read(_shown, path_id(request))
    template = "_payment.html" if is_fragment(request) else "payment.html"
    return await render(request, template, title=_("Payment of %(sum)s", sum=shown.row.amount), sub=shown.row.on,
                        back=Back(HERE, _("Payments")), payment=shown)  # fmt: skip


@page("POST", f"{HERE}/{{id}}/shares", role="manager")
async def give(request: web.Request) -> web.StreamResponse:
    """Give of a payment to an invoice what belongs to none."""
    said = await form(request)
    words = await request.app[DB].write(_give, viewer_of(request), path_id(request), said)
    return await changed(request, Toast(text=words), back=f"{HERE}/{path_id(request)}")


@page("DELETE", f"{HERE}/{{id}}/shares", role="manager")
async def take_back(request: web.Request) -> web.StreamResponse:
    """Have a payment belong to no invoice again."""
    await request.app[DB].write(_take_back, viewer_of(request), path_id(request))
    return await changed(
        request, Toast(text=_("It belongs to no invoice now")), back=f"{HERE}/{path_id(request)}"
    )


@page("POST", f"{HERE}/{{id}}/refunds", role="manager")
async def refund(request: web.Request) -> web.StreamResponse:
    """Keep that some of it was paid back."""
    said = await form(request)
    words = await request.app[DB].write(_refund, viewer_of(request), path_id(request), said)
    return await changed(request, Toast(text=words), back=f"{HERE}/{path_id(request)}")


@page("DELETE", f"{HERE}/{{id}}", role="manager")
async def undo(request: web.Request) -> web.StreamResponse:
    """Take a payment back that was typed wrong."""
    await request.app[DB].write(_undo, viewer_of(request), path_id(request))
    return await changed(
        request, Toast(text=_("The payment counts no more")), back=f"{HERE}/{path_id(request)}"
    )


@page("POST", f"{ENTRIES}/acceptances", role="manager")
async def accept_sure(request: web.Request) -> web.StreamResponse:
    """Accept every entry that is sure."""
    done = await request.app[DB].write(statement_matching.accept_sure, viewer_of(request))
    words = ngettext("%(num)s payment is accepted", "%(num)s payments are accepted", done)
    return await changed(request, Toast(text=words), back=HERE)


@page("POST", f"{ENTRIES}/{{id}}/acceptance", role="manager")
async def accept(request: web.Request) -> web.StreamResponse:
    """Have an entry pay an invoice, named by its id, its number or its reference, or pay a payment back."""
    said, entry_id = await form(request), path_id(request)
    words = await request.app[DB].write(_accept, viewer_of(request), entry_id, said)
    toast = Toast(text=words, undo=f"{ENTRIES}/{entry_id}/acceptance")
    return await changed(request, toast, back=HERE)


@page("DELETE", f"{ENTRIES}/{{id}}/acceptance", role="manager")
async def refuse(request: web.Request) -> web.StreamResponse:
    """Take back that an entry was accepted."""
    await request.app[DB].write(statement_matching.take_back, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("It is listed again")), back=HERE)


@page("POST", f"{ENTRIES}/{{id}}/aside", role="manager")
async def put_aside(request: web.Request) -> web.StreamResponse:
    """Say that an entry is no customer's."""
    await request.app[DB].write(
        statement_matching.put_aside, viewer_of(request), path_id(request), aside=True
    )
    toast = Toast(text=_("Put aside"), undo=f"{ENTRIES}/{path_id(request)}/aside")
    return await changed(request, toast, back=HERE)


@page("DELETE", f"{ENTRIES}/{{id}}/aside", role="manager")
async def list_again(request: web.Request) -> web.StreamResponse:
    """Say that it may be one after all."""
    await request.app[DB].write(
        statement_matching.put_aside, viewer_of(request), path_id(request), aside=False
    )
    return await changed(request, Toast(text=_("It is listed again")), back=HERE)


def _shown(session: Session, payment_id: int) -> PaymentView:
    found = _one(session, payment_id)
    given = allocations_of(session, found.id)
    named = invoices_with(session, [each.invoice_id for each in given])
    backs = session.scalars(select(Payment).where(Payment.refunds_id == found.id).order_by(Payment.id)).all()
    left = found.amount - refunded(session, [found.id]).get(found.id, 0) if found.amount > 0 else 0
    loose = free(session, found) if found.amount > 0 else 0
    return PaymentView(
        row=payment_row(found, free(session, found)), currency=found.currency, refunds=found.refunds_id or 0,
        given=[(each.invoice_id, named[each.invoice_id].number or "", money.written(each.amount, found.currency))
               for each in given],
        backs=[(each.id, money.written(-each.amount, each.currency)) for each in backs if each.undone_at is None],
        left=money.typed(loose, found.currency) if loose > 0 else "",
        back=money.typed(left, found.currency) if left > 0 and not found.undone_at else "",
        today=now().astimezone(zone_of(session)).date().isoformat(), is_undone=found.undone_at is not None,
        is_told=found.channel_id is not None, entry=found.entry_id or 0,
    )  # fmt: skip


def _give(session: Session, viewer: Viewer, payment_id: int, said: Values) -> str:
    found, invoice = _one(session, payment_id), _invoice(session, said)
    amount = _amount(said, found) if said.get("amount") else free(session, found)
    paying.give(session, viewer, found, {invoice.id: amount})
    return _("%(sum)s for %(number)s", sum=money.written(amount, found.currency), number=invoice.number)


def _take_back(session: Session, viewer: Viewer, payment_id: int) -> None:
    paying.take_back(session, viewer, _one(session, payment_id))


def _refund(session: Session, viewer: Viewer, payment_id: int, said: Values) -> str:
    found = _one(session, payment_id)
    try:
        on = day(said["on"]) if said.get("on") else now().astimezone(zone_of(session)).date()
    except ValueError as error:
        raise Refusal(again(str(error))) from error
    amount = _amount(said, found)
    paying.refund(session, viewer, found, amount, on, said.get("text", ""))
    return _("%(sum)s paid back", sum=money.written(amount, found.currency))


def _undo(session: Session, viewer: Viewer, payment_id: int) -> None:
    paying.undo(session, viewer, _one(session, payment_id))


def _accept(session: Session, viewer: Viewer, entry_id: int, said: Values) -> str:
    another = bool(said.get("another"))
    if said.get("payment"):
        made = statement_matching.refund(session, viewer, entry_id, number(said["payment"]), another=another)
        return _("%(sum)s paid back", sum=money.written(-made.amount, made.currency))
    invoice = _invoice(session, said)
    made = statement_matching.accept(session, viewer, entry_id, invoice.id, another=another)
    return _("%(sum)s for %(number)s", sum=money.written(made.amount, made.currency), number=invoice.number)


def _invoice(session: Session, said: Values) -> Invoice:
    """Give the invoice that is named."""
    text = said.get("invoice", "").strip()[:60]
    bare = payment_references.bare(text)
    named = (Invoice.number == text) | (Invoice.number == text.upper()) | (Invoice.reference == bare)
    found = session.scalars(select(Invoice).where(named).order_by(Invoice.id)).first() if text else None
    if found is None:
        raise Refusal(_("There is no invoice “%(text)s”: write its number or its reference", text=text))
    return found


def _amount(said: Values, payment: Payment) -> int:
    try:
        return money.read(said.get("amount", ""), payment.currency)
    except ValueError as error:
        raise Refusal(again(str(error))) from error


def _one(session: Session, payment_id: int) -> Payment:
    found = session.get(Payment, payment_id)
    if found is None:
        raise Problem(404, _("There is no such payment."))
    return found
