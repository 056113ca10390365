"""Setting up pipelines: their stages, what each asks for, how probable a sale is in it, and why deals are lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import deal_fields, pipeline_changes
from crm.pipeline_changes import Settings
from crm.pipelines import OPEN, LostReason, Pipeline, Stage
from crm.robots import again
from crm.web.left_behind import after
from crm.web.pipeline_views import answers, listed
from crm.web.robots import told
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HOME = "/pipelines"

add_room(
    Room(href=HOME, name=N_("Pipelines"), icon="board", order=63, role="manager", within="/settings",
         about=N_("The stages of a sale, what must be known in each, and why deals are lost"))
)  # fmt: skip

Row = TypeVar("Row", Pipeline, Stage, LostReason)
Named = TypeVar("Named", Pipeline, LostReason)


@page("GET", HOME, role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show all pipelines."""
    shown = await request.app[DB].read(listed)
    template = "_pipelines.html" if is_fragment(request) else "pipelines.html"
    return await render(request, template, title=_("Pipelines"), list=shown)


@page("POST", HOME, role="manager")
async def add(request: web.Request) -> web.StreamResponse:
    """Make a pipeline."""
    name = (await form(request)).get("name", "")
    made = await request.app[DB].write(_add_pipeline, viewer_of(request), name)
    return await changed(request, Toast(text=_("New pipeline: %(name)s", name=made)), back=HOME)


@page("POST", "/pipelines/{id}", role="manager")
async def rename(request: web.Request) -> web.StreamResponse:
    """Call a pipeline otherwise."""
    return await _renamed(request, Pipeline)


@page("POST", "/pipelines/{id}/position", role="manager")
async def order(request: web.Request) -> web.StreamResponse:
    """Put a pipeline before or after another."""
    return await _moved(request, Pipeline)


@page("POST", "/pipelines/{id}/retirement", role="manager")
async def retire(request: web.Request) -> web.StreamResponse:
    """Open no new deals in it."""
    return await _retired(request, Pipeline, HOME, retired=True)


@page("DELETE", "/pipelines/{id}/retirement", role="manager")
async def bring_back(request: web.Request) -> web.StreamResponse:
    """Open deals in it again."""
    return await _retired(request, Pipeline, HOME, retired=False)


@page("POST", "/pipelines/{id}/openings", role="manager")
async def open_by(request: web.Request) -> web.StreamResponse:
    """Say by which channels requests open a deal in it."""
    await form(request)  # whatever may not be sent is refused there
    channels = [str(each) for each in (await request.post()).getall("channel", [])][:100]

    def change(session: Session, viewer: Viewer, row_id: int) -> str:
        row = _one(session, Pipeline, row_id)
        pipeline_changes.open_by(session, viewer, row, channels)
        return row.name

    return await _done(request, change, N_("Saved: %(name)s"))


@page("POST", "/pipelines/{id}/stages", role="manager")
async def add_stage(request: web.Request) -> web.StreamResponse:
    """Make a stage."""
    wanted = await _settings(request)
    name = await request.app[DB].write(_add_stage, viewer_of(request), path_id(request), wanted)
    return await changed(request, Toast(text=_("New stage: %(name)s", name=name)), back=HOME)


@page("POST", "/stages/{id}", role="manager")
async def change_stage(request: web.Request) -> web.StreamResponse:
    """Change a stage."""
    wanted = await _settings(request)
    name = await request.app[DB].write(_change_stage, viewer_of(request), path_id(request), wanted)
    return await changed(request, Toast(text=_("Saved: %(name)s", name=name)), back=HOME)


@page("POST", "/stages/{id}/position", role="manager")
async def order_stage(request: web.Request) -> web.StreamResponse:
    """Put a stage before or after another."""
    return await _moved(request, Stage)


@page("POST", "/stages/{id}/retirement", role="manager")
async def retire_stage(request: web.Request) -> web.StreamResponse:
    """Show a stage no more."""
    return await _retired(request, Stage, "/stages", retired=True)


@page("DELETE", "/stages/{id}/retirement", role="manager")
async def bring_stage_back(request: web.Request) -> web.StreamResponse:
    """Show a stage again."""
    return await _retired(request, Stage, "/stages", retired=False)


@page("POST", "/lost-reasons", role="manager")
async def add_reason(request: web.Request) -> web.StreamResponse:
    """Make a reason."""
    name = (await form(request)).get("name", "")
    made = await request.app[DB].write(_add_reason, viewer_of(request), name)
    return await changed(request, Toast(text=_("New reason: %(name)s", name=made)), back=HOME)


@page("POST", "/lost-reasons/{id}", role="manager")
async def rename_reason(request: web.Request) -> web.StreamResponse:
    """Word a reason otherwise."""
    return await _renamed(request, LostReason)


@page("POST", "/lost-reasons/{id}/position", role="manager")
async def order_reason(request: web.Request) -> web.StreamResponse:
    """Put a reason before or after another."""
    return await _moved(request, LostReason)


@page("POST", "/lost-reasons/{id}/retirement", role="manager")
async def retire_reason(request: web.Request) -> web.StreamResponse:
    """Offer a reason no more."""
    return await _retired(request, LostReason, "/lost-reasons", retired=True)


@page("DELETE", "/lost-reasons/{id}/retirement", role="manager")
async def bring_reason_back(request: web.Request) -> web.StreamResponse:
    """Offer a reason again."""
    return await _retired(request, LostReason, "/lost-reasons", retired=False)


async def _renamed(request: web.Request, kind: type[Named]) -> web.StreamResponse:
    name = (await form(request)).get("name", "")

    def rename(session: Session, viewer: Viewer, row_id: int) -> str:
        row = _one(session, kind, row_id)
        _renamed, left = after(session, lambda: pipeline_changes.rename(session, viewer, row, name))
        return row.name + left

    return await _done(request, rename, N_("Saved: %(name)s"))


async def _moved(request: web.Request, kind: type[Row]) -> web.StreamResponse:
    to = (await form(request)).get("to", "")

    def move(session: Session, viewer: Viewer, row_id: int) -> str:
        row = _one(session, kind, row_id)
        pipeline_changes.move(session, viewer, row, to)
        return row.name

    return await _done(request, move, N_("Moved: %(name)s"))


async def _retired(request: web.Request, kind: type[Row], home: str, *, retired: bool) -> web.StreamResponse:
    def retire(session: Session, viewer: Viewer, row_id: int) -> str:
        row = _one(session, kind, row_id)
        _done, left = after(session, lambda: pipeline_changes.retire(session, viewer, row, retired=retired))
        return row.name + left

    undo = f"{home}/{path_id(request)}/retirement" if retired else ""
    return await _done(request, retire, N_("Retired: %(name)s") if retired else N_("Back: %(name)s"), undo)


async def _done(
    request: web.Request, deed: Callable[[Session, Viewer, int], str], words: str, undo: str = ""
) -> web.StreamResponse:
    name = await request.app[DB].write(deed, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_(words, name=name), undo=undo), back=HOME)


async def _settings(request: web.Request) -> Settings:
    """Read a stage's form; what is no number is refused by the business."""
    said = await form(request)
    posted = await request.post()
    return Settings(
        name=said.get("name", ""), probability=_whole(said.get("probability", "0")), ends=said.get("ends", OPEN),
        required=[str(each) for each in posted.getall("required", [])][:100],
        stale_days=_whole(said.get("stale_days", "0")),
    )  # fmt: skip


def _whole(text: str) -> int:
    text = text.strip() or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1  # noqa: PLR2004 - digits


def _one(session: Session, kind: type[Row], row_id: int) -> Row:
    found = session.get(kind, row_id)
    if found is None:
        raise Problem(404, _("There is nothing at this address."))
    return found


def _add_pipeline(session: Session, viewer: Viewer, name: str) -> str:
    return pipeline_changes.add_pipeline(session, viewer, name).name


def _add_reason(session: Session, viewer: Viewer, name: str) -> str:
    return pipeline_changes.add_reason(session, viewer, name).name


def _add_stage(session: Session, viewer: Viewer, pipeline_id: int, wanted: Settings) -> str:
    pipeline = session.get(Pipeline, pipeline_id)
    if pipeline is None:
        raise Problem(404, _("There is nothing at this address."))
    return pipeline_changes.add_stage(session, viewer, pipeline, wanted).name


def _change_stage(session: Session, viewer: Viewer, stage_id: int, wanted: Settings) -> str:
    stage = session.get(Stage, stage_id)
    if stage is None:
        raise Problem(404, _("There is nothing at this address."))
    offered = answers(session)
    own = [
        key for key in stage.required if key.startswith(deal_fields.OF_DEAL) and key not in offered
    ]  # of the file

    def change() -> None:
        required = [*wanted.required, *own]
        pipeline_changes.change_stage(
            session, viewer, stage, msgspec.structs.replace(wanted, required=required)
        )
        with told():
            again(session, viewer, stage)

    _done, left = after(session, change)
    return stage.name + left
