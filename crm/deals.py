"""Deals: sales with a value that go through the stages of a pipeline, and how each came to where it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base, Document, some
from hub.rows import known
from hub.sentence import Sentence
from hub.statements import Statement

OPEN = "won_at IS NULL AND lost_at IS NULL"


class Deal(Base):
    """A sale to a contact.

    `value` is in the smallest unit of its `currency` (ISO 4217), the sum of its lines, without tax, if it has any.

    `probability` is in percent, None for its stage's. `stage_since` is since when it is in its stage; `expected_on` the
    day on which it is expected to be won. `source` says where it came from, `interaction_id` the touch that began it.
    `fields` are further answers by name. `lost_reason_id` and `lost_why` say why it was lost.
    """

    __tablename__ = "deals"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    pipeline_id: Mapped[int] = mapped_column(ForeignKey("pipelines.id"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    value: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str]
    probability: Mapped[int | None]
    expected_on: Mapped[dt.date | None] = mapped_column(Date)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    source: Mapped[str] = mapped_column(default="")
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"))
    fields: Mapped[dict[str, object]] = mapped_column(Document, default=dict)
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    stage_since: Mapped[datetime] = mapped_column(default=now)
    won_at: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]
    lost_reason_id: Mapped[int | None] = mapped_column(ForeignKey("lost_reasons.id"))
    lost_why: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        Index("ix_deals_contact", "contact_id", "id"),
        Index("ix_deals_responsible", "responsible_id", "contact_id"),
        Index("ix_deals_department", "department_id", "contact_id"),
        # The board itself is found by stage; this finds all that goes on in a pipeline, and whose it is.
        some("ix_deals_board_mine", "pipeline_id", "responsible_id", "stage_id", "stage_since", where=OPEN),
        Index("ix_deals_stage", "stage_id", "stage_since", "id"),
        some("ix_deals_expected", "expected_on", "id", where=OPEN),
    )

    @property
    def is_open(self) -> bool:
        """Tell whether it goes on."""
        return self.won_at is None and self.lost_at is None


class DealPart(Base):
    """Somebody else who has to do with a deal: a contact, and as what."""

    __tablename__ = "deal_parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    role: Mapped[str] = mapped_column(default="")

    __table_args__ = (UniqueConstraint("deal_id", "contact_id"),)


class DealMove(Base):
    """A deal entered a stage; from none when it was made. `why` is what was said about it."""

    __tablename__ = "deal_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), index=True)
    from_id: Mapped[int | None] = mapped_column(ForeignKey("stages.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    why: Mapped[str] = mapped_column(Sentence, default="")


def is_open() -> ColumnElement[bool]:
    """Tell which deals go on."""
    return Deal.won_at.is_(None) & Deal.lost_at.is_(None)


def deals_of(session: Session, contact_id: int) -> Sequence[Deal]:
    """Give the deals with a contact: the open ones first, then the newest."""
    rows = session.scalars(select(Deal).where(Deal.contact_id == contact_id)).all()
    return sorted(rows, key=lambda deal: (not deal.is_open, -deal.id))


def whose(session: Session, deal_id: int) -> tuple[int | None, int | None]:
    """Give who is responsible for a deal, and its department."""
    if (found := known(session, Deal, deal_id)) is not None:
        return found.responsible_id, found.department_id
    responsible_id, department_id = _WHOSE.one(session, {"deal": deal_id})
    return responsible_id, department_id


_WHOSE = Statement(
    select(Deal.__table__.c.responsible_id, Deal.__table__.c.department_id).where(
        Deal.id == bindparam("deal")
    )
)


def parts_of(session: Session, deal_id: int) -> Sequence[DealPart]:
    """Give who else takes part in a deal, in the order in which they were added."""
    return session.scalars(select(DealPart).where(DealPart.deal_id == deal_id).order_by(DealPart.id)).all()


def moves_of(session: Session, deal_id: int) -> Sequence[DealMove]:
    """Give how a deal came to where it is, oldest first."""
    return session.scalars(select(DealMove).where(DealMove.deal_id == deal_id).order_by(DealMove.id)).all()
