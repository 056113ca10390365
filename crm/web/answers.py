"""A step of a process that somebody says is done, with the answers of its form."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.orm import Session

from crm import desk
from crm.web.step_forms import NAME, StepForm, form_shown
from crm.web.tasks import visible
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of

UNREADABLE = 422


@page("GET", "/tasks/{id}/answers")
async def asked(request: web.Request) -> web.StreamResponse:
    """Show what is to be found out: in a dialog, or on a page of its own."""
    return await _show(request, await request.app[DB].read(_form, viewer_of(request), path_id(request)))


@page("POST", "/tasks/{id}/answers")
async def answer(request: web.Request) -> web.StreamResponse:
    """Say that the step is done; what is wrong is told at its field."""
    said = await form(request)
    given = {name.removeprefix(NAME): value for name, value in said.items() if name.startswith(NAME)}
    viewer, task_id = viewer_of(request), path_id(request)
    try:
        title = await request.app[DB].write(_done, viewer, task_id, given)
    except desk.Incomplete as error:
        shown = await request.app[DB].read(_form, viewer, task_id, given, error.faults)
        return await _show(request, shown, UNREADABLE, sheet=said.get("where") == "sheet")
    return await changed(request, Toast(text=_("Done: %(task)s", task=title)), back=f"/tasks/{task_id}")


async def _show(
    request: web.Request, shown: StepForm, status: int = 200, *, sheet: bool = False
) -> web.StreamResponse:
    if not is_fragment(request):
        back = Back(f"/tasks/{shown.task_id}", shown.title)
        return await render(
            request, "answers.html", title=_("Done"), sub=shown.title, back=back, step=shown, status=status
        )
    if status == UNREADABLE:  # sent from the task's own page, or from the dialog above any other
        response = await render(request, "_step_form.html", step=shown, status=status, sheet=sheet)
        place = f"#answers-{shown.task_id}-{'sheet' if sheet else 'page'}"
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = place, "outerHTML"
        return response
    return await render(request, "_answers.html", step=shown)


def _form(
    session: Session, viewer: Viewer, task_id: int, given: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> StepForm:  # fmt: skip
    return form_shown(session, visible(session, viewer, task_id), given, faults)


def _done(session: Session, viewer: Viewer, task_id: int, given: Mapping[str, str]) -> str:
    found = visible(session, viewer, task_id)
    if found.done_at is not None:
        raise desk.Refusal(_("Somebody was faster: this is done already"))
    desk.complete(session, viewer, found, answers=given)
    return found.title
