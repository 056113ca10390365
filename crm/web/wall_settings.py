"""How a department uses the wallboard: within how many seconds it answers, why one pauses, and who may listen.

Its head says the first two; that calls may be heard at all is said by who sees every department.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import answering
from crm.supervising import RULES
from hub import audit
from hub.languages import _
from hub.users import Department, Viewer
from hub.web.frame import Back, has_role
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of
from hub.web.problems import Problem

LONGEST = 3_600  # seconds


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The values of wall_settings.html."""

    id: int
    name: str
    within: int
    reasons: str
    listening: str
    rules: Sequence[tuple[str, str]]
    decides: bool


@page("GET", "/wallboard/department/{id}", role="head")
async def settings(request: web.Request) -> web.StreamResponse:
    """Show them."""
    shown = await request.app[DB].read(_settings, viewer_of(request), path_id(request))
    return await render(
        request, "wall_settings.html", title=shown.name, sub=_("Telephones and wallboard"),
        back=Back("/wallboard", _("Wallboard")), settings=shown,
    )  # fmt: skip


@page("POST", "/wallboard/department/{id}", role="head")
async def change(request: web.Request) -> web.StreamResponse:
    """Keep what the form says."""
    await request.app[DB].write(_change, viewer_of(request), path_id(request), await form(request))
    return await changed(request, Toast(text=_("Saved")))


def _settings(session: Session, viewer: Viewer, department_id: int) -> Settings:
    place = _found(session, viewer, department_id)
    return Settings(
        id=place.id, name=place.name, within=place.answered_within, reasons="\n".join(answering.reasons_of(place)),
        listening=place.listening, rules=[(rule, _(words)) for rule, words in RULES.items()],
        decides=has_role(viewer, "manager"),
    )  # fmt: skip


def _change(session: Session, viewer: Viewer, department_id: int, fields: Mapping[str, str]) -> None:
    place = _found(session, viewer, department_id)
    before = _told(place)
    place.answered_within = _seconds(fields.get("within", ""))
    place.pause_reasons = _reasons(fields.get("reasons", ""))
    if has_role(viewer, "manager"):
        place.listening = _rule(fields.get("listening", ""))
    if changes := audit.differences(before, _told(place)):
        audit.record(session, viewer, audit.CHANGED, "department", place.id, changes=changes)


def _told(place: Department) -> dict[str, object]:
    return {"answered_within": place.answered_within, "pause_reasons": list(place.pause_reasons),
            "listening": place.listening}  # fmt: skip


def _seconds(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= LONGEST):  # noqa: PLR2004
        raise Problem(422, _("Calls are answered within 1 to %(most)s seconds.", most=LONGEST))
    return int(text)


def _reasons(text: str) -> list[str]:
    found = list(dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip()))
    if len(found) > answering.MOST or any(
        len(each) > answering.LONGEST or not each.isprintable() for each in found
    ):
        raise Problem(422, _("At most %(most)s reasons, each of %(n)s letters at most.", most=answering.MOST,
                             n=answering.LONGEST))  # fmt: skip
    return [] if found == answering.reasons_of(None) else found


def _rule(text: str) -> str:
    if text not in RULES:
        raise Problem(422, _("Say who may listen."))
    return text


def _found(session: Session, viewer: Viewer, department_id: int) -> Department:
    place = session.get(Department, department_id)
    if place is None or not (viewer.sees_all or place.id == viewer.department_id):
        raise Problem(404, _("There is no such department, or it is not yours."))
    return place
