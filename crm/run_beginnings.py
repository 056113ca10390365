"""Which processes begin by themselves with something that happened, and for which deal."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import processes, robots
from crm.deals import Deal, deals_of
from crm.pipelines import Stage
from crm.processes import ProcessVersion
from crm.runs import Going
from hub.rows import get_one


def due(
    session: Session, message: str, deal_id: int | None, contact_id: int, going: Sequence[Going]
) -> list[tuple[ProcessVersion, Deal | None]]:
    """Give the versions that begin, unless one of theirs is `going` on for the same already; robots begin anew.

    Without a deal it is for the only one that is open with the contact. A process that moves a deal begins only where
    the deal's pipeline has the stages that it names.
    """
    begun, robot = processes.beginning_with(session, message), list[ProcessVersion]()
    if message == robots.MESSAGE and deal_id is not None:
        robot = robots.begun_by(session, get_one(session, Deal, deal_id).stage_id)
    if not (begun or robot):
        return []
    deal = get_one(session, Deal, deal_id) if deal_id is not None else _only(session, contact_id)
    same = [run for run in going if deal is None or run.deal_id in {None, deal.id}]
    under_way = {get_one(session, ProcessVersion, run.version_id).process_id for run in same}
    return [
        (version, deal) for version in [*begun, *robot]
        if (version in robot or version.process_id not in under_way) and _fits(session, version, deal)
    ]  # fmt: skip


def before(session: Session, version: ProcessVersion, deal: Deal | None, going: Sequence[Going]) -> list[int]:
    """Give the runs of what begins that go on for its deal already: those of a robot, from when it came there last."""
    return [
        run.id for run in going
        if deal is not None and run.deal_id == deal.id
        and get_one(session, ProcessVersion, run.version_id).process_id == version.process_id
    ]  # fmt: skip


def _only(session: Session, contact_id: int) -> Deal | None:
    found = [deal for deal in deals_of(session, contact_id) if deal.is_open]
    return found[0] if len(found) == 1 else None


def _fits(session: Session, version: ProcessVersion, deal: Deal | None) -> bool:
    nodes = processes.plan_of(session, version.id, version.digest).diagram.nodes.values()
    named = {node.deed.name for node in nodes if node.deed is not None and node.deed.kind == "stage"}
    if not named:
        return True
    if deal is None:
        return False
    there = select(Stage.name).where(Stage.pipeline_id == deal.pipeline_id, Stage.retired_at.is_(None))
    return named <= set(session.scalars(there))
