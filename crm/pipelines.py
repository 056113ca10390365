"""Pipelines: the ordered stages through which a sale goes, and for what reasons one is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.db import Base, Document

OPEN, WON, LOST = "", "won", "lost"
"""What a stage says of the deals in it: they go on, or ended so."""


class Pipeline(Base):
    """Stages in an order, under one name. A retired one gets no new deals.

    `opened_by` are the names of the channels by which a request opens a deal in it.
    """

    __tablename__ = "pipelines"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int]
    opened_by: Mapped[list[str]] = mapped_column(Document, default=list)
    retired_at: Mapped[datetime | None]


class Stage(Base):
    """A column of the board. `ends` says how deals ended that are in it, "" for those that go on.

    `probability` is in percent. `required` are fields of a deal without which it does not enter (crm/deal_fields.py),
    `stale_days` is after how many days in it a deal stands too long, 0 for never.
    """

    __tablename__ = "stages"

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline_id: Mapped[int] = mapped_column(ForeignKey("pipelines.id"), index=True)
    name: Mapped[str]
    position: Mapped[int]
    probability: Mapped[int] = mapped_column(default=0)
    ends: Mapped[str] = mapped_column(default=OPEN)
    required: Mapped[list[str]] = mapped_column(Document, default=list)
    stale_days: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]


class LostReason(Base):
    """Why a deal is lost, to choose from."""

    __tablename__ = "lost_reasons"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int]
    retired_at: Mapped[datetime | None]


def pipelines(session: Session) -> Sequence[Pipeline]:
    """Give the pipelines that get new deals, in their order."""
    return session.scalars(
        select(Pipeline).where(Pipeline.retired_at.is_(None)).order_by(Pipeline.position, Pipeline.id)
    ).all()


def stages_of(session: Session, pipeline_ids: Sequence[int]) -> Mapping[int, list[Stage]]:
    """Give the stages of several pipelines, in their order, without those that are retired."""
    found: dict[int, list[Stage]] = {each: [] for each in pipeline_ids}
    rows = select(Stage).where(Stage.pipeline_id.in_(pipeline_ids), Stage.retired_at.is_(None))
    for stage in session.scalars(rows.order_by(Stage.position, Stage.id)) if pipeline_ids else ():
        found[stage.pipeline_id].append(stage)
    return found


def lost_reasons(session: Session) -> Sequence[LostReason]:
    """Give the reasons that can be chosen, in their order."""
    return session.scalars(
        select(LostReason).where(LostReason.retired_at.is_(None)).order_by(LostReason.position, LostReason.id)
    ).all()
