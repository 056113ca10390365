"""The requests that a rehearsal plays: what came in these weeks, each with the deal that it began and what followed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from babel.numbers import get_currency_precision
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from crm.contacts import Contact
from crm.conversations import Interaction
from crm.deals import Deal
from crm.expressions import Result
from crm.pipelines import Pipeline, Stage
from crm.rehearsal_scenes import Request
from crm.rehearsals import REAL_NEWS
from crm.run_answers import from_document
from hub.clock import now

MOST_REQUESTS = 500
_CAME = and_(Interaction.direction == "in", Interaction.kind.in_(("form", "order")))
NEWS: Mapping[str, ColumnElement[bool]] = {
    "form submitted": _CAME,
    "mail received": and_(Interaction.direction == "in", Interaction.kind == "mail"),
    "call answered": and_(Interaction.kind == "call", Interaction.counts_as_contact.is_(True)),
}


def requests_of(
    session: Session, message: str, begin: datetime, end: datetime
) -> tuple[Sequence[Request], bool]:
    """Give what would have begun runs, oldest first, and whether there were older ones beside."""
    rows: list[tuple[Interaction | None, Deal | None]]
    if message in NEWS:
        wanted = select(Interaction).where(NEWS[message], Interaction.at >= begin, Interaction.at < end)
        touches = session.scalars(wanted.order_by(Interaction.at.desc()).limit(MOST_REQUESTS + 1)).all()
        rows = [*_with_deals(session, touches)]
    else:
        deals = select(Deal).where(Deal.made_at >= begin, Deal.made_at < end).order_by(Deal.made_at.desc())
        rows = [(None, each) for each in session.scalars(deals.limit(MOST_REQUESTS + 1))]
    asked = {each.contact_id for row in rows for each in row if each is not None}
    contacts = {each.id: each for each in session.scalars(select(Contact).where(Contact.id.in_(asked)))}
    news, firsts = _news(session, asked, begin), _firsts(session)
    kept = [_request(contacts, news, firsts, touch, deal) for touch, deal in reversed(rows[:MOST_REQUESTS])]
    return kept, len(rows) > MOST_REQUESTS


def _with_deals(
    session: Session, touches: Sequence[Interaction]
) -> Iterator[tuple[Interaction | None, Deal | None]]:
    """Give touches, each with the deal that it began, or the first with its contact from then on."""
    whose: defaultdict[int, list[Deal]] = defaultdict(list)
    wanted = select(Deal).where(Deal.contact_id.in_({touch.contact_id for touch in touches}))
    for deal in session.scalars(wanted.order_by(Deal.id)):
        whose[deal.contact_id].append(deal)
    for touch in touches:
        deals = whose[touch.contact_id]
        began = next((deal for deal in deals if deal.interaction_id == touch.id), None)
        yield touch, began or next((deal for deal in deals if deal.made_at >= touch.at), None)


class _First(NamedTuple):
    """Where deals of a pipeline begin."""

    pipeline: str
    stage: str
    probability: int


def _firsts(session: Session) -> Mapping[int, _First]:
    rows = session.execute(
        select(Pipeline.id, Pipeline.name, Stage.name, Stage.probability)
        .join(Stage, Stage.pipeline_id == Pipeline.id).order_by(Stage.position.desc(), Stage.id.desc())
    )  # fmt: skip
    return {row[0]: _First(row[1], row[2], row[3]) for row in rows}  # of several the one that comes first


def _request(
    contacts: Mapping[int, Contact], news: Mapping[int, Sequence[tuple[float, str]]], firsts: Mapping[int, _First],
    touch: Interaction | None, deal: Deal | None,
) -> Request:  # fmt: skip
    contact = contacts[deal.contact_id if deal else touch.contact_id if touch else 0]
    at = touch.at if touch else deal.made_at if deal else now()
    values: dict[str, Result] = {"contact": contact.name}
    return Request(
        key=f"touch {touch.id}" if touch else f"deal {deal.id if deal else 0}", at=at.timestamp(),
        contact_id=contact.id, department_id=(deal.department_id if deal else None) or contact.department_id,
        responsible_id=(deal.responsible_id if deal else None) or contact.responsible_id, has_deal=deal is not None,
        values=values | _of_deal(deal, firsts[deal.pipeline_id]) if deal else values,
        answers={name: from_document(kept) for name, kept in deal.fields.items()} if deal else {},
        news=news.get(contact.id, ()),
    )  # fmt: skip


def _of_deal(deal: Deal, first: _First) -> dict[str, Result]:
    """Give what expressions read of a deal, as it began: in the first stage of its pipeline."""
    return {
        "value": deal.value / 10 ** get_currency_precision(deal.currency), "currency": deal.currency,
        "probability": first.probability if deal.probability is None else deal.probability,
        "stage": first.stage, "pipeline": first.pipeline, "source": deal.source, "expected_on": deal.expected_on,
        "title": deal.title,
    }  # fmt: skip


def _news(session: Session, contacts: set[int], begin: datetime) -> Mapping[int, Sequence[tuple[float, str]]]:
    """Give what came in from contacts since then."""
    found: defaultdict[int, list[tuple[float, str]]] = defaultdict(list)
    for message in sorted(REAL_NEWS):
        wanted = select(Interaction.contact_id, Interaction.at).where(
            NEWS[message], Interaction.at >= begin, Interaction.contact_id.in_(contacts)
        )
        for contact_id, at in session.execute(wanted.order_by(Interaction.at).limit(20 * MOST_REQUESTS)):
            found[contact_id].append((at.timestamp(), message))
    return found
