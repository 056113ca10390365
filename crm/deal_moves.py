"""A deal goes from stage to stage: not before what the stage asks for is filled, and never two ways at once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import happenings, processes
from crm.deal_fields import OF_DEAL, label_of, missing
from crm.deal_written import change
from crm.deals import Deal, DealMove
from crm.pipelines import LOST, WON, LostReason, Stage, lost_reasons, pipelines
from crm.refusals import WHY, Refusal
from crm.setup import kept, stages
from hub.clock import now
from hub.languages import _
from hub.rows import insert
from hub.said import Said, said
from hub.users import User, Viewer

MOVED = "stage changed"


class Lost(Refusal):
    """It cannot be lost without a reason; `stage` is where it was to go."""

    def __init__(self, words: str, stage: Stage) -> None:
        """Keep where it was to go."""
        super().__init__(words)
        self.stage = stage


class Unfilled(Refusal):
    """The stage asks for more; `missing` are the keys of crm/deal_fields.py."""

    def __init__(self, words: str, missing: list[str]) -> None:
        """Keep what is missing."""
        super().__init__(words)
        self.missing = missing


def move(
    session: Session, viewer: Viewer, deal: Deal, stage_id: int, *, was: int | None = None, why: str = "",
    lost_reason_id: int | None = None, locked: bool = False,
) -> int | None:  # fmt: skip
    """Have a deal enter a stage, of its own or another pipeline: give this move, None where it is in it already.

    `was` is the stage in which the mover saw it: if somebody moved it elsewhere meanwhile, that is said and it stays.
    A stage in which deals end ends it, from any other it goes on. `why` is kept with the move, and says more of why
    it is lost. `locked`: the mover holds the row already.
    """
    if not locked:
        # Two may drag it at once: the row decides who is first, and the other sees where it went.
        session.refresh(deal, with_for_update=True)
    if deal.stage_id == stage_id:
        return None
    if was is not None and deal.stage_id != was:
        raise Refusal(_meanwhile(session, deal))
    stage, why = _stage(session, stage_id), why if isinstance(why, Said) else " ".join(why.split())[:WHY]
    require_filled(session, deal, stage)
    end, came = _end(session, stage, lost_reason_id, str(why)), deal.stage_id
    change(
        session, viewer, deal,
        pipeline_id=stage.pipeline_id, stage_id=stage.id, stage_since=now(), **end,
    )  # fmt: skip
    made = enter(session, viewer, deal, came, why)
    happenings.tell(session, MOVED, deal_id=deal.id)
    return made


def enter(session: Session, viewer: Viewer, deal: Deal, came: int | None, why: str = "") -> int:
    """Keep that a deal is in its stage from now on, and from where it came; give the number of this move."""
    return insert(
        session, DealMove, deal_id=deal.id, from_id=came, to_id=deal.stage_id, at=deal.stage_since, by=viewer.user_id,
        why=why,
    )  # fmt: skip


def require_filled(session: Session, deal: Deal, stage: Stage) -> None:
    """Refuse a stage that asks for more than there is; one in which deals are lost asks for nothing."""
    lacking = [] if stage.ends == LOST else missing(session, deal, stage)
    if lacking:
        names = ", ".join(_called(session, key) for key in lacking)
        raise Unfilled(said("Not before this is filled in: %(fields)s", fields=names), lacking)


def _called(session: Session, key: str) -> str:
    """Say what a field is called: an answer as the forms of processes do."""
    asked = processes.asked_for(session).get(key.removeprefix(OF_DEAL)) if key.startswith(OF_DEAL) else None
    return asked.label if asked is not None else label_of(session, key)


def first_stage(session: Session, pipeline_id: int | None, stage_id: int | None) -> Stage:
    """Give the stage in which a new deal begins: this one, or the first that goes on of a pipeline."""
    if stage_id is not None:
        stage = _stage(session, stage_id)
        if stage.ends:
            raise Refusal(_("A deal begins in a stage that goes on"))
        return stage
    found = kept(session, pipelines)
    chosen = next((each for each in found if pipeline_id in {None, each.id}), None)
    if chosen is None:
        raise Refusal(
            _("There is no such pipeline") if found else _("There is no pipeline yet: an admin makes one")
        )
    go_on = [
        stage for stage, pipeline in stages(session).values()
        if pipeline.id == chosen.id and stage.retired_at is None and not stage.ends
    ]  # fmt: skip
    if not go_on:
        raise Refusal(_("“%(name)s” has no stage in which a deal could begin", name=chosen.name))
    return min(go_on, key=lambda stage: (stage.position, stage.id))


def _stage(session: Session, stage_id: int) -> Stage:
    """Give a stage that still takes deals."""
    stage, pipeline = stages(session).get(stage_id, (None, None))
    if stage is None or pipeline is None or stage.retired_at is not None:
        raise Refusal(said("There is no such stage"), field="stage")
    if pipeline.retired_at is not None:
        raise Refusal(said("This pipeline takes no new deals"), field="stage")
    return stage


def _end(session: Session, stage: Stage, lost_reason_id: int | None, why: str) -> dict[str, object]:
    """Give by what a deal is won or lost in its new stage, or goes on."""
    won_at = now() if stage.ends == WON else None
    if stage.ends != LOST:
        return {"won_at": won_at, "lost_at": None, "lost_reason_id": None, "lost_why": ""}
    reason = session.get(LostReason, lost_reason_id) if lost_reason_id is not None else None
    if lost_reason_id is not None and (reason is None or reason.retired_at is not None):
        raise Lost(said("Choose one of the reasons"), stage)
    if reason is None and (lost_reasons(session) or not why):
        raise Lost(said("Say why it is lost"), stage)
    return {
        "won_at": won_at,
        "lost_at": now(),
        "lost_reason_id": reason.id if reason else None,
        "lost_why": why,
    }


def _meanwhile(session: Session, deal: Deal) -> str:
    """Say who moved it, and where to."""
    wanted = select(DealMove).where(DealMove.deal_id == deal.id).order_by(DealMove.id.desc())
    last = session.scalars(wanted.limit(1)).first()
    user = session.get(User, last.by) if last is not None and last.by is not None else None
    name, stage = user.name if user else _("a program"), session.get_one(Stage, deal.stage_id).name
    return _("%(name)s moved it to “%(stage)s” meanwhile", name=name, stage=stage)
