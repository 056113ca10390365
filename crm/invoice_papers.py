"""The paper of an invoice: set from what was issued, so that it says the same whenever it is made. There is one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import document_data, payment_codes, payment_references, run_known
from crm.deal_lines import DealLine
from crm.deals import Deal
from crm.document_data import Pen
from crm.document_drafts import Prepared, Unwanted, Wanted
from crm.documents import INVOICE, DealDocument, Draft, newest, template_named, wished
from crm.invoices import Invoice, InvoiceLine, comes_to, lines_of
from crm.letterheads import letterhead
from crm.setup import setup
from hub.languages import _


def wanted_for(invoice: Invoice) -> Wanted:
    """Give what is wanted of the maker of documents."""
    return Wanted(deal_id=invoice.deal_id, template=INVOICE, language=invoice.language, wish=_wish(invoice.id),
                  invoice_id=invoice.id)  # fmt: skip


def paper_of(session: Session, invoice_id: int) -> DealDocument | None:
    """Give the paper that was made of an invoice."""
    return wished(session, _wish(invoice_id))


def with_papers(session: Session, invoice_ids: Collection[int]) -> set[int]:
    """Give those of some invoices of which a paper was made."""
    wishes = {_wish(number): number for number in invoice_ids}
    made = session.scalars(select(DealDocument.wish).where(DealDocument.wish.in_(wishes)))
    return {wishes[wish] for wish in made if wish is not None}


def prepared(session: Session, wanted: Wanted) -> Prepared:
    """Read what the paper of an invoice is made of. Unwanted has words."""
    invoice = session.get(Invoice, wanted.invoice_id or 0)
    if invoice is None or invoice.number is None or invoice.issued_on is None or invoice.issued_at is None:
        raise Unwanted(_("An invoice has a paper once it is issued."))
    deal, template = session.get_one(Deal, invoice.deal_id), template_named(session, INVOICE)
    version = newest(session, template.id, invoice.language) if template else None
    if template is None or version is None:
        raise Unwanted(_("There is no template for invoices."))
    draft = Draft(
        deal_id=deal.id, deal_changed_at=deal.changed_at, version_id=version.id, language=invoice.language,
        on=invoice.issued_on, number=invoice.number, amount=invoice.amount, wish=wanted.wish, is_numbered=True,
    )  # fmt: skip
    return Prepared(
        draft=draft, format="docx" if template.format == "docx" else "pdf", template=version.blob,
        data=dict(_data(session, deal, invoice)), payment=_code(session, invoice),
        at=int(invoice.issued_at.timestamp()),
    )  # fmt: skip


def _data(session: Session, deal: Deal, invoice: Invoice) -> Mapping[str, object]:
    """Give what a template may name: all of a deal's, with the invoice's own lines, sums and days."""
    pen = Pen(invoice.language, invoice.currency)
    on = invoice.issued_on or document_data.today(session, invoice.made_at)
    lines = [_as_sold(each) for each in lines_of(session, invoice.id)]
    told = dict(
        document_data.data_of(
            session,
            deal,
            invoice.language,
            invoice.number or "",
            on,
            run_known.paper_labels(session, deal.id),
        )
    )
    credited = session.get(Invoice, invoice.credits_id) if invoice.credits_id else None
    return told | {
        "document": {"number": invoice.number, "date": pen.day(on), "language": invoice.language,
                     "valid_until": "", "due": pen.day(invoice.due_on)},
        "lines": [document_data.line_of(position, line, pen) for position, line in enumerate(lines, 1)],
        "totals": document_data.totals_of(comes_to(lines_of(session, invoice.id)), lines, pen),
        "payment": {"code": bool(_code(session, invoice)),
                    "reference": payment_references.written(invoice.reference or "") or invoice.number},
        "invoice": {"credits": (credited.number or "") if credited else "", "why": invoice.why,
                    "part": invoice.part},
    }  # fmt: skip


def _as_sold(line: InvoiceLine) -> DealLine:
    values = ("position", "name", "unit", "quantity", "price", "discount", "tax")
    return DealLine(deal_id=0, **{name: getattr(line, name) for name in values})


def _code(session: Session, invoice: Invoice) -> str:
    """Give what the QR code says, "" where there is nothing to pay or the company cannot be paid so."""
    if invoice.credits_id is not None:
        return ""
    ours = letterhead(session)
    return payment_codes.payload(
        setup(session).company.name, ours.iban, ours.bic, ours.swish, amount=invoice.amount, currency=invoice.currency,
        reference=invoice.reference or invoice.number or "",
    )  # fmt: skip


def _wish(invoice_id: int) -> str:
    return f"invoice {invoice_id}"
