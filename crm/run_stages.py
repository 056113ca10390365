"""A deal that a process moves: it enters a stage, and its history says that the process did it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.deals import Deal, DealMove
from crm.pipelines import LOST, WON, Stage
from crm.tasks import audience_of
from hub.bus import Notice
from hub.clock import now
from hub.db import announce


def stage_called(session: Session, pipeline_id: int, name: str) -> Stage | None:
    """Give the stage of this name in a pipeline."""
    wanted = select(Stage).where(
        Stage.pipeline_id == pipeline_id, Stage.name == name, Stage.retired_at.is_(None)
    )
    return session.scalars(wanted.limit(1)).first()


def enter(session: Session, deal: Deal, stage: Stage, by: int | None, why: str) -> None:
    """Have a deal, which is locked, be in a stage; one that is there already stays as it is."""
    if deal.stage_id == stage.id:
        return
    moment = now()
    session.add(DealMove(deal_id=deal.id, from_id=deal.stage_id, to_id=stage.id, at=moment, by=by, why=why))
    deal.stage_id, deal.stage_since, deal.changed_at = stage.id, moment, moment
    deal.won_at = moment if stage.ends == WON else None
    deal.lost_at = moment if stage.ends == LOST else None
    announce(
        session,
        Notice(kind="deal", id=deal.id, audience=audience_of(deal.responsible_id, deal.department_id)),
    )
