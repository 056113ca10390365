"""What is done by itself when a deal enters a stage: a list in words, to which things are added and taken from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import robots
from crm.desk import Refusal
from crm.pipelines import Pipeline, Stage
from crm.process_sheets import LONGEST
from crm.processes import Faulty
from crm.robot_drawing import RobotDeed
from crm.web.deed_pieces import letters
from crm.web.piece_fields import Options, stages, whom
from hub.languages import N_, _
from hub.shapes import convert
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

PIPELINES = "/pipelines"
KINDS = {
    "task": N_("Make a task"), "note": N_("Tell somebody on the card"),
    "stage": N_("Have the deal go to another stage"), "letter": N_("Write the customer a letter"),
    "chat": N_("Write the customer in his chat"),
}  # fmt: skip


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _robot.html; `deeds` in words, in order; `process` is what is played, 0 before one is."""

    stage_id: int
    stage: str
    pipeline: str
    deeds: Sequence[str]
    process: int
    whom: Options
    stages: Options
    letters: Options
    kinds: Options


@page("GET", "/stages/{id}/robot", role="manager")
async def robot(request: web.Request) -> web.StreamResponse:
    """Show what is done in a stage."""
    shown = await request.app[DB].read(_shown, path_id(request))
    if is_fragment(request):
        return await render(request, "_robot.html", robot=shown)
    back = Back(PIPELINES, _("Pipelines"))
    return await render(request, "robot.html", title=shown.stage, sub=shown.pipeline, back=back, robot=shown)


@page("POST", "/stages/{id}/robot", role="manager")
async def add(request: web.Request) -> web.StreamResponse:
    """Have one more thing done."""
    deed = _read(await form(request))
    return await _set(request, lambda deeds: [*deeds, deed], _("Added"))


@page("DELETE", "/stages/{id}/robot/{place}", role="manager")
async def take_away(request: web.Request) -> web.StreamResponse:
    """Have a thing be done no more."""
    place = path_id(request, "place")
    return await _set(request, lambda deeds: [*deeds[: place - 1], *deeds[place:]], _("Taken away"))


@contextmanager
def told() -> Iterator[None]:
    """Refuse in words what a robot cannot do."""
    try:
        yield
    except Faulty as error:
        raise Refusal(" ".join(dict.fromkeys(str(fault.words) for fault in error.faults))) from None
    except ValueError as error:
        raise Refusal(str(error)) from None


def in_words(session: Session, deed: RobotDeed) -> str:
    """Say a deed: "After 3 days, if the deal is still here: it goes to Lost"."""
    who = dict(whom(session)).get(deed.who, deed.who)
    if deed.kind == "task":
        told = _("Task for %(who)s: %(text)s", who=who, text=deed.text)
        told = _("%(told)s, within %(time)s", told=told, time=deed.within) if deed.within else told
    elif deed.kind == "note":
        told = _("%(who)s is told: %(text)s", who=who, text=deed.text)
    elif deed.kind == "letter":
        told = _("The customer gets the letter %(template)s", template=deed.text)
    elif deed.kind == "chat":
        told = _("The customer is written in his chat, or by mail: %(text)s", text=deed.text)
    else:
        told = _("The deal goes to %(stage)s", stage=deed.text)
    return (
        _("After %(time)s, if it is still here: %(told)s", time=deed.after, told=told) if deed.after else told
    )


def _read(said: Mapping[str, str]) -> RobotDeed:
    kind = said.get("kind", "")
    asked = {"stage": "stage", "letter": "template"}.get(kind, "text")
    text = " ".join(said.get(asked, "").split())[:LONGEST]
    if kind not in KINDS:
        raise Refusal(_("Choose what is done"))
    if not text:
        missing = {"stage": _("Choose a stage"), "letter": _("Choose a template of letters")}
        raise Refusal(missing.get(kind, _("Say what")))
    return convert(
        {
            "kind": kind, "text": text, "who": said.get("who", "") or "responsible",
            "within": said.get("within", "").strip()[:40] if kind == "task" else "",
            "after": said.get("after", "").strip()[:40],
        },
        RobotDeed,
    )  # fmt: skip


async def _set(
    request: web.Request, change: Callable[[Sequence[RobotDeed]], Sequence[RobotDeed]], words: str
) -> web.StreamResponse:
    def keep(session: Session, viewer: Viewer, stage_id: int) -> None:
        stage = _stage(session, stage_id)
        now = robots.deeds_of(robots.robots_at(session, [stage_id]).get(stage_id))
        with told():
            robots.set_deeds(session, viewer, stage, change(now))

    await request.app[DB].write(keep, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=words), back=f"/stages/{path_id(request)}/robot")


def _shown(session: Session, stage_id: int) -> Shown:
    stage = _stage(session, stage_id)
    robot = robots.robots_at(session, [stage_id]).get(stage_id)
    return Shown(
        stage_id=stage.id, stage=stage.name, pipeline=session.get_one(Pipeline, stage.pipeline_id).name,
        deeds=[in_words(session, each) for each in robots.deeds_of(robot)], process=robot.process_id if robot else 0,
        whom=whom(session), stages=stages(session), letters=letters(session),
        kinds=[(kind, _(words)) for kind, words in KINDS.items()],
    )  # fmt: skip


def _stage(session: Session, stage_id: int) -> Stage:
    found = session.get(Stage, stage_id)
    if found is None:
        raise Problem(404, _("There is nothing at this address."))
    return found
