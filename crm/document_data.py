"""What a template may name: everything that a document can say of a deal, written out in its language.

    company   name line address registration vat phone mail web iban bic swish country
    document  number date valid_until due language
    contact   name organisation phone mail fields
    deal      title stage value currency expected_on source fields answers
    seller    name mail phone
    lines     each: position name unit quantity price discount tax net
    totals    net gross in_words taxes (each: rate base tax)
    payment   code (whether there is a QR code) reference
    report    of a closing report alone, see closing_data.py

All of it is text, but for lists and yes or no. `deal.fields` are its answers by name, `deal.answers` the same as a
list of name and text, such as the measurements, called as the form of a process calls them, both without what is
internal; `contact.fields` are those of the card. Days are written "27 November 2026", moments with ", 10:00".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from sqlalchemy.orm import Session

from crm import payment_codes
from crm.amounts_in_words import in_words
from crm.contacts import MAIL, PHONE, Contact, Organisation, handles_of
from crm.deal_lines import HUNDRED_PERCENT, THOUSAND, DealLine, Totals, lines_of, totals
from crm.deals import Deal
from crm.letterheads import Letterhead, letterhead
from crm.money import apart
from crm.pipelines import Stage
from crm.setup import setup
from hub.users import User

Values = Mapping[str, object]
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?", re.ASCII)
DEEPEST = 4  # answers within answers; what lies deeper is left out


class Pen:
    """Writes days, sums and numbers in the language of a document and the currency of its deal."""

    def __init__(self, language: str, currency: str) -> None:
        """Take these."""
        self.language, self.currency = language, currency
        # British days and Swedish ones alike begin by the day.
        self.locale = Locale.parse("sv_SE" if language == "sv" else "en_GB")
        self._scale = -get_currency_precision(currency)

    def day(self, day: date | None) -> str:
        """Write a day."""
        return format_date(day, "long", locale=self.locale) if day else ""

    def sum(self, amount: int) -> str:
        """Write an amount with its currency."""
        return apart(format_currency(Decimal(amount).scaleb(self._scale), self.currency, locale=self.locale))

    def number(self, number: Decimal | float) -> str:
        """Write a number."""
        return format_decimal(number, locale=self.locale, decimal_quantization=False)

    def rate(self, rate: int) -> str:
        """Write a rate in hundredths of a percent."""
        return format_percent(Decimal(rate) / HUNDRED_PERCENT, locale=self.locale, decimal_quantization=False)

    def answer(self, value: object, depth: int = 0) -> object:
        """Write what somebody answered; lists and records stay such."""
        if isinstance(value, Mapping) and "kind" in value and "value" in value:  # as a card keeps it
            value = value["value"]
        if depth == DEEPEST:
            return ""
        if isinstance(value, Mapping):
            # By name: one of the databases forgets in which order they came.
            return {str(name): self.answer(value[name], depth + 1) for name in sorted(value)}
        if isinstance(value, list):
            return [self.answer(each, depth + 1) for each in value]
        return self._plain(value)

    def _plain(self, value: object) -> str:
        if value is None or isinstance(value, bool):
            return {None: "", True: "ja" if self.language == "sv" else "yes",
                    False: "nej" if self.language == "sv" else "no"}[value]  # fmt: skip
        return self.number(value) if isinstance(value, int | float) else self._written(str(value))

    def _written(self, text: str) -> str:
        """Write a day or a moment as people do; anything else stays what it is."""
        if not _ISO.fullmatch(text):
            return text
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        day = self.day(moment.date())
        return f"{day}, {moment:%H:%M}" if "T" in text else day


def data_of(
    session: Session,
    deal: Deal,
    language: str,
    number: str,
    on: date,
    labels: Mapping[str, str] | None = None,
) -> Values:
    """Give what a document of a deal may say, as it is now. `labels` are what its answers are called, in order.

    What is called nothing is for ourselves: it is not among them, which customers read.
    """
    pen = Pen(language, deal.currency)
    ours, lines = letterhead(session), lines_of(session, deal.id)
    comes_to = totals(lines)
    return {
        "company": _company(session, ours),
        "document": {
            "number": number, "date": pen.day(on), "language": language,
            "valid_until": pen.day(on + timedelta(days=ours.offer_days)),
            "due": pen.day(on + timedelta(days=ours.payment_days)),
        },
        "contact": _contact(session, deal, pen),
        "deal": _deal(session, deal, pen, labels or {}),
        "seller": _seller(session, deal.responsible_id),
        "lines": [line_of(position, line, pen) for position, line in enumerate(lines, 1)],
        "totals": totals_of(comes_to, lines, pen),
        "payment": {"code": bool(payment(session, deal, number)), "reference": number},
    }  # fmt: skip


def payment(session: Session, deal: Deal, number: str) -> str:
    """Give what the QR code of a document says, "" where there can be none."""
    ours = letterhead(session)
    return payment_codes.payload(
        setup(session).company.name, ours.iban, ours.bic, ours.swish,
        amount=totals(lines_of(session, deal.id)).gross, currency=deal.currency, reference=number,
    )  # fmt: skip


def today(session: Session, at: datetime) -> date:
    """Give the day that it is where the company is."""
    return at.astimezone(ZoneInfo(setup(session).company.zone)).date()


def _company(session: Session, ours: Letterhead) -> Values:
    company = setup(session).company
    return {
        "name": company.name, "line": company.line, "address": ours.address.splitlines(),
        "registration": ours.registration, "vat": ours.vat, "phone": ours.phone, "mail": ours.mail, "web": ours.web,
        "iban": ours.iban, "bic": ours.bic, "swish": ours.swish, "country": company.country,
    }  # fmt: skip


def _contact(session: Session, deal: Deal, pen: Pen) -> Values:
    contact = session.get_one(Contact, deal.contact_id)
    firm = session.get(Organisation, contact.organisation_id) if contact.organisation_id else None
    reached: dict[str, str] = {}
    for handle in handles_of(session, [contact.id])[contact.id]:
        reached.setdefault(handle.kind, handle.value)
    return {
        "name": contact.name, "organisation": firm.name if firm else "", "phone": reached.get(PHONE, ""),
        "mail": reached.get(MAIL, ""), "fields": pen.answer(contact.fields),
    }  # fmt: skip


def _deal(session: Session, deal: Deal, pen: Pen, labels: Mapping[str, str]) -> Values:
    meant = [name for name in sorted(deal.fields, key=str.casefold) if labels.get(name, name)]
    answers = {name: pen.answer(deal.fields[name]) for name in meant}
    ordered = [
        *(name for name in labels if name in answers),
        *(name for name in answers if name not in labels),
    ]
    return {
        "title": deal.title, "stage": session.get_one(Stage, deal.stage_id).name, "value": pen.sum(deal.value),
        "currency": deal.currency, "expected_on": pen.day(deal.expected_on), "source": deal.source,
        "fields": answers,
        "answers": [{"name": labels.get(name, name), "text": _flat(answers[name])} for name in ordered],
    }  # fmt: skip


def _flat(value: object) -> str:
    """Give an answer as one text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_flat(each)}" for name, each in value.items())
    return "; ".join(map(_flat, value)) if isinstance(value, list) else str(value)


def _seller(session: Session, user_id: int | None) -> Values:
    user = session.get(User, user_id) if user_id else None
    return {
        "name": user.name if user else "", "mail": user.email if user else "",
        "phone": user.extension if user else "",
    }  # fmt: skip


def line_of(position: int, line: DealLine, pen: Pen) -> Values:
    """Write a line out."""
    return {
        "position": str(position), "name": line.name, "unit": line.unit,
        "quantity": pen.number(Decimal(line.quantity) / THOUSAND), "price": pen.sum(line.price),
        "discount": pen.rate(line.discount) if line.discount else "", "tax": pen.rate(line.tax),
        "net": pen.sum(line.net),
    }  # fmt: skip


def totals_of(comes_to: Totals, lines: Sequence[DealLine], pen: Pen) -> Values:
    """Write out what lines come to."""
    bases = {rate: sum(line.net for line in lines if line.tax == rate) for rate in comes_to.taxes}
    return {
        "net": pen.sum(comes_to.net), "gross": pen.sum(comes_to.gross),
        "in_words": in_words(comes_to.gross, pen.currency, pen.language),
        "taxes": [{"rate": pen.rate(rate), "base": pen.sum(bases[rate]), "tax": pen.sum(tax)}
                  for rate, tax in comes_to.taxes.items()],
    }  # fmt: skip
