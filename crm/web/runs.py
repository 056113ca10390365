"""What is under way in the company's processes, and a process begun for a deal."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import processes, run_mending
from crm.desk import ID_DIGITS, Refusal
from crm.process_troubles import Stuck
from crm.processes import Process, ProcessVersion
from crm.runs import Run
from crm.standing import is_late_run
from crm.web.deal_moves import seen
from crm.web.processes import HOME as PROCESSES
from crm.web.run_rows import RunRow, published, run_rows
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of

MOST = 100
WHICH = {"going": N_("Under way"), "late": N_("Late"), "stuck": N_("Stuck"), "ended": N_("Ended")}


class Asked(msgspec.Struct, frozen=True):
    """Which runs: of which process (0: all), and how they are."""

    process: int
    which: str


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _runs.html."""

    runs: Sequence[RunRow]
    more: bool
    processes: Sequence[tuple[int, str]]
    asked: Asked


@page("GET", "/runs", role="manager")
async def listed(request: web.Request) -> web.StreamResponse:
    """Show what is under way, late or stuck."""
    number, which = request.query.get("process", ""), request.query.get("which", "")
    asked = Asked(_id(number), which if which in WHICH else "going")
    shown = await request.app[DB].read(_listed, asked)
    template = "_runs.html" if is_fragment(request) else "runs.html"
    back = Back(PROCESSES, _("Processes"))
    ways = [(name, _(words)) for name, words in WHICH.items()]
    here = f"/runs?process={asked.process or ''}&which={asked.which}"
    return await render(request, template, title=_("Runs"), back=back, list=shown, ways=ways, here=here)


@page("POST", "/deals/{id}/runs")
async def begin(request: web.Request) -> web.StreamResponse:
    """Begin a process for a deal."""
    asked = await form(request)
    process, beside = (
        _id(asked.get("process", "")),
        _id(asked.get("beside", "")) if asked.get("again") else None,
    )
    name, run_id = await request.app[DB].write(_begin, viewer_of(request), path_id(request), process, beside)
    toast = Toast(text=_("Begun: %(name)s", name=name), href=f"/runs/{run_id}", words=_("Show it"))
    return await changed(request, toast, back=f"/deals/{path_id(request)}")


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else 0


def _begin(
    session: Session, viewer: Viewer, deal_id: int, process_id: int, beside: int | None
) -> tuple[str, int]:
    deal = seen(session, viewer, deal_id)
    name = dict(published(session)).get(process_id)
    version = processes.newest(session, process_id) if name else None
    if name is None or version is None:
        raise Refusal(_("Choose a process"))
    try:
        made = run_mending.begin(
            session, viewer, version, deal=deal, contact_id=deal.contact_id, beside=beside
        )
    except Stuck as error:
        raise Refusal(str(error)) from None
    return name, made.id


def _listed(session: Session, asked: Asked) -> Listed:
    wanted = select(Run).order_by(Run.id.desc()).limit(MOST + 1)
    if asked.process:
        of_it = select(ProcessVersion.id).where(ProcessVersion.process_id == asked.process)
        wanted = wanted.where(Run.version_id.in_(of_it))
    wanted = wanted.where(Run.ended_at.is_not(None) if asked.which == "ended" else Run.ended_at.is_(None))
    if asked.which == "stuck":
        wanted = wanted.where(Run.stuck_at.is_not(None))
    if asked.which == "late":
        wanted = wanted.where(is_late_run())
    found = session.scalars(wanted).all()
    drawn = session.execute(select(Process.id, Process.name).order_by(Process.name))
    return Listed(
        runs=run_rows(session, found[:MOST]), more=len(found) > MOST, processes=[(row[0], row[1]) for row in drawn],
        asked=asked,
    )  # fmt: skip
