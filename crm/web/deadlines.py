"""One deadline explains itself: opened by a press on its clock, wherever that stands."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.deadlines import Deadline
from crm.rights import sees_task
from crm.tasks import Task
from crm.web.clocks import Clock
from crm.web.task_rows import explained_clock
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem


@page("GET", "/deadlines/{id}")
async def why(request: web.Request) -> web.StreamResponse:
    """Show why it is due when it is due; to a clock that was pressed, the bar alone."""
    shown = await request.app[DB].read(_explained, viewer_of(request), path_id(request))
    if is_fragment(request):
        return await render(request, "_why.html", deadline=shown)
    back = Back(shown.task.href, shown.task.title) if shown.task else None
    return await render(request, "why.html", title=_("Why this deadline"), sub="", back=back, deadline=shown)


def _explained(session: Session, viewer: Viewer, deadline_id: int) -> Clock:
    mine = select(Deadline, Task).join(Task, Task.id == Deadline.task_id)
    found = session.execute(mine.where(Deadline.id == deadline_id, sees_task(viewer))).first()
    if found is None:
        raise Problem(404, _("There is no such deadline, or it is not yours to see."))
    deadline, task = found
    return explained_clock(session, deadline, [task])
