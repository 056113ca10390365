"""The form of a process's step over the API: what its task asks for, and the answers with which it is done."""

from __future__ import annotations

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import desk, run_steps
from crm.tasks import Task
from crm.web.api_shapes import Name, TaskOut
from crm.web.api_tasks import changed, seen
from hub.shapes import convert
from hub.users import Viewer
from hub.web.api import endpoint
from hub.web.decoding import Body
from hub.web.etags import tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of


class FieldOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a step asks for; `least` and `most` bound a number, or the letters of a text.

    With `when`, such as interested=yes, it is required only where that was answered.
    """

    name: str
    label: str
    kind: str
    required: bool
    least: float | None
    most: float | None
    choices: list[str]
    when: str


class Answers(Body, frozen=True, kw_only=True):
    """What somebody answered, by the names of the fields; days as 2026-12-24."""

    answers: dict[Name, str | int | float | bool | None]


@endpoint("GET", "/tasks/{id}/form", scope="tasks:read", returns=list[FieldOut],
          summary="List what a task asks for when it is done: nothing, unless it is a process's step")  # fmt: skip
async def form(request: web.Request) -> list[FieldOut]:
    """Give the form of a step."""
    return await request.app[DB].read(_form, viewer_of(request), path_id(request))


@endpoint("POST", "/tasks/{id}/answers", scope="tasks:write", body=Answers, returns=TaskOut, etag=tag_of,
          summary="Say that a process's step is done, with the answers of its form; the process goes on")  # fmt: skip
async def answer(request: web.Request, body: Answers) -> TaskOut:
    """Fill in the form of a step."""

    def act(session: Session, viewer: Viewer, task: Task) -> None:
        desk.complete(session, viewer, task, answers=body.answers)

    return await changed(request, act)


def _form(session: Session, viewer: Viewer, task_id: int) -> list[FieldOut]:
    fields = run_steps.form_of(session, seen(session, viewer, task_id))
    return [convert(each, FieldOut, from_attributes=True) for each in fields]
