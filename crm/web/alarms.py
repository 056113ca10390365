"""Alarms, tracked to their end: mine above every page, and all that I may see on a page of their own."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import alarms, desk
from crm.alarms import Alarm
from crm.rights import alarm_for, sees_alarm, sees_task
from crm.tasks import Task
from crm.web.alarm_rows import AlarmRow, alarm_rows
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.origin import came_from
from hub.web.pages import Toast, changed, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

HERE = "/alarms"
MOST = 500
PAST = 50
STACKED = 3  # alarms that lie over a page; the others are one press away


class Alarms(msgspec.Struct, frozen=True):
    """Open ones and those that ended, the newest first."""

    open: Sequence[AlarmRow]
    past: Sequence[AlarmRow]


@page("GET", "/alarms")
async def every(request: web.Request) -> web.StreamResponse:
    """Show all that this person may see."""
    shown = await request.app[DB].read(_every, viewer_of(request))
    if is_fragment(request):
        return await render(request, "_alarm_list.html", here=HERE, alarms=shown)
    sub = _("Who was told, who has seen it, how it ended")
    return await render(request, "alarms.html", title=_("Alarms"), sub=sub, here=HERE, alarms=shown)


@page("GET", "/alarms/mine")
async def mine(request: web.Request) -> web.StreamResponse:
    """Show what I am told and have not answered; from now on it counts as shown."""
    viewer, db = viewer_of(request), request.app[DB]
    rows, news = await db.read(_mine, viewer)
    if news:
        await db.write(alarms.show, viewer.user_id or 0)
    # Their own page shows them all, so nothing lies over it.
    shown = [] if came_from(request).partition("?")[0] == HERE else rows[:STACKED]
    more = len(rows) - len(shown) if shown else 0
    return await render(request, "_alarms_mine.html", alarms=shown, more=more)


@page("POST", "/alarms/{id}/seen")
async def seen(request: web.Request) -> web.StreamResponse:
    """Say that I looked at it."""
    await request.app[DB].write(_see, viewer_of(request), path_id(request))
    return web.Response(status=204)


@page("POST", "/alarms/{id}/answer")
async def answer(request: web.Request) -> web.StreamResponse:
    """Say that I take care of it."""
    title, href = await request.app[DB].write(_answer, viewer_of(request), path_id(request))
    return await changed(
        request, Toast(text=_("You take care of it: %(task)s", task=title), href=href, words=_("Open"))
    )


def _every(session: Session, viewer: Viewer) -> Alarms:
    query = select(Alarm).where(sees_alarm(viewer)).order_by(Alarm.id.desc()).limit(MOST)
    still_open = session.scalars(query.where(Alarm.answered_at.is_(None))).all()
    ended = query.where(
        Alarm.answered_at.is_not(None), Alarm.deadline_id.not_in({alarm.deadline_id for alarm in still_open})
    )
    past = session.scalars(ended).all()
    rows = _late_first(alarm_rows(session, viewer, still_open))
    return Alarms(rows, alarm_rows(session, viewer, past)[:PAST])


def _mine(session: Session, viewer: Viewer) -> tuple[list[AlarmRow], bool]:
    """Give the newest open alarm of every task, the late ones first, and whether one was never shown."""
    told = alarms.mine(session, viewer.user_id or 0)
    newest: dict[int, Alarm] = {}
    for alarm in told:
        newest.setdefault(alarm.task_id, alarm)
    rows = _late_first(alarm_rows(session, viewer, list(newest.values())))
    return rows, any(alarm.shown_at is None for alarm in told)


def _late_first(rows: Sequence[AlarmRow]) -> list[AlarmRow]:
    return sorted(rows, key=lambda row: not row.late)


def _see(session: Session, viewer: Viewer, alarm_id: int) -> None:
    alarm = alarm_for(session, viewer, alarm_id)
    if alarm is None or alarm.user_id != viewer.user_id:
        raise Problem(404, _("There is no such alarm of yours."))
    alarms.see(session, alarm)


def _answer(session: Session, viewer: Viewer, alarm_id: int) -> tuple[str, str]:
    alarm = alarm_for(session, viewer, alarm_id)
    task = session.get(Task, alarm.task_id) if alarm else None
    if alarm is None or task is None:
        raise Problem(404, _("There is no such alarm, or it is not yours to see."))
    if alarm.answered_at is not None:
        raise desk.Refusal(_("Somebody takes care of it already"))
    if session.scalar(select(Task.id).where(Task.id == task.id, sees_task(viewer))) is None:
        raise Problem(404, _("There is no such task, or it is not yours to see."))
    desk.answer_alarm(session, viewer, task)
    return task.title, f"/contacts/{task.contact_id}" if task.contact_id else f"/tasks/{task.id}"
