"""A campaign's own page: what must hold, who gets it and when it begins; then how it goes, and what is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from aiohttp import web
from sqlalchemy.orm import Session

from crm import campaign_changes, campaign_plans
from crm.campaign_changes import When
from crm.campaign_checks import Outside
from crm.campaign_plans import Plan
from crm.campaigns import TEMPLATE, Campaign
from crm.desk import Refusal
from crm.web import campaign_outlook, campaign_views
from crm.web.campaign_editor import campaign_of
from crm.web.campaign_views import Desk
from crm.web.campaigns import HERE
from crm.web.composer import whole_number
from crm.web.zones import zone_of
from hub.languages import _, ngettext
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of

FIRST_YEAR, LAST_YEAR = 2000, 2999
Deed = Callable[[Session, Viewer, Campaign], None]


@page("GET", f"{HERE}/{{id}}", role="manager")
async def one(request: web.Request) -> web.StreamResponse:
    """Show one; a template is shown where it is written."""
    outside = await campaign_outlook.known(request, path_id(request))
    shown = await request.app[DB].read(_desk, path_id(request), outside)
    if shown.sequence:
        return see_other(f"/sequences/{shown.sequence}")
    if shown.state == TEMPLATE:
        return see_other(f"{HERE}/{shown.id}/content")
    template = "_campaign_desk.html" if is_fragment(request) else "campaign_desk.html"
    return await render(request, template, title=shown.name, sub=shown.subject, desk=shown,
                        back=Back(HERE, _("Campaigns")))  # fmt: skip


@page("POST", f"{HERE}/{{id}}/checks", role="manager")
async def look(request: web.Request) -> web.StreamResponse:
    """Ask the network what it knows of the campaign."""
    outside = await campaign_outlook.ask(request, path_id(request))
    shown = await request.app[DB].read(_desk, path_id(request), outside)
    wrong = sum(not each.holds for each in shown.before.checks) if shown.before else 0
    words = (
        ngettext("%(num)s thing is missing", "%(num)s things are missing", wrong)
        if wrong
        else _("All of it holds")
    )
    return await changed(request, Toast(text=words), back=_page(request))


@page("POST", f"{HERE}/{{id}}/recipients", role="manager")
async def plan(request: web.Request) -> web.StreamResponse:
    """Settle who gets it, and at which hours."""
    await request.app[DB].write(_plan, viewer_of(request), path_id(request), await form(request))
    return await changed(request, Toast(text=_("Saved")), back=_page(request))


@page("POST", f"{HERE}/{{id}}/schedule", role="manager")
async def schedule(request: web.Request) -> web.StreamResponse:
    """Start it, now or at its time, if all that must hold does; the network is asked anew."""
    outside = await campaign_outlook.ask(request, path_id(request))
    fields = await form(request)
    await request.app[DB].write(_schedule, viewer_of(request), path_id(request), fields, outside)
    if fields.get("when", "now") == "now":
        return await changed(request, Toast(text=_("It is on its way")), back=_page(request))
    return await changed(request, Toast(text=_("It begins at its time"), undo=f"{_page(request)}/schedule"),
                         back=_page(request))  # fmt: skip


@page("DELETE", f"{HERE}/{{id}}/schedule", role="manager")
async def unschedule(request: web.Request) -> web.StreamResponse:
    """Have it not begin."""
    return await _do(request, campaign_changes.unschedule, _("It is a draft again"))


@page("POST", f"{HERE}/{{id}}/pause", role="manager")
async def pause(request: web.Request) -> web.StreamResponse:
    """Have nothing more leave."""
    return await _do(request, campaign_changes.pause, _("Paused"), undo="/pause")


@page("DELETE", f"{HERE}/{{id}}/pause", role="manager")
async def resume(request: web.Request) -> web.StreamResponse:
    """Have it go on."""
    return await _do(request, campaign_changes.resume, _("It goes on"))


@page("POST", f"{HERE}/{{id}}/cancellation", role="manager")
async def cancel(request: web.Request) -> web.StreamResponse:
    """End it for good."""
    return await _do(request, campaign_changes.cancel, _("Cancelled"))


@page("POST", f"{HERE}/{{id}}/unknown", role="manager")
async def decide(request: web.Request) -> web.StreamResponse:
    """Send unknown copies again, or leave them: all, or the one that is named."""
    number, again = await request.app[DB].write(
        _decide, viewer_of(request), path_id(request), await form(request)
    )
    words = (ngettext("%(num)s is sent again", "%(num)s are sent again", number) if again
             else ngettext("%(num)s is left as it is", "%(num)s are left as they are", number))  # fmt: skip
    return await changed(request, Toast(text=words), back=_page(request))


def moment_of(session: Session, text: str) -> datetime:
    """Read a moment as it was typed, by the clock of whoever typed it."""
    return _typed(text).replace(tzinfo=zone_of(session)).astimezone(UTC)


async def _do(request: web.Request, deed: Deed, words: str, *, undo: str = "") -> web.StreamResponse:
    await request.app[DB].write(_done, viewer_of(request), path_id(request), deed)
    toast = Toast(text=words, undo=f"{_page(request)}{undo}" if undo else "")
    return await changed(request, toast, back=_page(request))


def _page(request: web.Request) -> str:
    return f"{HERE}/{path_id(request)}"


def _desk(session: Session, campaign_id: int, outside: Outside) -> Desk:
    return campaign_views.desk(session, campaign_of(session, campaign_id), outside)


def _done(session: Session, viewer: Viewer, campaign_id: int, deed: Deed) -> None:
    deed(session, viewer, campaign_of(session, campaign_id))


def _plan(session: Session, viewer: Viewer, campaign_id: int, fields: Mapping[str, str]) -> None:
    chosen = {name: [whole_number(key.removeprefix(f"{name}-")) for key in fields if key.startswith(f"{name}-")]
              for name in ("meant", "without")}  # fmt: skip
    wanted = Plan(
        segments=tuple(chosen["meant"]), without=tuple(chosen["without"]), frozen=fields.get("frozen", "1") == "1",
        since=fields.get("since") or "00:00", until=fields.get("until") or "00:00",
    )  # fmt: skip
    campaign_plans.plan(session, viewer, campaign_of(session, campaign_id), wanted)


def _schedule(
    session: Session, viewer: Viewer, campaign_id: int, fields: Mapping[str, str], outside: Outside
) -> None:
    how, at = fields.get("when", "now"), fields.get("at", "")
    when = When()
    if how == "at":
        when = When(at=moment_of(session, at))
    elif how == "own":
        when = When(own=_typed(at))
    campaign_changes.schedule(session, viewer, campaign_of(session, campaign_id), outside, when)


def _typed(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text.strip()).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        raise Refusal(_("Say on which day and at what time.")) from None
    if not FIRST_YEAR <= read.year <= LAST_YEAR:  # clocks elsewhere must still be able to show it
        raise Refusal(_("Choose a moment from now on, within a year."))
    return read


def _decide(
    session: Session, viewer: Viewer, campaign_id: int, fields: Mapping[str, str]
) -> tuple[int, bool]:
    again = fields.get("do") == "again"
    deed = campaign_changes.send_again if again else campaign_changes.leave
    copy_id = whole_number(fields["copy"]) if "copy" in fields else None
    return deed(session, viewer, campaign_of(session, campaign_id), copy_id), again
