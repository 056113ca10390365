"""Deals as a list, in an order of choice, page by page; and what is expected to be won, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import Session

from crm.contacts import Contact
from crm.deal_board import Wanted, Worth, is_open, narrowed
from crm.deals import Deal
from crm.pipelines import Stage
from hub.users import Viewer

GOING, WON, LOST, EVERY = "open", "won", "lost", "all"
STATES = (GOING, WON, LOST, EVERY)
SORTS = {
    "title": func.lower(Deal.title), "contact": func.lower(Contact.name), "stage": Stage.position,
    "value": Deal.value, "expected": Deal.expected_on, "changed": Deal.changed_at,
}  # fmt: skip


class Month(NamedTuple):
    """What is expected in a month, its first day; None for what has no date. `late`: it is over and gone."""

    first: date | None
    late: bool


class Cell(NamedTuple):
    """The deals of one stage that are expected in one month."""

    many: int
    worth: Sequence[Worth]


def rows(
    session: Session, viewer: Viewer, wanted: Wanted, state: str, sort: str, *, down: bool, start: int, most: int
) -> Sequence[Deal]:  # fmt: skip
    """Give a page of the deals that are wanted."""
    by = SORTS.get(sort, Deal.changed_at)
    order = by.desc() if down else by.asc()
    query = select(Deal).where(*_asked(viewer, wanted, state))
    # Whoever sorts by none of these need not look one up for each deal that ever was.
    if sort == "stage":
        query = query.join(Stage)
    if sort == "contact":
        query = query.join(Contact, Contact.id == Deal.contact_id)
    return session.scalars(
        query.order_by(by.is_(None), order, Deal.id.desc()).offset(start).limit(most)
    ).all()


def total(session: Session, viewer: Viewer, wanted: Wanted, state: str) -> tuple[int, Sequence[Worth]]:
    """Count them, and say what they come to."""
    query = select(Deal.currency, func.count(), func.sum(Deal.value)).where(*_asked(viewer, wanted, state))
    found = session.execute(query.group_by(Deal.currency).order_by(Deal.currency)).all()
    worth = [Worth(currency, int(value), 0) for currency, _count, value in found]
    return sum(count for _currency, count, _value in found), worth


def forecast(session: Session, viewer: Viewer, wanted: Wanted, today: date) -> dict[Month, dict[int, Cell]]:
    """Add up what goes on, by the month in which it is expected and by stage; the nearest month first.

    The database adds up by day: how it would cut a month out of a date differs from one to the other.
    """
    chance = func.coalesce(Deal.probability, Stage.probability)
    sums = func.count(), func.sum(Deal.value), func.sum(Deal.value * chance)
    asked = (Deal.pipeline_id == wanted.pipeline_id, is_open(), *narrowed(viewer, wanted))
    query = select(Deal.expected_on, Deal.stage_id, Deal.currency, *sums).join(Stage).where(*asked)
    found: dict[Month, dict[int, Cell]] = {}
    undated = case((Deal.expected_on.is_(None), 1), else_=0)
    grouped = query.group_by(Deal.expected_on, Deal.stage_id, Deal.currency).order_by(
        undated, Deal.expected_on
    )
    for day, stage_id, currency, count, value, weighted in session.execute(grouped):
        first = day.replace(day=1) if day else None
        cells = found.setdefault(Month(first, first is not None and first < today.replace(day=1)), {})
        known = cells.get(stage_id, Cell(0, ()))
        more = Worth(currency, int(value), int(weighted) // 100)
        cells[stage_id] = Cell(known.many + count, added([*known.worth, more]))
    return found


def added(worths: Sequence[Worth]) -> Sequence[Worth]:
    """Add up what is in the same currency."""
    sums: dict[str, Worth] = {}
    for each in worths:
        known = sums.get(each.currency, Worth(each.currency, 0, 0))
        sums[each.currency] = Worth(each.currency, known.value + each.value, known.weighted + each.weighted)
    return list(sums.values())


def _asked(viewer: Viewer, wanted: Wanted, state: str) -> list[ColumnElement[bool]]:
    states = {GOING: is_open(), WON: Deal.won_at.is_not(None), LOST: Deal.lost_at.is_not(None)}
    asked = [*narrowed(viewer, wanted), states.get(state, true())]
    if wanted.pipeline_id:
        asked.append(Deal.pipeline_id == wanted.pipeline_id)
    return asked
