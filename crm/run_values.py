"""What the expressions of a run may read: of its deal and contact, what was answered, and nothing for what is open."""

from __future__ import annotations

from collections.abc import Mapping

from babel.numbers import get_currency_precision
from sqlalchemy.orm import Session

from crm import process_expressions, run_answers
from crm.deals import Deal
from crm.expressions import Result
from crm.invoices import sums_of
from crm.process_elements import Diagram
from crm.setup import setup, stages


def nothing(session: Session, diagram: Diagram) -> dict[str, Result]:
    """Give nothing for each name that an expression of a diagram may read."""
    values: dict[str, Result] = dict.fromkeys((*process_expressions.GIVEN, *diagram.asked))
    return values | dict.fromkeys(field.name for field in setup(session).fields.values())


def of_deal(session: Session, deal: Deal) -> dict[str, Result]:
    """Give what is known of a deal: its own words, where it stands, and what was answered on it."""
    stage, pipeline = stages(session)[deal.stage_id]
    return answered(deal.fields) | {
        "value": deal.value / 10 ** get_currency_precision(deal.currency), "currency": deal.currency,
        "probability": stage.probability if deal.probability is None else deal.probability, "stage": stage.name,
        "pipeline": pipeline.name, "source": deal.source, "expected_on": deal.expected_on, "title": deal.title,
    }  # fmt: skip


def paid(session: Session, deal: Deal) -> dict[str, Result]:
    """Give what was paid of a deal's invoices, and what is still to be paid."""
    unit = 10 ** get_currency_precision(deal.currency)
    received, outstanding = sums_of(session, deal.id)
    return {"paid": received / unit, "outstanding": outstanding / unit}


def answered(kept: Mapping[str, object]) -> dict[str, Result]:
    """Give answers as expressions read them."""
    return {name: run_answers.from_document(value) for name, value in kept.items()}
