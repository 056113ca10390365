"""Orders: an interaction of the kind "order", and how the order was at each moment that a shop told of.

What came is kept as it came, one version for each item of the journal, so the same item makes the same version as
often as it is read. How an order is now is its newest version by the shop's own time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.db import Base, Document, Sentences
from hub.orders import Order
from hub.shapes import convert

KIND = "order"


class OrderVersion(Base):
    """An order as one item of the journal told of it, received `at`.

    `changed_at` is when the shop says that it became so, else when we heard of it. `words` say what was otherwise
    before; none for the first. `came_late`: a later version was known already, so this one changed nothing.
    """

    __tablename__ = "order_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), index=True)
    inbound_id: Mapped[int] = mapped_column(ForeignKey("inbound.id"))
    at: Mapped[datetime]
    changed_at: Mapped[datetime]
    came_late: Mapped[bool] = mapped_column(default=False)
    order: Mapped[dict[str, object]] = mapped_column(Document)
    words: Mapped[list[str]] = mapped_column(Sentences)

    __table_args__ = (UniqueConstraint("inbound_id", "interaction_id"),)

    @property
    def ordered(self) -> Order:
        """Give the order as it was then."""
        return convert(self.order, Order)


def keep(
    session: Session, interaction_id: int, inbound_id: int, at: datetime, order: Order, words: Sequence[str] = (),
    *, came_late: bool = False,
) -> None:  # fmt: skip
    """Keep how an order was told of."""
    session.add(OrderVersion(
        interaction_id=interaction_id, inbound_id=inbound_id, at=at, changed_at=order.changed_at or at,
        came_late=came_late, order=plain(order), words=list(words),
    ))  # fmt: skip
    session.flush()


def versions(session: Session, interaction_id: int) -> Sequence[OrderVersion]:
    """Give what was told of one order, as it came."""
    return versions_of(session, [interaction_id]).get(interaction_id, [])


def versions_of(session: Session, interaction_ids: Sequence[int]) -> dict[int, list[OrderVersion]]:
    """Give what was told of several orders, as it came; interactions that are none are left out."""
    if not interaction_ids:
        return {}
    wanted = (
        select(OrderVersion).where(OrderVersion.interaction_id.in_(interaction_ids)).order_by(OrderVersion.id)
    )
    found: dict[int, list[OrderVersion]] = {}
    for version in session.scalars(wanted):
        found.setdefault(version.interaction_id, []).append(version)
    return found


def standing(told: Sequence[OrderVersion]) -> OrderVersion:
    """Give the version that says how an order is now: the latest by the shop's time, of equal ones what came last."""
    return max(told, key=lambda version: (version.changed_at, version.id))


def version_by(session: Session, inbound_id: int) -> OrderVersion | None:
    """Give the version that an item of the journal made."""
    return session.scalar(select(OrderVersion).where(OrderVersion.inbound_id == inbound_id).limit(1))


def plain(order: Order) -> dict[str, object]:
    """Give an order as JSON can hold it."""
    return cast("dict[str, object]", msgspec.to_builtins(order))
