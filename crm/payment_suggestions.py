"""Which invoice an entry of the bank, or a payment that belongs to none, is likely for, and why in words.

A reference of ours that checks out is sure. So is the number of an invoice, or of another paper of its deal such as the
quote, with its very sum. A sum alone is near when the payer's name is like the customer's, or when no other invoice
asks for it. Nothing happens by itself: a person accepts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec
from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import payment_references
from crm.contacts import Contact, Organisation
from crm.deals import Deal
from crm.documents import DealDocument
from crm.folding import words
from crm.invoices import Invoice, is_open, owed_of
from crm.number_series import NumberSeries
from hub.said import said
from hub.unindexed import Unindexed

MOST_OPEN = 20_000  # invoices that are looked through
AT_ONCE = 5_000  # numbers of papers in one statement
LIKE = 85.0  # how like two names are, of 100
EARLY, LATE = timedelta(days=3), timedelta(days=120)
"""How long before its invoice was issued, and after it was due, a payment is still likely for it."""

_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9/-]{2,38}[A-Z0-9]")


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of money that came: see crm/payments.py."""

    amount: int
    currency: str
    on: date
    name: str = ""
    text: str = ""
    reference: str = ""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that it is likely for; `why` in words. `sure` ones may be accepted all at once."""

    invoice_id: int
    number: str
    deal_id: int
    customer: str
    outstanding: int
    sure: bool
    why: str


class Uninvoiced(msgspec.Struct, frozen=True, kw_only=True):
    """A deal that asks for nothing yet, and the number of its paper that the payer names."""

    deal_id: int
    title: str
    number: str


class Known:
    """The invoices that wait for money, as they are now, to look in."""

    def __init__(self, session: Session) -> None:
        """Read them once for however many entries."""
        wanted = (
            select(Invoice, Contact.name, Organisation.name)
            .join(Deal, Deal.id == Invoice.deal_id).join(Contact, Contact.id == Deal.contact_id)
            .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
            .where(is_open()).order_by(Unindexed(Invoice.id)).limit(MOST_OPEN)
        )  # fmt: skip
        self._session = session
        self._rows: list[tuple[Invoice, Sequence[str]]] = []
        self._referred: dict[str, int] = {}
        self._numbered: dict[str, int] = {}
        self._costing: dict[tuple[str, int], list[int]] = {}
        self._of_deal: dict[int, list[int]] = {}
        self._papers: dict[str, DealDocument | None] = {}
        for at, (invoice, name, firm) in enumerate(session.execute(wanted)):
            self._rows.append((invoice, [each for each in (firm, name) if each]))
            if invoice.reference:
                self._referred[invoice.reference] = at
            self._numbered[(invoice.number or "").upper()] = at
            self._costing.setdefault((invoice.currency, invoice.outstanding), []).append(at)
            self._of_deal.setdefault(invoice.deal_id, []).append(at)

    def likely(self, sought: Sought) -> Suggestion | None:
        """Give the invoice that it is most likely for."""
        if sought.amount <= 0:
            return None
        found = self._by_reference(sought) or self._by_number(sought)
        if found is not None:
            return found
        paper = self._paper(sought)
        return self._by_sum(sought) if paper is None else self._by_paper(paper, sought)

    def uninvoiced(self, sought: Sought) -> Uninvoiced | None:
        """Give the deal whose paper it names, such as the quote, and which was not asked to pay yet."""
        paper = self._paper(sought) if sought.amount > 0 else None
        if paper is None or _asks(self._session, paper.deal_id):
            return None
        title = self._session.get_one(Deal, paper.deal_id).title
        return Uninvoiced(deal_id=paper.deal_id, title=title, number=paper.number)

    def _by_reference(self, sought: Sought) -> Suggestion | None:
        bare = payment_references.bare(sought.reference)
        texts = [
            bare,
            *payment_references.found_in(sought.reference),
            *payment_references.found_in(sought.text),
        ]
        for each in texts:
            at = self._referred.get(each)
            if at is not None and self._rows[at][0].currency == sought.currency:
                why = said("its reference %(reference)s is the invoice's",
                           reference=payment_references.written(each))  # fmt: skip
                return self._one(at, sought, [why], sure=True)
        return None

    def _by_number(self, sought: Sought) -> Suggestion | None:
        for word in _numbers(sought):
            at = self._numbered.get(word)
            if at is not None and self._rows[at][0].currency == sought.currency:
                exact = self._rows[at][0].outstanding == sought.amount
                return self._one(at, sought, [said("it names the invoice's number")], sure=exact)
        return None

    def read_papers(self, many: Iterable[Sought]) -> None:
        """Read at once the papers that money may name."""
        new = list({number for each in many for number in _numbers(each)} - self._papers.keys())
        self._papers |= dict.fromkeys(new)
        for at in range(0, len(new), AT_ONCE):
            named = select(DealDocument).where(
                DealDocument.series_id.in_(select(NumberSeries.id)), DealDocument.number.in_(new[at : at + AT_ONCE])
            )  # fmt: skip
            found = self._session.scalars(named.order_by(DealDocument.id))
            self._papers |= {each.number: each for each in found if each.number is not None}

    def _paper(self, sought: Sought) -> DealDocument | None:
        self.read_papers([sought])
        named = (paper for number in _numbers(sought) if (paper := self._papers[number]) is not None)
        return max(named, key=lambda each: each.id, default=None)

    def _by_paper(self, paper: DealDocument, sought: Sought) -> Suggestion | None:
        fit = [
            at for at in self._of_deal.get(paper.deal_id, ()) if self._rows[at][0].currency == sought.currency
        ]  # fmt: skip
        if not fit:
            return None
        exact = next((at for at in fit if self._rows[at][0].outstanding == sought.amount), None)
        why = said("it names %(number)s, a paper of the same deal", number=paper.number)
        return self._one(fit[0] if exact is None else exact, sought, [why], sure=exact is not None)

    def _by_sum(self, sought: Sought) -> Suggestion | None:
        near = [
            at for at in self._costing.get((sought.currency, sought.amount), ()) if _timely(self._rows[at][0], sought)
        ]  # fmt: skip
        alike = [(likeness, at) for at in near if (likeness := _likeness(sought, self._rows[at][1])) >= LIKE]
        if alike:
            best = max(alike, key=lambda each: (each[0], -each[1]))[1]
            return self._one(best, sought, [said("the payer is called like the customer")], sure=False)
        if len(near) == 1:
            return self._one(near[0], sought, [said("no other invoice asks for this sum")], sure=False)
        return None

    def _one(self, at: int, sought: Sought, why: list[str], *, sure: bool) -> Suggestion:
        invoice, names = self._rows[at]
        why.append(_sum(invoice, sought))
        return Suggestion(
            invoice_id=invoice.id, number=invoice.number or "", deal_id=invoice.deal_id, sure=sure,
            customer=", ".join(names), outstanding=invoice.outstanding, why=said("%(why)s", why=list(why)),
        )  # fmt: skip


def _numbers(sought: Sought) -> list[str]:
    return _NUMBER.findall(f"{sought.reference} {sought.text}".upper()[:2_000])


def _asks(session: Session, deal_id: int) -> bool:
    """Tell whether all of a deal is asked for, or some of it that is still to be paid."""
    return any(each.part != "deposit" or each.outstanding > 0 for each in owed_of(session, deal_id))


def _sum(invoice: Invoice, sought: Sought) -> str:
    if sought.amount == invoice.outstanding:
        return said("the sum is what is still to be paid")
    return said("it is less than what is still to be paid") if sought.amount < invoice.outstanding else said(
        "it is more than what is still to be paid"
    )  # fmt: skip


def _timely(invoice: Invoice, sought: Sought) -> bool:
    since, until = invoice.issued_on or sought.on, invoice.due_on or sought.on
    return since - EARLY <= sought.on <= until + LATE


def _likeness(sought: Sought, names: Iterable[str]) -> float:
    told = [" ".join(words(each)) for each in (sought.name, sought.text) if each]
    return max(
        (fuzz.token_set_ratio(one, " ".join(words(name))) for one in told for name in names), default=0.0
    )


def likely_for(session: Session, sought: Mapping[int, Sought]) -> Mapping[int, Suggestion]:
    """Give the likely invoice of each, by the same id; those that nothing is likely for are left out."""
    known = Known(session)
    found = ((number, known.likely(each)) for number, each in sought.items())
    return {number: suggestion for number, suggestion in found if suggestion is not None}
