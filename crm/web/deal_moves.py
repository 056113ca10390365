"""Moving deals from stage to stage: what the stage asks for is asked in a dialog, and so is why a deal is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_fields, deal_moves, pipelines, run_mending, runs
from crm.deal_moves import Lost, Unfilled
from crm.deals import Deal, DealMove, moves_of
from crm.desk import Refusal
from crm.pipelines import LOST, Stage
from crm.rights import deal_for
from crm.web.deals import number
from crm.web.run_rows import run_rows
from crm.web.stage_asks import Ask, Unfit, ask_of, fill
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

UNREADABLE = 422
FILL = "fill."

Values = Mapping[str, str]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deal_move.html; `going` are processes under way for a deal that is lost, and where they wait.

    `was` is the stage in which it was seen, as text, "" where nobody said.
    """

    id: int
    title: str
    was: str
    stage: int
    stage_name: str
    asks: Sequence[Ask]
    lost: bool
    reasons: Sequence[tuple[int, str]]
    reason: str
    why: str
    going: Sequence[tuple[str, str]]
    end: bool
    error: str


class Moved(msgspec.Struct, frozen=True):
    """What was done, in words, and the move that can be taken back (0: none)."""

    words: str
    move_id: int


def seen(session: Session, viewer: Viewer, deal_id: int) -> Deal:
    """Give a deal that this viewer sees; any other is not found."""
    found = deal_for(session, viewer, deal_id)
    if found is None:
        raise Problem(404, _("There is no such deal, or it belongs to another department."))
    return found


@page("POST", "/deals/{id}/moves")
async def move(request: web.Request) -> web.StreamResponse:
    """Put a deal into a stage, with what the stage asks for."""
    said = await form(request)
    deal_id = path_id(request)
    try:
        moved = await request.app[DB].write(_move, viewer_of(request), deal_id, said)
    except (Lost, Unfilled) as refusal:
        # Who only dragged the card is asked; who answered already is told what is still wrong.
        return await _ask(request, said, "", "" if "asked" not in said else str(refusal))
    except Unfit as unfit:
        return await _ask(request, said, unfit.key, str(unfit))
    undo = f"/deals/{deal_id}/moves/{moved.move_id}" if moved.move_id else ""
    return await changed(request, Toast(text=moved.words, undo=undo), back=f"/deals/{deal_id}")


@page("DELETE", "/deals/{id}/moves/{move}")
async def take_back(request: web.Request) -> web.StreamResponse:
    """Put a deal back to where it came from, unless it was moved again since."""
    words = await request.app[DB].write(
        _take_back, viewer_of(request), path_id(request), path_id(request, "move")
    )
    return await changed(request, Toast(text=words), back=f"/deals/{path_id(request)}")


async def _ask(request: web.Request, said: Values, wrong: str, words: str) -> web.StreamResponse:
    asked = await request.app[DB].read(_asked, viewer_of(request), path_id(request), said, wrong, words)
    response = await render(
        request, "_deal_move.html" if is_fragment(request) else "deal_move.html", status=UNREADABLE,
        title=asked.title, back=Back(f"/deals/{asked.id}", asked.title), asked=asked,
    )  # fmt: skip
    if is_fragment(request):
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#sheet", "innerHTML"
    return response


def _move(session: Session, viewer: Viewer, deal_id: int, said: Values) -> Moved:
    deal = seen(session, viewer, deal_id)
    for name, text in said.items():
        if name.startswith(FILL) and text.strip():
            fill(session, viewer, deal, name.removeprefix(FILL), text.strip())
    reason, came_from = number(said.get("reason", "")) or None, deal.stage_id
    ends = said.get("end") == "on"
    go = run_mending.lose if ends else deal_moves.move
    made = go(
        session, viewer, deal, number(said.get("stage", "")), was=number(said.get("was", "")) or None,
        why=said.get("why", ""), lost_reason_id=reason,
    )  # fmt: skip
    stage = session.get_one(Stage, deal.stage_id)
    if made is None:
        return Moved(_("It is in %(stage)s already", stage=stage.name), 0)
    came = session.get_one(Stage, came_from)
    undoable = came.ends != LOST and came.retired_at is None and not ends
    return Moved(_("%(stage)s: %(deal)s", stage=stage.name, deal=deal.title), made if undoable else 0)


def _take_back(session: Session, viewer: Viewer, deal_id: int, move_id: int) -> str:
    deal = seen(session, viewer, deal_id)
    last: DealMove | None = next(reversed(moves_of(session, deal.id)), None)
    if last is None or last.id != move_id or last.from_id is None:
        raise Refusal(_("It was moved again since"))
    deal_moves.move(session, viewer, deal, last.from_id, was=last.to_id)
    return _("Back in %(stage)s: %(deal)s", stage=session.get_one(Stage, deal.stage_id).name, deal=deal.title)


def _asked(session: Session, viewer: Viewer, deal_id: int, said: Values, wrong: str, words: str) -> Asked:
    deal = seen(session, viewer, deal_id)
    stage = session.get(Stage, number(said.get("stage", "")))
    if stage is None:
        raise Problem(404, _("There is no such stage"))
    lost = stage.ends == LOST
    asks = [] if lost else [
        ask_of(session, deal, key, said.get(f"{FILL}{key}", ""), words if key == wrong else "")
        for key in deal_fields.missing(session, deal, stage)
    ]  # fmt: skip
    return Asked(
        id=deal.id, title=deal.title, was=said.get("was", ""), stage=stage.id, stage_name=stage.name, asks=asks,
        lost=lost,
        reasons=[(each.id, each.name) for each in pipelines.lost_reasons(session)] if lost else (),
        reason=said.get("reason", ""), why=said.get("why", ""), error="" if wrong else words,
        going=[(each.process, each.at) for each in run_rows(session, runs.under_way(session, deal.id))] if lost else (),
        end="asked" not in said or said.get("end") == "on",
    )  # fmt: skip


def stage_names(session: Session, ids: set[int]) -> Mapping[int, str]:
    """Give what stages are called, retired ones too."""
    rows = session.execute(select(Stage.id, Stage.name).where(Stage.id.in_(ids))) if ids else ()
    return dict(iter(rows))
