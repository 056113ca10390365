"""The day of a queue in numbers, from its calls: answered and lost, how long they waited, how long was talked.

A call counts for the queue in which it was last, on the day on which it began. Its wait is from its beginning, a menu
included, until somebody talks or it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Double, SQLColumnExpression, and_, case, cast, extract, func, select
from sqlalchemy.orm import Session

from crm.calls import Call

DAY = 86_400.0  # seconds


class Place(NamedTuple):
    """A queue of a channel."""

    channel_id: int
    queue: str


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of a day; times in seconds, None where there was nothing to count. `in_time` are of those answered."""

    answered: int = 0
    lost: int = 0
    in_time: int = 0
    longest: float | None = None
    wait: float | None = None
    talk: float | None = None

    @property
    def all(self) -> int:
        """Count those who were answered or lost."""
        return self.answered + self.lost

    @property
    def share(self) -> int | None:
        """Give the percentage of all that was answered in time."""
        return round(100 * self.in_time / self.all) if self.all else None


def of_day(session: Session, since: datetime, within: Mapping[Place, int]) -> Mapping[Place, Figures]:
    """Give the numbers since a moment of these queues, each with the seconds within which one is to be answered."""
    if not within:
        return {}
    dialect = session.get_bind().dialect.name
    answered, lost = Call.answered_at.is_not(None), and_(Call.missed)
    waited = _seconds(dialect, Call.started_at, func.coalesce(Call.answered_at, Call.ended_at))
    talked = _seconds(dialect, Call.answered_at, Call.ended_at)
    limits = [(and_(Call.channel_id == place.channel_id, Call.queue == place.queue), seconds)
              for place, seconds in within.items()]  # fmt: skip
    soon = and_(answered, waited <= case(*limits, else_=0))
    rows = session.execute(
        select(
            Call.channel_id, Call.queue, _count(answered), _count(lost), _count(soon), func.max(waited),
            func.avg(case((answered, waited))), func.avg(case((answered, talked))),
        )
        .where(Call.queue.in_({place.queue for place in within}), Call.started_at >= since, Call.direction == "inbound")
        .where(answered | lost)
        .group_by(Call.channel_id, Call.queue)
    )  # fmt: skip
    return {
        Place(channel_id, queue): Figures(answered=one, lost=two, in_time=three, longest=longest, wait=wait, talk=talk)
        for channel_id, queue, one, two, three, longest, wait, talk in rows
    }  # fmt: skip


def _count(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((what, 1)))


def _seconds(
    dialect: str, since: SQLColumnExpression[Any], until: SQLColumnExpression[Any]
) -> ColumnElement[float]:
    """Give the seconds from one moment to another; SQLite keeps moments as texts."""
    if dialect == "sqlite":
        return (func.julianday(until) - func.julianday(since)) * DAY
    return cast(extract("epoch", until - since), Double)
