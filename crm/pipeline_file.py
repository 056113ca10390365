"""The pipelines in company.toml: with which stages an empty store begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy.orm import Session

from crm import deal_fields
from crm.pipelines import LostReason, Pipeline, Stage

Percent = Annotated[int, Meta(ge=0, le=100)]
Days = Annotated[int, Meta(ge=0, le=3_650)]


class StageFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stage; `required` are the keys of fields without which no deal enters (docs/admin.md)."""

    name: str
    probability: Percent = 0
    ends: Literal["", "won", "lost"] = ""
    required: tuple[str, ...] = ()
    stale_days: Days = 0


class PipelineFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pipeline with its stages, in their order; `opened_by` names channels whose requests open a deal in it."""

    name: str
    stages: tuple[StageFile, ...]
    opened_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse two stages of one name, and stages in which no deal could begin."""
        names = [stage.name for stage in self.stages]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the stage “{twice}” stands twice: each needs its own name")
        if all(stage.ends for stage in self.stages):
            raise ValueError(f"the pipeline “{self.name}” needs a stage that goes on: one without “ends”")


def add_pipeline(session: Session, file: PipelineFile, position: int, custom: Sequence[str]) -> Pipeline:
    """Make a pipeline; `custom` are the names of the contact's fields. ValueError names what is wrong."""
    pipeline = Pipeline(name=file.name, position=position, opened_by=list(file.opened_by))
    session.add(pipeline)
    session.flush()
    for place, stage in enumerate(file.stages):
        odd = deal_fields.unknown(stage.required, custom)
        if odd is not None:
            own = ", ".join(field.key for field in deal_fields.OWN)
            raise ValueError(f"“{stage.name}” requires “{odd}”; there are: {own}, contact:FIELD, deal:NAME")
        session.add(
            Stage(
                pipeline_id=pipeline.id, name=stage.name, position=place, probability=stage.probability,
                ends=stage.ends, required=list(stage.required), stale_days=stage.stale_days,
            )
        )  # fmt: skip
    return pipeline


def add_lost_reasons(session: Session, names: Sequence[str]) -> None:
    """Make the reasons for which a deal is lost."""
    session.add_all(LostReason(name=name, position=position) for position, name in enumerate(names))
