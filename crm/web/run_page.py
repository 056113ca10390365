"""One run: its diagram coloured, its history with who, when and from what, what it knows, and what is done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Concatenate, ParamSpec

import msgspec
from aiohttp import web
from markupsafe import Markup
from sqlalchemy.orm import Session

from crm import processes, run_mending, runs
from crm.answer_words import in_words
from crm.desk import Refusal
from crm.process_elements import Diagram
from crm.process_troubles import Stuck
from crm.processes import Process, ProcessVersion
from crm.rights import contact_for, deal_for, run_for
from crm.run_answers import from_document
from crm.runs import Run, RunStep
from crm.web.people import Person, people_of
from crm.web.process_files import bpmn
from crm.web.run_rows import late_steps, state_of
from crm.web.stressed import stressed
from crm.web.zones import zone_of
from hub.languages import _
from hub.users import ROLES, Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

P = ParamSpec("P")

HOME = "/runs"
MAY_MEND = frozenset(ROLES[ROLES.index("head") :])


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened: `state` is done, waiting, late or dropped; `task` the task that it is, or 0."""

    id: int
    element: str
    name: str
    state: str
    cause: Markup
    began_at: datetime
    ended_at: datetime | None
    by: Person | None
    task: int


class OpenStep(msgspec.Struct, frozen=True):
    """A step where the run waits, and where it could go on instead: list of (element, name)."""

    id: int
    name: str
    places: Sequence[tuple[str, str]]


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _run.html."""

    id: int
    process: str
    process_id: int
    version: int
    state: str
    words: str
    stuck: Markup
    stuck_at: datetime | None
    stopped: str
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    waits_for: Sequence[str]
    contact: tuple[int, str]
    deal: tuple[int, str] | None
    knows: Sequence[tuple[str, str]]
    steps: Sequence[StepRow]
    open: Sequence[OpenStep]
    marks: Mapping[str, str]
    may_mend: bool


@page("GET", "/runs/{id}")
async def run(request: web.Request) -> web.StreamResponse:
    """Show a run; to a script the part that changes."""
    shown = await request.app[DB].read(_view, viewer_of(request), path_id(request))
    if is_fragment(request):
        return await render(request, "_run.html", run=shown)
    back = (
        Back(f"/deals/{shown.deal[0]}", shown.deal[1])
        if shown.deal
        else Back(f"/contacts/{shown.contact[0]}", shown.contact[1])
    )
    return await render(request, "run.html", title=shown.process, sub=shown.contact[1], back=back, run=shown)


@page("GET", "/runs/{id}/diagram")
async def diagram(request: web.Request) -> web.StreamResponse:
    """Give the diagram that it goes by."""
    xml = await request.app[DB].read(_diagram, viewer_of(request), path_id(request))
    return bpmn(f"{path_id(request)}.bpmn", xml, "private, max-age=86400")


@page("POST", "/runs/{id}/attempt")
async def try_again(request: web.Request) -> web.StreamResponse:
    """Have a run that was stuck go on."""
    await _do(request, run_mending.try_again)
    return await changed(request, Toast(text=_("The run goes on")), back=f"{HOME}/{path_id(request)}")


@page("POST", "/runs/{id}/ending", role="head")
async def end(request: web.Request) -> web.StreamResponse:
    """End a run by hand."""
    why = (await form(request)).get("why", "")
    if not why.strip():
        raise Refusal(_("Say why it ends"))
    await _do(request, run_mending.stop, why)
    return await changed(request, Toast(text=_("The run is ended")), back=f"{HOME}/{path_id(request)}")


@page("POST", "/runs/{id}/moves", role="head")
async def move(request: web.Request) -> web.StreamResponse:
    """Have a run go on at another step."""
    said = await form(request)
    step = int(said["step"]) if said.get("step", "").isdecimal() and len(said["step"]) < 19 else 0  # noqa: PLR2004 - digits
    await _do(request, move_by_hand, step, said.get("to", ""), said.get("why", ""))
    return await changed(request, Toast(text=_("The run goes on there")), back=f"{HOME}/{path_id(request)}")


def move_by_hand(session: Session, viewer: Viewer, found: Run, step_id: int, element: str, why: str) -> None:
    """Move a run from one of its own steps; Stuck says why it cannot be."""
    step = session.get(RunStep, step_id)
    if step is None or step.run_id != found.id:
        raise Stuck(_("Somebody was faster: this step is over"))
    run_mending.move_by_hand(session, viewer, found, step, element, why)


def seen_run(session: Session, viewer: Viewer, run_id: int) -> Run:
    """Give a run that this viewer sees; any other is not found."""
    found = run_for(session, viewer, run_id)
    if found is None:
        raise Problem(404, _("There is no such run."))
    return found


async def _do(
    request: web.Request, deed: Callable[Concatenate[Session, Viewer, Run, P], None], *args: P.args, **kwargs: P.kwargs
) -> None:  # fmt: skip
    def do(session: Session, viewer: Viewer, run_id: int) -> None:
        try:
            deed(session, viewer, seen_run(session, viewer, run_id), *args, **kwargs)
        except Stuck as error:
            raise Refusal(str(error)) from None

    await request.app[DB].write(do, viewer_of(request), path_id(request))


def _diagram(session: Session, viewer: Viewer, run_id: int) -> str:
    return session.get_one(ProcessVersion, seen_run(session, viewer, run_id).version_id).xml


def _view(session: Session, viewer: Viewer, run_id: int) -> RunView:
    found = seen_run(session, viewer, run_id)
    version = session.get_one(ProcessVersion, found.version_id)
    diagram = processes.plan_of(session, found.version_id, found.plan).diagram
    steps = runs.steps_of(session, found.id)
    late = late_steps(session, steps)
    contact, deal = (
        contact_for(session, viewer, found.contact_id),
        deal_for(session, viewer, found.deal_id or 0),
    )
    state, words = state_of(found, late=bool(late))
    return RunView(
        id=found.id, process=session.get_one(Process, version.process_id).name, process_id=version.process_id,
        version=version.number, state=state, words=words, stuck=stressed(str(found.stuck)), stuck_at=found.stuck_at,
        stopped=found.stopped_why, started_at=found.started_at, ended_at=found.ended_at, due_at=found.due_at,
        waits_for=[_(each) for each in found.waits_for], contact=(found.contact_id, contact.name if contact else ""),
        deal=(deal.id, deal.title) if deal else None, knows=_knows(found, diagram),
        steps=_steps(session, steps, diagram, late), open=_open(found, steps, diagram),
        marks=_marks(steps, late), may_mend=viewer.role in MAY_MEND,
    )  # fmt: skip


def _knows(found: Run, diagram: Diagram) -> Sequence[tuple[str, str]]:
    """Give what it found out, by the words with which it was asked for."""
    asked = {
        each.name: each.label for node in diagram.nodes.values() if node.work for each in node.work.answers
    }
    told = ((name, from_document(value)) for name, value in found.data.items())
    return [(asked.get(name, name), in_words(value)) for name, value in told if value is not None]


def _steps(
    session: Session, steps: Sequence[RunStep], diagram: Diagram, late: frozenset[int]
) -> Sequence[StepRow]:
    people = people_of(session, {each.ended_by for each in steps}, zone_of(session))
    return [
        StepRow(
            id=each.id, element=each.element, name=diagram.called(each.element), state=_state(each, late),
            cause=stressed(str(each.cause)), began_at=each.began_at, ended_at=each.ended_at or each.dropped_at,
            by=people.get(each.ended_by or 0), task=each.task_id or 0,
        )
        for each in reversed(steps)
    ]  # fmt: skip


def _state(step: RunStep, late: frozenset[int]) -> str:
    if step.dropped_at is not None:
        return "dropped"
    if step.ended_at is not None:
        return "done"
    return "late" if step.id in late else "waiting"


def _marks(steps: Sequence[RunStep], late: frozenset[int]) -> Mapping[str, str]:
    """Give how each element is: as it was last, and what waits before what is done."""
    marks = {each.element: _state(each, late) for each in steps}
    return marks | {
        each.element: state for each in steps if (state := _state(each, late)) in {"waiting", "late"}
    }


def _open(found: Run, steps: Sequence[RunStep], diagram: Diagram) -> Sequence[OpenStep]:
    if found.ended_at is not None:
        return ()
    places = (
        (each, run_mending.places_for(diagram, each))
        for each in steps if each.ended_at is None and each.dropped_at is None
    )  # fmt: skip
    return [
        OpenStep(each.id, diagram.called(each.element), [(node.id, diagram.called(node.id)) for node in nodes])
        for each, nodes in places if nodes
    ]  # fmt: skip
