"""Pipelines and reasons of loss over the API: what a program that moves deals must know."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from crm.pipelines import Pipeline, Stage, lost_reasons, pipelines, stages_of
from crm.web.api_deal_shapes import LostReasonOut, PipelineOut, StageOut
from hub.languages import _
from hub.web.api import endpoint
from hub.web.etags import tag_of
from hub.web.keys import DB
from hub.web.pages import path_id
from hub.web.problems import Problem

OF_A_STAGE = ("id", "name", "probability", "ends", "required", "stale_days")


@endpoint("GET", "/pipelines", scope="deals:read", returns=list[PipelineOut],
          summary="List the pipelines with their stages, in their order")  # fmt: skip
async def listed(request: web.Request) -> list[PipelineOut]:
    """List pipelines."""
    return await request.app[DB].read(_listed)


@endpoint("GET", "/pipelines/{id}", scope="deals:read", returns=PipelineOut, etag=tag_of,
          summary="Get one pipeline")  # fmt: skip
async def pipeline(request: web.Request) -> PipelineOut:
    """Give one, also one that takes no new deals."""
    return await request.app[DB].read(_one, path_id(request))


@endpoint("GET", "/lost-reasons", scope="deals:read", returns=list[LostReasonOut],
          summary="List the reasons for which a deal is lost")  # fmt: skip
async def reasons(request: web.Request) -> list[LostReasonOut]:
    """List reasons."""
    return await request.app[DB].read(_reasons)


def _listed(session: Session) -> list[PipelineOut]:
    rows = pipelines(session)
    stages = stages_of(session, [row.id for row in rows])
    return [_shown(row, stages[row.id]) for row in rows]


def _one(session: Session, pipeline_id: int) -> PipelineOut:
    found = session.get(Pipeline, pipeline_id)
    if found is None:
        raise Problem(404, _("There is no such pipeline"))
    return _shown(found, stages_of(session, [found.id])[found.id])


def _reasons(session: Session) -> list[LostReasonOut]:
    return [LostReasonOut(id=row.id, name=row.name) for row in lost_reasons(session)]


def _shown(row: Pipeline, stages: list[Stage]) -> PipelineOut:
    return PipelineOut(id=row.id, name=row.name, opened_by=row.opened_by, stages=[
        StageOut(**{name: getattr(stage, name) for name in OF_A_STAGE}) for stage in stages
    ])  # fmt: skip
