"""How many copies of a campaign there are, by what became of them: counted by the database as they change.

A campaign may have a million copies, so no page counts them one by one. Rows of this table are summed up: triggers on
`deliveries` (migration 0077) write them in the transaction that changes a copy, whatever changes it and however that
ends. `wrong` compares them with the copies, and `count_anew` mends them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, case, delete, func, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from crm.campaigns import Campaign
from crm.deliveries import CLAIMED, LEFT, UNKNOWN, WAITING, Delivery
from hub.db import Base


class CopyCount(Base):
    """So many copies are so; there may be several rows of the same, and their sum holds.

    `state` is a copy's, those in hand being among those that wait; `code` of what came back is the mail server's, of
    what is unknown that a person left it. The others tell what is known of them: a moment of the copy's is not None.
    """

    __tablename__ = "copy_counts"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey(Campaign.id))
    variant: Mapped[str]
    state: Mapped[str]
    code: Mapped[str]
    sent: Mapped[bool]
    bounced: Mapped[bool]
    opened: Mapped[bool]
    clicked: Mapped[bool]
    answered: Mapped[bool]
    unsubscribed: Mapped[bool]
    complained: Mapped[bool]
    number: Mapped[int]

    __table_args__ = (Index("ix_copy_counts_campaign", "campaign_id", "variant", "state"),)


Told = ColumnElement[bool] | InstrumentedAttribute[bool]
_FLAGS = ("sent", "bounced", "opened", "clicked", "answered", "unsubscribed", "complained")
_KEY = ("campaign_id", "variant", "state", "code", *_FLAGS)
UNDECIDED = and_(CopyCount.state == UNKNOWN, CopyCount.code != LEFT)
"""Copies of which nobody knows, and on which nobody has decided."""


def total(*where: Told) -> ColumnElement[int]:
    """Give a sum of rows, of those alone that are so; the statement says of which campaign."""
    counted = case((and_(*where), CopyCount.number), else_=0) if where else CopyCount.number
    return func.coalesce(func.sum(counted), 0)


def number(session: Session, campaign_id: int, *where: Told) -> int:
    """Count the copies of a campaign that are so."""
    wanted = select(total()).where(CopyCount.campaign_id == campaign_id, *where)
    return int(session.scalar(wanted) or 0)


def by_state(session: Session, campaign_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Count copies by campaign and state; those in hand are among those that wait."""
    wanted = select(CopyCount.campaign_id, CopyCount.state, total()).where(
        CopyCount.campaign_id.in_(campaign_ids)
    )
    found: dict[int, dict[str, int]] = {}
    for campaign_id, state, several in session.execute(
        wanted.group_by(CopyCount.campaign_id, CopyCount.state)
    ):
        if several:
            found.setdefault(campaign_id, {})[state] = int(several)
    return found


def wrong(session: Session) -> Sequence[int]:
    """Give the campaigns whose numbers differ from their copies. All copies are looked at."""
    kept, true = _summed(session), {row[:-1]: row[-1] for row in session.execute(_truth())}
    return sorted({key[0] for key in kept.keys() | true.keys() if kept.get(key, 0) != true.get(key, 0)})


def count_anew(session: Session, campaign_id: int) -> None:
    """Have the numbers of a campaign be those of its copies."""
    session.execute(delete(CopyCount).where(CopyCount.campaign_id == campaign_id))
    truth = _truth().where(Delivery.campaign_id == campaign_id)
    session.execute(insert(CopyCount).from_select([*_KEY, "number"], truth))


def _summed(session: Session) -> dict[tuple[Any, ...], int]:
    columns = [getattr(CopyCount, name) for name in _KEY]
    rows = session.execute(select(*columns, total()).group_by(*columns))
    return {tuple(row[:-1]): int(row[-1]) for row in rows if row[-1]}


def _truth() -> Any:  # noqa: ANN401 - a statement of twelve columns
    """Count the copies themselves, as the triggers do."""
    key = list(_of_copies())
    return select(*key, func.count()).group_by(*key)


def _of_copies() -> Iterator[ColumnElement[Any]]:
    yield Delivery.campaign_id.expression
    yield Delivery.variant.expression
    yield case((Delivery.state == CLAIMED, WAITING), else_=Delivery.state)
    left = and_(Delivery.state == UNKNOWN, Delivery.code == LEFT)
    yield case((or_(Delivery.bounced_at.is_not(None), left), Delivery.code), else_="")
    for name in _FLAGS:
        yield getattr(Delivery, f"{name}_at").is_not(None)
