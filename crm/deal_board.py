"""The board: how many deals stand in each stage, what they come to, and the first of them.

Sums are made by the database, and of the deals of a stage only the first are read: a board of thousands costs what is
shown of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session

from crm.deals import Deal
from crm.pipelines import Stage
from crm.rights import sees_deal
from hub.clock import now
from hub.users import User, Viewer

MINE, DEPARTMENT = "mine", "department"
STALE, CLOSING = "stale", "closing"
LATELY = timedelta(days=30)
"""For how long the board shows deals that ended."""
WEEK = timedelta(days=7)
MOST_SOURCES, LOOKED_AT = 50, 500


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which deals of a pipeline: whose, of which responsible and source, and whether only what stands or closes."""

    pipeline_id: int
    whose: str = ""
    responsible_id: int = 0
    source: str = ""
    show: str = ""


class Worth(NamedTuple):
    """What deals come to in one currency, in its smallest unit; `weighted` by how probable they are."""

    currency: str
    value: int
    weighted: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How many deals are in a stage, how many of them stand too long or close within a week, and what they come to."""

    count: int = 0
    stale: int = 0
    closing: int = 0
    worth: Sequence[Worth] = ()


def figures(
    session: Session, viewer: Viewer, wanted: Wanted, stages: Sequence[Stage], today: date
) -> Mapping[int, Figures]:
    """Count and add up what is in each stage; of those that end deals, what ended lately."""
    if not stages:
        return {}
    chance = case((Deal.won_at.is_not(None), 100), else_=func.coalesce(Deal.probability, Stage.probability))
    columns = (
        Deal.stage_id, Deal.currency, func.count(), func.sum(Deal.value), func.sum(Deal.value * chance),
        func.sum(case((is_stale(stages), 1), else_=0)), func.sum(case((closes(today), 1), else_=0)),
    )  # fmt: skip
    found: dict[int, Figures] = {stage.id: Figures() for stage in stages}
    for going_on in (True, False):
        shown = [stage for stage in stages if (not stage.ends) == going_on]
        if not shown:
            continue
        inside = Deal.stage_id.in_([stage.id for stage in shown])
        asked = _chosen(viewer, wanted, stages, today)
        query = select(*columns).join(Stage).where(inside, _in(going_on=going_on), *asked)
        for stage_id, *row in session.execute(query.group_by(Deal.stage_id, Deal.currency)):
            found[stage_id] = _with(found[stage_id], *row)
    return found


def first_of(
    session: Session, viewer: Viewer, wanted: Wanted, stages: Sequence[Stage], most: Mapping[int, int], today: date
) -> Mapping[int, Sequence[Deal]]:  # fmt: skip
    """Give the deals of each stage that came into it last, so many of it as are wanted."""
    return {
        stage.id: session.scalars(
            select(Deal)
            .where(Deal.stage_id == stage.id, _in(going_on=not stage.ends), *_chosen(viewer, wanted, stages, today))
            .order_by(Deal.stage_since.desc(), Deal.id.desc()).limit(most[stage.id])
        ).all()
        for stage in stages
    }  # fmt: skip


def is_stale(stages: Sequence[Stage]) -> ColumnElement[bool]:
    """Tell which deals stand longer in their stage than they should."""
    moment = now()
    ways = [
        and_(Deal.stage_id == stage.id, Deal.stage_since <= moment - timedelta(days=stage.stale_days))
        for stage in stages
        if stage.stale_days and not stage.ends
    ]
    return or_(*ways) if ways else false()


def stands_too_long(deal: Deal, stage: Stage, moment: datetime) -> bool:
    """Tell it of one deal."""
    limit = timedelta(days=stage.stale_days)
    return bool(limit) and deal.is_open and moment - deal.stage_since >= limit


def closes(today: date) -> ColumnElement[bool]:
    """Tell which deals are expected to be won within a week, or should have been."""
    return and_(Deal.expected_on.is_not(None), Deal.expected_on <= today + WEEK, is_open())


def is_open() -> ColumnElement[bool]:
    """Tell which deals go on."""
    return and_(Deal.won_at.is_(None), Deal.lost_at.is_(None))


def sources(session: Session, viewer: Viewer, pipeline_id: int) -> Sequence[str]:
    """Give where the newest open deals of a pipeline came from, to choose from."""
    wanted = Deal.pipeline_id == pipeline_id, is_open(), sees_deal(viewer)
    newest = select(Deal.source).where(*wanted).order_by(Deal.id.desc()).limit(LOOKED_AT).subquery()
    said = select(newest.c.source).where(newest.c.source != "").distinct()
    return session.scalars(said.order_by(newest.c.source).limit(MOST_SOURCES)).all()


def responsibles(session: Session, viewer: Viewer, pipeline_id: int) -> Sequence[tuple[int, str]]:
    """Give who is responsible for open deals of a pipeline, by name."""
    theirs = select(Deal.responsible_id).where(
        Deal.pipeline_id == pipeline_id, is_open(), sees_deal(viewer), Deal.responsible_id.is_not(None)
    )
    rows = session.execute(select(User.id, User.name).where(User.id.in_(theirs)).order_by(User.name))
    return [(row.id, row.name) for row in rows]


def narrowed(viewer: Viewer, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Give what whose, responsible and source ask for, and what this viewer sees at all."""
    asked = [sees_deal(viewer)]
    if wanted.whose == MINE:
        asked.append(Deal.responsible_id == viewer.user_id)
    if wanted.whose == DEPARTMENT:
        asked.append(Deal.department_id == viewer.department_id)
    if wanted.responsible_id:
        asked.append(Deal.responsible_id == wanted.responsible_id)
    if wanted.source:
        asked.append(Deal.source == wanted.source)
    return asked


def _chosen(
    viewer: Viewer, wanted: Wanted, stages: Sequence[Stage], today: date
) -> list[ColumnElement[bool]]:
    shown = {STALE: is_stale(stages), CLOSING: closes(today)}.get(wanted.show, true())
    return [*narrowed(viewer, wanted), shown]


def _in(*, going_on: bool) -> ColumnElement[bool]:
    """Tell which deals of a stage the board shows."""
    return is_open() if going_on else Deal.stage_since >= now() - LATELY


def _with(
    known: Figures, currency: str, count: int, value: Decimal, weighted: Decimal, stale: int, closing: int
) -> Figures:
    """Add what is there in one more currency; PostgreSQL gives sums as decimals."""
    more = Worth(currency, int(value), int(weighted) // 100)
    return Figures(
        count=known.count + count, stale=known.stale + stale, closing=known.closing + closing,
        worth=[*known.worth, more],
    )  # fmt: skip
