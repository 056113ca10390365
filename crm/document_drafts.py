"""What a document is made of, read at one moment: the template's version, its data, the number that comes next."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from crm import closing_data, closing_reports, document_data, number_series, run_known
from crm.deal_lines import lines_of, totals
from crm.deals import Deal
from crm.documents import INVOICE, DocumentTemplate, Draft, newest, template_named
from crm.documents import wished as wished_document
from crm.number_series import NumberSeries
from crm.setup import setup
from hub.clock import now
from hub.languages import LANGUAGES, N_, _, catalogue
from hub.paper_orders import Format

SWEDEN = "SE"
DRAFT = N_("Draft")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is wanted: of which template, in which language. For `wish` see DealDocument.

    `invoice_id` is the invoice of which it is the paper (crm/invoice_papers.py). `home` is the hub's address, for
    papers that lead there; "" is what the hub itself knows of it.
    """

    deal_id: int
    template: str
    language: str = "en"
    wish: str | None = None
    invoice_id: int | None = None
    home: str = ""


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


def usual_language(session: Session) -> str:
    """Give the language in which the company writes where nobody says another."""
    return "sv" if setup(session).company.country == SWEDEN else "en"


def prepared(session: Session, wanted: Wanted, *, looks: bool = False) -> Prepared:
    """Read what a document is made of. Unwanted has words.

    One at which somebody only `looks` says that it is a draft where its number will stand: another may take that one.
    """
    template = template_named(session, wanted.template)
    version = newest(session, template.id, wanted.language) if template else None
    if template is None or version is None or wanted.language not in LANGUAGES:
        _deal(session, wanted.deal_id)
        raise Unwanted(
            _("There is no template “%(name)s” in “%(language)s”.", name=wanted.template[:60],
              language=LANGUAGES.get(wanted.language, wanted.language[:20]))
        )  # fmt: skip
    if template.ready == INVOICE:
        raise Unwanted(_("Invoices are written and issued by themselves: their papers follow."))
    number = catalogue(wanted.language).gettext(DRAFT) if looks else ""
    return _prepared(session, wanted, template, version.blob, version.id, number)


def tried(session: Session, wanted: Wanted, template: DocumentTemplate, blob: str) -> Prepared:
    """Read what a document would be made of by a template that counts not yet: it is looked at and never kept."""
    return _prepared(session, wanted, template, blob, 0)


def _prepared(
    session: Session, wanted: Wanted, template: DocumentTemplate, blob: str, version_id: int, number: str = ""
) -> Prepared:
    deal = _deal(session, wanted.deal_id)
    moment = now()
    on = document_data.today(session, moment)
    number = number or number_series.upcoming(session, session.get_one(NumberSeries, template.series_id), on)
    draft = Draft(
        deal_id=deal.id, deal_changed_at=deal.changed_at, version_id=version_id, language=wanted.language, on=on,
        number=number, amount=totals(lines_of(session, deal.id)).gross, wish=wanted.wish,
    )  # fmt: skip
    return Prepared(
        draft=draft, format="docx" if template.format == "docx" else "pdf", template=blob,
        data=_data(session, deal, template, draft, wanted.home),
        payment=document_data.payment(session, deal, number), at=int(moment.timestamp()),
    )  # fmt: skip


def _data(
    session: Session, deal: Deal, template: DocumentTemplate, draft: Draft, home: str
) -> dict[str, object]:
    """Give what it may say; what happened in a sale is read for those alone who tell of it."""
    called = run_known.labels if template.ready == closing_data.TEMPLATE else run_known.paper_labels
    data = dict(
        document_data.data_of(session, deal, draft.language, draft.number, draft.on, called(session, deal.id))
    )
    if template.ready == closing_data.TEMPLATE:
        pen = document_data.Pen(draft.language, deal.currency)
        data |= closing_data.data_of(session, closing_reports.report(session, deal), pen, home)
    if template.ready == INVOICE:  # looked at with a deal, before there is an invoice
        data["invoice"] = {"credits": "", "why": "", "part": "all"}
    return data


def _deal(session: Session, deal_id: int) -> Deal:
    deal = session.get(Deal, deal_id)
    if deal is None:
        raise Unwanted(_("There is no such deal."))
    return deal


def wished(session: Session, wish: str | None) -> int | None:
    """Give the document that this wish made already."""
    found = wished_document(session, wish) if wish else None
    return found.id if found else None
