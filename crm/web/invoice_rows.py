"""Invoices as lists of the console show them: their number, how they stand, and until when they are to be paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec
from sqlalchemy.orm import Session

from crm import money
from crm.invoice_papers import with_papers
from crm.invoices import Invoice, State
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import N_, _
from hub.web.moments import written

STATES: dict[State, tuple[str, str]] = {
    "draft": (N_("Draft"), "off"), "issued": (N_("Not paid"), "soon"), "partly paid": (N_("Partly paid"), "soon"),
    "paid": (N_("Paid"), "free"), "overpaid": (N_("Overpaid"), "busy"), "cancelled": (N_("Cancelled"), "off"),
    "credit note": (N_("Credit note"), "off"),
}  # fmt: skip
"""How an invoice stands, in words, and the mark of it."""


class InvoiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice; `left` says in words what is still to be paid or to be paid back, "" for nothing."""

    id: int
    number: str
    state: str
    mark: str
    amount: str
    left: str
    due: str
    late: bool
    has_paper: bool


def invoice_rows(session: Session, found: Sequence[Invoice]) -> Sequence[InvoiceRow]:
    """Show invoices."""
    today = now().astimezone(zone_of(session)).date()
    papers = with_papers(session, [each.id for each in found])
    return [_row(each, today, has_paper=each.id in papers) for each in found]


def invoice_row(session: Session, invoice: Invoice) -> InvoiceRow:
    """Show an invoice."""
    return invoice_rows(session, [invoice])[0]


def _row(invoice: Invoice, today: date, *, has_paper: bool) -> InvoiceRow:
    words, mark = STATES[invoice.state]
    late = bool(invoice.outstanding > 0 and invoice.due_on and invoice.due_on < today)
    return InvoiceRow(
        id=invoice.id, number=invoice.number or _("No number yet"), state=_("Overdue") if late else _(words),
        mark="late" if late else mark, amount=money.written(invoice.amount, invoice.currency), left=_left(invoice),
        due=written(invoice.due_on, "d MMM y") if invoice.due_on and invoice.owed else "", late=late,
        has_paper=has_paper,
    )  # fmt: skip


def _left(invoice: Invoice) -> str:
    left = invoice.outstanding
    if left < 0:
        return _("%(sum)s to be paid back", sum=money.written(-left, invoice.currency))
    if 0 < left < invoice.amount:
        return _("%(sum)s left", sum=money.written(left, invoice.currency))
    return ""
