"""What is done by itself in the stages, over the API."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy.orm import Session

from crm import robots
from crm.pipelines import Stage
from crm.robot_drawing import RobotDeed
from crm.web.robots import in_words, told
from hub.languages import _
from hub.shapes import convert
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.problems import Problem

Text = Annotated[str, Meta(max_length=200)]
Time = Annotated[str, Meta(max_length=40, description="Such as 15 min, 4 h or 3 days")]


class DeedIn(Body, frozen=True, kw_only=True):
    """One thing: a task or a note for `who` with `text`, or the stage called `text`; `after` waits first.

    Or the customer is written to: `letter` by the template called `text`, `chat` in his chat with `text`.
    """

    kind: Annotated[str, Meta(pattern="^(task|note|stage|letter|chat)$")]
    text: Annotated[str, Meta(min_length=1, max_length=200)]
    who: Text = "responsible"
    within: Time = ""
    after: Time = ""


class RobotIn(Body, frozen=True, kw_only=True):
    """All that is done from now on when a deal enters the stage; none: nothing."""

    deeds: Annotated[list[DeedIn], Meta(max_length=robots.MOST)]


class DeedOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing, and how it is said."""

    kind: str
    text: str
    who: str
    within: str
    after: str
    words: str


class RobotOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is done by itself when a deal enters a stage."""

    stage: int
    deeds: list[DeedOut]


@endpoint("GET", "/stages/{id}/robot", scope="processes:read", returns=RobotOut,
          summary="Get what is done by itself when a deal enters a stage")  # fmt: skip
async def robot(request: web.Request) -> RobotOut:
    """Give it."""
    return await request.app[DB].read(lambda session: _shown(session, path_id(request)))


@endpoint("PUT", "/stages/{id}/robot", scope="processes:write", role="manager", body=RobotIn, returns=RobotOut,
          errors=(409,), summary="Say what is done by itself when a deal enters a stage")  # fmt: skip
async def set_robot(request: web.Request, body: RobotIn) -> RobotOut:
    """Set it."""
    return await write(request, _set, viewer_of(request), path_id(request), body)


def _set(session: Session, viewer: Viewer, stage_id: int, wanted: RobotIn) -> RobotOut:
    deeds = [convert(msgspec.structs.asdict(each), RobotDeed) for each in wanted.deeds]
    with told():
        robots.set_deeds(session, viewer, _stage(session, stage_id), deeds)
    return _shown(session, stage_id)


def _shown(session: Session, stage_id: int) -> RobotOut:
    found = robots.deeds_of(robots.robots_at(session, [_stage(session, stage_id).id]).get(stage_id))
    deeds = [DeedOut(**msgspec.structs.asdict(each), words=in_words(session, each)) for each in found]
    return RobotOut(stage=stage_id, deeds=deeds)


def _stage(session: Session, stage_id: int) -> Stage:
    found = session.get(Stage, stage_id)
    if found is None:
        raise Problem(404, _("There is no such stage."))
    return found
