"""What a document is made of, read at one moment: the template's version, its data, the number that comes next."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from crm import document_data, number_series
from crm.deal_lines import lines_of, totals
from crm.deals import Deal
from crm.documents import Draft, newest, series_of, template_named
from crm.documents import wished as wished_document
from hub.clock import now
from hub.languages import LANGUAGES, _
from hub.paper_orders import Format

INVOICE = "invoice"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is wanted: of which template, in which language. For `wish` see DealDocument.

    `invoice_id` is the invoice of which it is the paper (crm/invoice_papers.py).
    """

    deal_id: int
    template: str
    language: str = "en"
    wish: str | None = None
    invoice_id: int | None = None


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """All that making a document takes. `payment` is what its QR code says, or ""; `there` a document made before."""

    draft: Draft
    format: Format
    template: str
    data: dict[str, object]
    payment: str
    at: int


class Unwanted(Exception):
    """There can be no such document; the words are for the person who asked."""


def prepared(session: Session, wanted: Wanted) -> Prepared:
    """Read what a document is made of. Unwanted has words."""
    deal, template = session.get(Deal, wanted.deal_id), template_named(session, wanted.template)
    version = newest(session, template.id, wanted.language) if template else None
    if deal is None:
        raise Unwanted(_("There is no such deal."))
    if template is None or version is None or wanted.language not in LANGUAGES:
        raise Unwanted(
            _("There is no template “%(name)s” in “%(language)s”.", name=wanted.template[:60],
              language=LANGUAGES.get(wanted.language, wanted.language[:20]))
        )  # fmt: skip
    if template.ready == INVOICE:
        raise Unwanted(_("Invoices are written and issued by themselves: their papers follow."))
    moment = now()
    on = document_data.today(session, moment)
    number = number_series.upcoming(session, series_of(session, version), on)
    draft = Draft(
        deal_id=deal.id, deal_changed_at=deal.changed_at, version_id=version.id, language=wanted.language, on=on,
        number=number, amount=totals(lines_of(session, deal.id)).gross, wish=wanted.wish,
    )  # fmt: skip
    return Prepared(
        draft=draft, format="docx" if template.format == "docx" else "pdf", template=version.blob,
        data=dict(document_data.data_of(session, deal, wanted.language, number, on)),
        payment=document_data.payment(session, deal, number), at=int(moment.timestamp()),
    )  # fmt: skip


def wished(session: Session, wish: str | None) -> int | None:
    """Give the document that this wish made already."""
    found = wished_document(session, wish) if wish else None
    return found.id if found else None
