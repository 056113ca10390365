"""The templates that Ringback brings, from config/documents, and how they come into the store.

They come when a document is first wanted; from then on they are the company's, which may add versions of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.documents import DocumentTemplate, add_version
from crm.number_series import NumberSeries
from hub.languages import N_
from hub.paper_orders import Format
from hub.settings import default_file


class Ready(NamedTuple):
    """A template that is brought: the words it is known by, its series, and its files by language ("": all)."""

    key: str
    name: str
    format: Format
    pattern: str
    files: Mapping[str, str]


INVOICES, INVOICE_PATTERN = "Invoice", "F-{year}-{number:04}"
"""The series of invoices and credit notes, and the template of their papers (crm/invoice_papers.py)."""

READY = (
    Ready("quote", N_("Quote"), "pdf", "Q-{year}-{number:04}", {"": "quote.typ"}),
    Ready("order confirmation", N_("Order confirmation"), "pdf", "O-{year}-{number:04}",
          {"": "order-confirmation.typ"}),
    Ready("contract", N_("Contract"), "docx", "C-{year}-{number:04}",
          {"en": "contract.en.txt", "sv": "contract.sv.txt"}),
    Ready("installation report", N_("Installation report"), "pdf", "R-{year}-{number:04}",
          {"": "installation-report.typ"}),
    Ready("closing report", N_("Closing report"), "pdf", "E-{year}-{number:04}", {"": "closing-report.typ"}),
    Ready("invoice", N_("Invoice"), "pdf", INVOICE_PATTERN, {"": "invoice.typ"}),
)  # fmt: skip
PAPER = "paper.typ"


def file(name: str) -> bytes:
    """Give a file of config/documents."""
    return default_file(f"documents/{name}").read_bytes()


def missing(session: Session) -> Sequence[Ready]:
    """Give what the store has not yet."""
    there = set(session.scalars(select(DocumentTemplate.ready)))
    return [each for each in READY if each.key not in there]


def bring(session: Session, blobs: Mapping[tuple[str, str], str]) -> None:
    """Bring templates; `blobs` names their content by key and language. Where another was faster, nothing is done."""
    for each in missing(session):
        template = DocumentTemplate(
            name=_free_name(session, each.name), format=each.format, ready=each.key, series_id=_series(session, each),
        )  # fmt: skip
        session.add(template)
        session.flush()
        for language in each.files:
            add_version(session, None, template, blobs[each.key, language], language)


def _series(session: Session, ready: Ready) -> int:
    found = session.scalar(select(NumberSeries).where(NumberSeries.name == ready.name))
    if found is None:
        found = NumberSeries(name=ready.name, pattern=ready.pattern)
        session.add(found)
        session.flush()
    return found.id


def _free_name(session: Session, name: str) -> str:
    taken = session.scalar(select(DocumentTemplate.id).where(DocumentTemplate.name == name))
    return name if taken is None else f"{name} (Ringback)"
