"""The rehearsal of a process: its draft beside the version in force, played over the requests of the last weeks."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.orm import Session

from crm.process_xml import NotBpmn
from crm.processes import Faulty, Process
from crm.rehearsal_history import MOST_WEEKS, Nothing
from crm.rehearsal_scenes import Guess
from crm.web.rehearsal_views import shown_of
from crm.web.rehearsing import look_ahead, rehearse
from hub.languages import _, ngettext
from hub.web.keys import DB
from hub.web.pages import page, path_id, render
from hub.web.problems import Problem

WEEKS = (2, 4, 6, 8, 12, MOST_WEEKS)
MOST_FIELDS = 300
MOST = {"minutes": 100_000.0, "days": 366.0, "shares": 1_000_000.0}
LONGEST = 10  # letters of a figure


@page("GET", "/processes/{id}/rehearsal", role="manager")
async def rehearsal(request: web.Request) -> web.StreamResponse:
    """Ask what is to be assumed, and show what came of it once somebody said so."""
    process_id = path_id(request)
    name = await request.app[DB].read(_name, process_id)
    guess = guess_of(request.query)
    refused, faults, found = "", list[str](), None
    try:
        ask = rehearse if "weeks" in request.query else look_ahead
        found = await ask(request, process_id, guess)
    except Faulty as error:
        faults = [str(fault.words) for fault in error.faults]
    except (Nothing, NotBpmn) as error:
        refused = str(error.args[0])
    shown = shown_of(process_id, name, guess, found, refused, faults)
    weeks = [(each, ngettext("%(num)s week", "%(num)s weeks", each)) for each in WEEKS]
    return await render(request, "rehearsal.html", title=_("Rehearsal"), sub=name, shown=shown, weeks=weeks)


def guess_of(query: Mapping[str, str]) -> Guess:
    """Read what somebody typed; what is no figure is as if nothing was said."""
    said: dict[str, dict[str, float]] = {"minutes": {}, "days": {}}
    shares: dict[str, dict[str, float]] = {}
    for key, text in list(query.items())[:MOST_FIELDS]:
        kind, _dot, name = key.partition(".")
        number = _number(text, MOST.get(kind, 0.0))
        if number is None or kind not in MOST:
            continue
        if kind == "shares":
            answer, _dot, choice = name.partition(".")
            shares.setdefault(answer[:60], {})[choice[:200]] = number
        else:
            said[kind][name[:200]] = number
    weeks, attention = (_number(query.get(name, ""), 100) for name in ("weeks", "attention"))
    return Guess(
        weeks=max(1, min(MOST_WEEKS, round(weeks))) if weeks else 6, minutes=said["minutes"], days=said["days"],
        shares=shares, attention=max(5, round(attention)) if attention else 100,
    )  # fmt: skip


def _number(text: str, most: float) -> float | None:
    bare = text.strip().replace(",", ".")
    if (
        not bare
        or len(bare) > LONGEST
        or not all(each.isascii() and (each.isdigit() or each == ".") for each in bare)
    ):
        return None
    return min(most, float(bare)) if bare.count(".") < 2 and bare != "." else None  # noqa: PLR2004 - dots


def _name(session: Session, process_id: int) -> str:
    process = session.get(Process, process_id)
    if process is None:
        raise Problem(404, _("There is no such process."))
    return process.name
