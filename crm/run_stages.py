"""A deal that a process moves: it enters a stage, and its history says that the process did it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm.deals import Deal, DealMove
from crm.pipelines import LOST, WON, Stage
from crm.tasks import audience_of
from hub.bus import Notice
from hub.clock import now
from hub.db import announce


class Place(NamedTuple):
    """A stage, as far as a deal must know it to enter it."""

    id: int
    ends: str


def stage_called(session: Session, pipeline_id: int, name: str) -> Place | None:
    """Give the stage of this name in a pipeline."""
    row = session.connection().execute(_CALLED, {"pipeline": pipeline_id, "name": name}).first()
    return None if row is None else Place(*row)


_CALLED = (
    select(Stage.id, Stage.ends)
    .where(
        Stage.pipeline_id == bindparam("pipeline"),
        Stage.name == bindparam("name"),
        Stage.retired_at.is_(None),
    )
    .limit(1)
)


def enter(session: Session, deal: Deal, stage: Place, by: int | None, why: str) -> None:
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
