"""Deadlines over the API: what was promised, when it is due and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from msgspec import Meta
from sqlalchemy import not_, select
from sqlalchemy.orm import Session

from crm.deadlines import Deadline, deadlines_of
from crm.derivation_words import promised, told
from crm.rights import sees_task
from crm.standing import late
from crm.tasks import Task
from crm.web.api_shapes import DeadlineOut, Id
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint
from hub.web.etags import tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem


class DeadlineQuery(Paging, frozen=True, kw_only=True):
    """Which deadlines."""

    task: Annotated[Id | None, Meta(description="Only those of the task with this id")] = None
    overdue: Annotated[bool | None, Meta(description="Only those that are late now, or that are not")] = None


@endpoint("GET", "/deadlines", scope="deadlines:read", query=DeadlineQuery, returns=Page[DeadlineOut],
          summary="List deadlines, newest first")  # fmt: skip
async def deadlines(request: web.Request, query: DeadlineQuery) -> Page[DeadlineOut]:
    """List deadlines."""
    return await request.app[DB].read(_deadlines, viewer_of(request), query)


@endpoint("GET", "/deadlines/{id}", scope="deadlines:read", returns=DeadlineOut, etag=tag_of,
          summary="Get one deadline")  # fmt: skip
async def deadline(request: web.Request) -> DeadlineOut:
    """Give one deadline."""
    return await request.app[DB].read(_deadline, viewer_of(request), path_id(request))


def deadlines_by_task(session: Session, task_ids: Sequence[int]) -> dict[int, list[DeadlineOut]]:
    """Give the deadlines of several tasks as programs see them, the most pressing first."""
    found = deadlines_of(session, task_ids)
    return {task_id: [_shown(each) for each in rows] for task_id, rows in found.items()}


def _deadlines(session: Session, viewer: Viewer, query: DeadlineQuery) -> Page[DeadlineOut]:
    whose = sees_task(viewer, first=query.task is None)
    wanted = select(Deadline).join(Task, Task.id == Deadline.task_id).where(whose)
    if query.task is not None:
        wanted = wanted.where(Deadline.task_id == query.task)
    if query.overdue is not None:
        wanted = wanted.where(late() if query.overdue else not_(late()))
    rows = session.scalars(newest_first(wanted, Deadline.id, query)).all()
    return page_of(rows, query.limit, _shown)


def _deadline(session: Session, viewer: Viewer, deadline_id: int) -> DeadlineOut:
    found = session.scalar(
        select(Deadline)
        .join(Task, Task.id == Deadline.task_id)
        .where(Deadline.id == deadline_id, sees_task(viewer))
    )
    if found is None:
        raise Problem(404, _("There is no such deadline."))
    return _shown(found)


def _shown(row: Deadline) -> DeadlineOut:
    why = row.why
    return DeadlineOut(
        id=row.id, task=row.task_id, kind=row.kind, started_at=row.started_at, due_at=row.due_at,
        met_at=row.met_at, paused_at=row.paused_at, breached_at=row.breached_at,
        promise="" if why.by_hand else promised(row.seconds, row.days),
        derivation=told(why, row.zone), pieces=list(why.pieces),
    )  # fmt: skip
