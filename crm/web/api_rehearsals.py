"""A rehearsal over the API: a draft played over the last weeks' requests, beside the version in force."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from crm.process_xml import NotBpmn
from crm.processes import Faulty
from crm.rehearsal_history import MOST_WEEKS, Nothing
from crm.rehearsal_scenes import Guess
from crm.rehearsal_words import Rehearsed
from crm.web.api_processes import pointed
from crm.web.api_references import refused
from crm.web.rehearsing import rehearse
from hub.languages import _
from hub.web.api import endpoint
from hub.web.decoding import Body
from hub.web.pages import path_id
from hub.web.problems import Problem

Name = Annotated[str, Meta(max_length=200)]
Weeks = Annotated[int, Meta(ge=1, le=MOST_WEEKS)]
Percent = Annotated[int, Meta(ge=5, le=100)]
Minutes = Annotated[float, Meta(ge=0, le=100_000)]
Days = Annotated[float, Meta(ge=0, le=366)]
Often = Annotated[float, Meta(ge=0, le=1_000_000)]
Few = Meta(max_length=200)


class RehearsalIn(Body, frozen=True, kw_only=True):
    """What is guessed where nothing is known.

    `minutes` of work for a step by its name, `days` until a message comes, and how often each choice of an answer is
    made; `attention` is the share of their working time, in percent, that people have for this.
    """

    weeks: Weeks = 6
    minutes: Annotated[dict[Name, Minutes], Few] = msgspec.field(default_factory=dict)
    days: Annotated[dict[Name, Days], Few] = msgspec.field(default_factory=dict)
    shares: Annotated[dict[Name, Annotated[dict[Name, Often], Few]], Few] = msgspec.field(
        default_factory=dict
    )
    attention: Percent = 100


@endpoint("POST", "/processes/{id}/rehearsals", scope="processes:read", role="manager", body=RehearsalIn,
          returns=Rehearsed, errors=(409,),
          summary="Play the draft and the newest version over the last weeks; nothing is written")  # fmt: skip
async def play(request: web.Request, body: RehearsalIn) -> Rehearsed:
    """Rehearse a process."""
    guess = Guess(
        weeks=body.weeks, minutes=body.minutes, days=body.days, shares=body.shares, attention=body.attention
    )
    try:
        return await rehearse(request, path_id(request), guess)
    except Faulty as error:
        raise Problem(409, title=_("The draft cannot be rehearsed"), errors=pointed(error.faults)) from None
    except (Nothing, NotBpmn) as error:
        raise refused(str(error.args[0]), "/draft") from None
