"""What the form of a step found out, kept where everybody looks for it: on the deal, and on the contact's card."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from crm import deal_written, fields, happenings, money
from crm.contacts import Contact
from crm.deal_lines import lines_of
from crm.deals import Deal
from crm.expressions import Result
from crm.run_answers import Unanswered
from crm.setup import setup
from hub.events import Field
from hub.said import said
from hub.users import Viewer

DAY, VALUE = "expected_on", "value"
OWN = frozenset({DAY, VALUE})
"""Answers of these names are the deal's own day and value, and are kept nowhere else."""


def tell_deal(
    session: Session, viewer: Viewer, deal: Deal, answers: Mapping[str, Result], responsible_id: int | None
) -> None:  # fmt: skip
    """Keep what was answered on the deal, whose from then on is `responsible_id`. Unanswered names what cannot be."""
    new: dict[str, object] = {"responsible_id": responsible_id}
    if isinstance(day := answers.get(DAY), date):
        new["expected_on"] = day
    if (value := answers.get(VALUE)) is not None:
        new["value"] = _value(session, deal, value)
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in answers.items() if value is not None and name not in OWN
    }  # fmt: skip
    if plain:
        new["fields"] = {**deal.fields, **plain}
    if deal_written.change(session, viewer, deal, **new):
        happenings.tell(session, happenings.FILLED, deal_id=deal.id)


def tell_card(session: Session, contact_id: int, answers: Mapping[str, Result], at: datetime) -> None:
    """Write to the contact's card what is a field of it, unless only some may change that."""
    free = {field.name for field in setup(session).fields.values() if not field.edit}
    found = [Field(name, str(value)) for name, value in answers.items() if name in free and value is not None]
    if found:
        contact = session.get_one(Contact, contact_id)
        contact.fields, _odd = fields.keep(setup(session).fields, contact.fields, found, frozenset())
        contact.changed_at = at


def _value(session: Session, deal: Deal, answer: Result) -> int:
    """Give what a deal is worth in its smallest unit; one with lines is worth their sum."""
    if not isinstance(answer, (int, float)) or isinstance(answer, bool):
        raise Unanswered({VALUE: said("The value of a deal is a number")})
    value = round(float(answer) * 10.0 ** money.digits(deal.currency))
    if not 0 <= value <= money.MOST:
        raise Unanswered({VALUE: said("A value is nothing or more, and can be counted")})
    if value != deal.value and lines_of(session, deal.id):
        raise Unanswered({VALUE: said("The value is the sum of the lines: change those")})
    return value
