"""Invoices are written, issued, and cancelled.

The number is taken in the transaction that issues an invoice: there is neither a gap nor a double, and what is killed
before its commit was never issued. The paper is made of it afterwards (crm/invoice_papers.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm import deal_lines, money, number_series, paid_deals
from crm.deal_lines import HUNDRED_PERCENT, DealLine, rounded
from crm.deal_written import told
from crm.deals import Deal
from crm.desk import WHY, Refusal
from crm.document_data import today
from crm.invoices import Invoice, InvoiceLine, comes_to, invoices_of, lines_of, locked
from crm.letterheads import letterhead
from crm.number_series import NumberSeries
from crm.payment_references import reference
from crm.ready_documents import INVOICE_PATTERN, INVOICES
from hub import audit
from hub.clock import now
from hub.languages import LANGUAGES, N_, _, catalogue
from hub.rows import hold
from hub.rows_unless_there import insert_unless_there
from hub.said import said
from hub.users import Viewer

KIND = "invoice"
FURTHEST = timedelta(days=3_660)  # that an invoice is due

Part = Literal["all", "deposit", "rest"]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice as it is wanted: of all that is sold, of `percent` (in hundredths) as a deposit, or of the rest."""

    part: Part = "all"
    percent: int = 0
    language: str = "en"


class _Row(NamedTuple):
    name: str
    price: int
    tax: int
    quantity: int = deal_lines.THOUSAND
    unit: str = ""
    discount: int = 0


def draft(session: Session, viewer: Viewer, deal: Deal, wanted: Wanted) -> Invoice:
    """Write an invoice of what is sold in a deal. It has no number, and may still be thrown away."""
    # Two may write one at once: the deal's row decides who sees the other's.
    hold(session, Deal, deal.id)
    session.refresh(deal)
    if wanted.language not in LANGUAGES:
        raise Refusal(_("There are no invoices in this language."), field="language")
    rows = _rows(session, deal, wanted)
    sums = deal_lines.added((row.tax, deal_lines.net(row.quantity, row.price, row.discount)) for row in rows)
    if not 0 < sums.gross <= money.MOST:
        raise Refusal(_("There is nothing to pay: the lines come to nothing or less"))
    made = Invoice(
        deal_id=deal.id, part=wanted.part, percent=wanted.percent if wanted.part == "deposit" else 0,
        language=wanted.language, currency=deal.currency, made_by=viewer.user_id, amount=sums.gross,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _add_lines(session, made, rows)
    audit.record(session, viewer, audit.MADE, KIND, made.id)
    told(session, deal)
    return made


def throw_away(session: Session, viewer: Viewer, invoice: Invoice) -> None:
    """Forget a draft; what is issued stays for ever."""
    held = locked(session, [invoice.id]).get(invoice.id)
    if held is None:
        return
    if held.issued_at is not None:
        raise Refusal(_("It is issued: cancel it by a credit note instead"))
    session.execute(delete(InvoiceLine).where(InvoiceLine.invoice_id == held.id))
    session.delete(held)
    audit.record(session, viewer, audit.REMOVED, KIND, held.id)
    told(session, session.get_one(Deal, held.deal_id))


def issue(session: Session, viewer: Viewer, invoice: Invoice, due_on: date | None = None) -> Invoice:
    """Give an invoice its number and reference; from now on it is owed. Who comes second is told so."""
    held = locked(session, [invoice.id])[invoice.id]
    if held.issued_at is not None:
        raise Refusal(_("It is issued already, as %(number)s", number=held.number))
    on = today(session, now())
    due = due_on or on + timedelta(days=letterhead(session).payment_days)
    if not on <= due <= on + FURTHEST:
        raise Refusal(_("It cannot be due before it is issued, nor ten years later"), field="due_on")
    _number(session, viewer, held, on)
    held.due_on, held.reference = due, reference(held.number or "", held.currency) or None
    held.amount = comes_to(lines_of(session, held.id)).gross
    session.flush()
    told(session, session.get_one(Deal, held.deal_id))
    return held


def credit(session: Session, viewer: Viewer, invoice: Invoice, why: str) -> Invoice:
    """Cancel an invoice by a credit note, which takes all of it back. What was paid of it is to be paid back."""
    hold(session, Deal, invoice.deal_id)  # whoever writes the rest of it meanwhile sees that it is cancelled
    held, why = locked(session, [invoice.id])[invoice.id], " ".join(why.split())[:WHY]
    if held.issued_at is None or held.credits_id is not None:
        raise Refusal(_("Only an invoice that is issued is cancelled by a credit note"))
    if held.cancelled_at is not None:
        raise Refusal(_("It is cancelled already"))
    if not why:
        raise Refusal(_("Say why it is cancelled"), field="why")
    _require_undeducted(session, held)
    made = Invoice(
        deal_id=held.deal_id, part=held.part, percent=held.percent, language=held.language, currency=held.currency,
        made_by=viewer.user_id, credits_id=held.id, amount=-held.amount, why=why,
    )  # fmt: skip
    session.add(made)
    session.flush()
    rows = [_Row(each.name, -each.price, each.tax, each.quantity, each.unit, each.discount)
            for each in lines_of(session, held.id)]  # fmt: skip
    _add_lines(session, made, rows)
    on = today(session, now())
    _number(session, viewer, made, on)
    made.due_on, held.cancelled_at = on, made.issued_at
    audit.record(session, viewer, audit.CHANGED, KIND, held.id,
                 words=said("cancelled by %(number)s: %(why)s", number=made.number, why=why))  # fmt: skip
    session.flush()
    paid_deals.unsettle(session, held.deal_id)
    told(session, session.get_one(Deal, held.deal_id))
    return made


def _require_undeducted(session: Session, deposit: Invoice) -> None:
    """Refuse to cancel a deposit that the invoice of the rest takes off: nobody would ask for it again."""
    if deposit.part != "deposit":
        return
    for each in _standing(session, deposit.deal_id):
        if each.part == "rest" and each.issued_at is None:
            raise Refusal(_("The draft of the rest takes it off: throw that away first"))
        if each.part == "rest":
            raise Refusal(_("%(number)s takes it off: cancel that first", number=each.number))


def _number(session: Session, viewer: Viewer, invoice: Invoice, on: date) -> None:
    invoice.number = number_series.take(session, series(session), on)
    invoice.issued_at, invoice.issued_by, invoice.issued_on = now(), viewer.user_id, on
    audit.record(session, viewer, audit.CHANGED, KIND, invoice.id,
                 words=said("issued as %(number)s", number=invoice.number))  # fmt: skip


def series(session: Session) -> NumberSeries:
    """Give what invoices and credit notes are counted by."""
    wanted = select(NumberSeries).where(NumberSeries.name == INVOICES)
    found = session.scalar(wanted)
    if found is None:
        insert_unless_there(session, NumberSeries, name=INVOICES, pattern=INVOICE_PATTERN)
        found = session.scalars(wanted).one()
    return found


def _rows(session: Session, deal: Deal, wanted: Wanted) -> Sequence[_Row]:
    """Give the lines of an invoice: those of the deal, a part of each rate of tax, or what is left of all."""
    sold = _sold(session, deal)
    standing = _standing(session, deal.id)
    if any(each.issued_at is None for each in standing):
        raise Refusal(_("There is a draft already: issue it or throw it away first"))
    if wanted.part == "deposit":
        return _deposit(wanted, sold, standing)
    if wanted.part == "all" and standing:
        raise Refusal(
            _("%(number)s asks for some of it already: invoice the rest", number=standing[0].number)
        )
    if any(each.part != "deposit" for each in standing):
        raise Refusal(_("All of it is invoiced already"))
    for each in standing:
        if each.currency != deal.currency:
            raise Refusal(
                _("%(number)s is in %(theirs)s and the deal in %(ours)s: we know no rate", number=each.number,
                  theirs=each.currency, ours=deal.currency)
            )  # fmt: skip
    less = [
        _Row(_say(wanted, N_("Less invoice %(number)s"), number=each.number), -cost, rate)
        for each in reversed(standing)
        for rate, cost in _by_rate((line.tax, line.net) for line in lines_of(session, each.id))
    ]
    return [*sold, *less]


def _standing(session: Session, deal_id: int) -> Sequence[Invoice]:
    """Give the invoices of a deal that count: drafts, and those that are not cancelled."""
    return [each for each in invoices_of(session, deal_id) if not each.cancelled_at and not each.credits_id]


def _sold(session: Session, deal: Deal) -> list[_Row]:
    lines = deal_lines.lines_of(session, deal.id)
    if lines:
        return [_row(each) for each in lines]
    return [_Row(deal.title, deal.value, 0)] if deal.value > 0 else []


def _row(line: DealLine) -> _Row:
    return _Row(line.name, line.price, line.tax, line.quantity, line.unit, line.discount)


def _deposit(wanted: Wanted, sold: Iterable[_Row], standing: Sequence[Invoice]) -> Sequence[_Row]:
    before = sum(each.percent for each in standing)
    if any(each.part != "deposit" for each in standing):
        raise Refusal(_("All of it is invoiced already"))
    if not 0 < wanted.percent < HUNDRED_PERCENT - before:
        raise Refusal(
            _("A deposit is more than nothing and less than what is left to invoice"), field="percent"
        )
    percent = money.plain(wanted.percent, 2).rstrip("0").rstrip(".")
    name = _say(wanted, N_("Deposit, %(percent)s %%"), percent=percent)
    rates = _by_rate((row.tax, deal_lines.net(row.quantity, row.price, row.discount)) for row in sold)
    return [_Row(name, rounded(cost * wanted.percent, HUNDRED_PERCENT), rate) for rate, cost in rates]


def _by_rate(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    nets: dict[int, int] = {}
    for rate, cost in parts:
        nets[rate] = nets.get(rate, 0) + cost
    return sorted((rate, cost) for rate, cost in nets.items() if cost)


def _say(wanted: Wanted, words: str, **values: object) -> str:
    """Say in the language of the invoice what its reader is told."""
    return catalogue(wanted.language).gettext(words) % values


def _add_lines(session: Session, invoice: Invoice, rows: Iterable[_Row]) -> None:
    for position, row in enumerate(rows):
        session.add(InvoiceLine(invoice_id=invoice.id, position=position, **row._asdict()))
    session.flush()
