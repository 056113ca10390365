"""Pipelines as their set-up shows them: each stage with what it asks for, in words, and how much it does by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_fields, pipeline_changes, processes
from crm.pipelines import LOST, OPEN, WON, LostReason, Pipeline, Stage
from crm.robots import robots_at
from crm.run_findings import OWN
from hub.channels import Channel
from hub.languages import N_, _, ngettext

WAYS = {OPEN: N_("The deal goes on"), WON: N_("The deal is won"), LOST: N_("The deal is lost")}


class StageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stage as its form shows it; `asks` says in words what it asks for."""

    id: int
    name: str
    probability: int
    ends: str
    required: Sequence[str]
    stale_days: int
    about: str
    deeds: int
    first: bool
    last: bool


class PipelineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline with its stages; `openings` are channels that may open deals in it, and `opens` says which do."""

    id: int
    name: str
    first: bool
    last: bool
    openings: Sequence[tuple[str, str, bool]]
    opens: str
    stages: Sequence[StageRow]
    retired_stages: Sequence[tuple[int, str]]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _pipelines.html."""

    pipelines: Sequence[PipelineRow]
    retired: Sequence[tuple[int, str]]
    reasons: Sequence[tuple[int, str]]
    retired_reasons: Sequence[tuple[int, str]]
    fields: Sequence[tuple[str, str]]
    ways: Sequence[tuple[str, str]]


def listed(session: Session) -> Listed:
    """Show all pipelines, and why deals are lost."""
    stages: dict[int, list[Stage]] = {}
    for stage in session.scalars(select(Stage).order_by(Stage.position, Stage.id)):
        stages.setdefault(stage.pipeline_id, []).append(stage)
    every = session.scalars(select(Pipeline).order_by(Pipeline.position, Pipeline.id)).all()
    shown = [each for each in every if each.retired_at is None]
    channels = pipeline_changes.openers(session)
    does = {stage_id: len(each.deeds) for stage_id, each in robots_at(session, _ids(stages)).items()}
    reasons = session.scalars(select(LostReason).order_by(LostReason.position, LostReason.id)).all()
    return Listed(
        pipelines=[
            _pipeline(session, each, stages.get(each.id, []), does, channels, ends=(shown[0], shown[-1]))
            for each in shown
        ],
        retired=[(each.id, each.name) for each in every if each.retired_at],
        reasons=[(each.id, each.name) for each in reasons if not each.retired_at],
        retired_reasons=[(each.id, each.name) for each in reasons if each.retired_at],
        fields=[
            *((field.key, deal_fields.label_of(session, field.key)) for field in deal_fields.choosable(session)),
            *answers(session).items(),
        ],
        ways=[(way, _(words)) for way, words in WAYS.items()],
    )  # fmt: skip


def answers(session: Session) -> Mapping[str, str]:
    """Give the answers of processes that a stage may ask for, by their keys: those that are kept with a deal."""
    asked = processes.asked_for(session)
    return {
        f"{deal_fields.OF_DEAL}{name}": asked[name].label for name in sorted(asked, key=lambda each: asked[each].label)
        if name not in OWN
    }  # fmt: skip


def _ids(stages: Mapping[int, Sequence[Stage]]) -> Sequence[int]:
    return [stage.id for each in stages.values() for stage in each]


def _pipeline(
    session: Session, pipeline: Pipeline, stages: Sequence[Stage], does: Mapping[int, int], channels: Sequence[Channel],
    ends: tuple[Pipeline, Pipeline],
) -> PipelineRow:  # fmt: skip
    shown = [each for each in stages if each.retired_at is None]
    return PipelineRow(
        id=pipeline.id, name=pipeline.name, first=pipeline is ends[0], last=pipeline is ends[1],
        openings=[(each.name, each.title, each.name in pipeline.opened_by) for each in channels],
        opens=", ".join(each.title for each in channels if each.name in pipeline.opened_by),
        stages=[
            _stage(session, each, does.get(each.id, 0), first=each is shown[0], last=each is shown[-1])
            for each in shown
        ],
        retired_stages=[(each.id, each.name) for each in stages if each.retired_at],
    )  # fmt: skip


def _stage(session: Session, stage: Stage, deeds: int, *, first: bool, last: bool) -> StageRow:
    parts = [_(WAYS[stage.ends])] if stage.ends else [_("%(percent)s %% probable", percent=stage.probability)]
    if stage.required:
        of_deal = answers(session)
        asked = ", ".join(of_deal.get(key) or deal_fields.label_of(session, key) for key in stage.required)
        parts.append(_("asks for: %(fields)s", fields=asked))
    if stage.stale_days:
        days = stage.stale_days
        parts.append(
            ngettext("stands too long after %(num)s day", "stands too long after %(num)s days", days)
        )
    return StageRow(
        id=stage.id, name=stage.name, probability=stage.probability, ends=stage.ends, required=stage.required,
        stale_days=stage.stale_days, about=" · ".join(parts), deeds=deeds, first=first, last=last,
    )  # fmt: skip
