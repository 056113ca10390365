"""Hand-over: everything of one person, row by row or all at once, to others; kept as a list, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import handovers
from crm.desk import Refusal
from crm.handover_items import Handover, Item, ItemKind, items_of
from crm.holdings import belongings
from crm.rights import person_for
from crm.web.handover_views import LISTED, DeedPage, HandoverPage, deed_of, page_of
from hub.languages import _, listener, ngettext
from hub.users import User, Viewer
from hub.web.frame import COMPANY, Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

KINDS: Mapping[str, ItemKind] = {
    "task": "task", "contact": "contact", "deal": "deal", "appointment": "appointment", "conversation": "conversation",
    "naming": "naming",
}  # fmt: skip


@page("GET", "/people/{id}/handover")
async def ask(request: web.Request) -> web.StreamResponse:
    """Show what somebody has, and to whom it can go."""
    zone = listener().zone or request.app[COMPANY]().zone
    user_id, (name, shown) = (
        path_id(request),
        await request.app[DB].read(_page, viewer_of(request), path_id(request), zone),
    )
    values = msgspec.structs.asdict(shown)
    return await render(
        request, "handover.html", title=_("Hand over"), sub=name, back=Back(f"/people/{user_id}", name),
        name=name, user_id=user_id, **values,
    )  # fmt: skip


@page("POST", "/people/{id}/handover")
async def hand_over(request: web.Request) -> web.StreamResponse:
    """Give what was ticked to whom was chosen."""
    fields, ticked = await form(request), (await request.post()).getall("item", [])
    items = [value for value in ticked if isinstance(value, str)]
    deed_id, count = await request.app[DB].write(
        _hand_over, viewer_of(request), path_id(request), fields, items
    )
    words = ngettext("%(num)s record handed over", "%(num)s records handed over", count)
    toast = Toast(
        text=words, undo=f"/handovers/{deed_id}", href=f"/handovers/{deed_id}", words=_("Open the list")
    )
    return await changed(request, toast, back=f"/handovers/{deed_id}")


@page("GET", "/handovers/{id}")
async def done(request: web.Request) -> web.StreamResponse:
    """Show what went where."""
    shown = await request.app[DB].read(_deed, viewer_of(request), path_id(request))
    values = msgspec.structs.asdict(shown)
    return await render(
        request, "_handover_done.html" if is_fragment(request) else "handover_done.html", title=_("Hand-over"),
        sub=shown.name, back=Back(f"/people/{shown.user_id}", shown.name), **values,
    )  # fmt: skip


@page("DELETE", "/handovers/{id}")
async def take_back(request: web.Request) -> web.StreamResponse:
    """Return what is still where it was put."""
    returned, left = await request.app[DB].write(_take_back, viewer_of(request), path_id(request))
    words = ngettext("%(num)s record went back", "%(num)s records went back", returned)
    if left:
        words = _("%(back)s; %(left)s were left alone, the list says why", back=words, left=left)
    return await changed(request, Toast(text=words))


def _page(session: Session, viewer: Viewer, user_id: int, zone: ZoneInfo) -> tuple[str, HandoverPage]:
    user = _visible(session, viewer, user_id)
    return user.name, page_of(session, user, zone)


def _hand_over(
    session: Session, viewer: Viewer, user_id: int, fields: dict[str, str], ticked: list[str]
) -> tuple[int, int]:
    """Read the ticks: each row goes where it says itself, else where all go; “rest” ticks what was not listed."""
    user = _visible(session, viewer, user_id)
    whole = fields.get("to", "")
    wanted = {
        item: fields.get(f"to-{item.kind}:{item.id}") or whole for item in _items(session, user.id, ticked)
    }
    if any(not to for to in wanted.values()):
        raise Refusal(_("Choose to whom it goes."))
    deed = handovers.hand_over(session, viewer, user, wanted, fields.get("why", ""))
    session.flush()
    return deed.id, len(items_of(session, deed.id))


def _items(session: Session, user_id: int, ticked: list[str]) -> list[Item]:
    found = []
    for value in ticked:
        kind, _sep, number = value.partition(":")
        if kind in KINDS and number.isascii() and number.isdigit() and len(number) <= handovers.ID_DIGITS:
            found.append(Item(KINDS[kind], int(number)))
    if "rest" in ticked:
        has = belongings(session, user_id)
        found += [Item("task", task.id) for task in has.tasks[LISTED:]]
        found += [Item("contact", contact.id) for contact in has.contacts[LISTED:]]
        found += [Item("deal", deal.id) for deal in has.deals[LISTED:]]
        found += [Item("appointment", visit.id) for visit in has.visits[LISTED:]]
    return list(dict.fromkeys(found))


def _deed(session: Session, viewer: Viewer, handover_id: int) -> DeedPage:
    return deed_of(session, _visible_deed(session, viewer, handover_id))


def _take_back(session: Session, viewer: Viewer, handover_id: int) -> tuple[int, int]:
    return handovers.take_back(session, viewer, _visible_deed(session, viewer, handover_id))


def _visible_deed(session: Session, viewer: Viewer, handover_id: int) -> Handover:
    deed = session.get(Handover, handover_id)
    if deed is None or person_for(session, viewer, deed.user_id) is None:
        raise Problem(404, _("There is no such hand-over, or it is not yours to see."))
    return deed


def _visible(session: Session, viewer: Viewer, user_id: int) -> User:
    user = person_for(session, viewer, user_id)
    if user is None:
        raise Problem(404, _("There is no such person, or it is not yours to see."))
    return user
