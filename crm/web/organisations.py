"""The room Organisations: the companies whose people one sees, and the page of one of them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session
from yarl import URL

from crm import bulk, organisations
from crm.bulk import LOT, Deed
from crm.contacts import Contact, Organisation
from crm.conversations import Interaction
from crm.organisations import About, Place
from crm.rights import sees_interaction, sees_task
from crm.tasks import Task
from crm.wanted import Place as ListPlace
from crm.wanted import Row
from crm.web.contact_lines import BY_DEFAULT, KINDS, Line, chosen, columns_for, lines
from crm.web.names import initials
from crm.web.task_rows import task_rows
from crm.web.totals import forget_totals
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.problems import Problem

PER_PAGE = 50
PEOPLE = 100
EVENTS = 50
TASKS = 50
LONGEST_SEARCH = 200

Values = dict[str, object]

add_room(Room(href="/organisations", name=N_("Organisations"), icon="building", order=4))


class Back(msgspec.Struct, frozen=True):
    """A step back."""

    href: str
    words: str


class Firm(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation as lists show it."""

    id: int
    name: str
    initials: str
    people: int
    open_tasks: int
    last_at: datetime | None


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened with somebody of an organisation."""

    at: datetime
    icon: str
    kind: str
    who: str
    href: str
    summary: str


@page("GET", "/organisations")
async def listed(request: web.Request) -> web.StreamResponse:
    """Show those that match, by name."""
    q = request.query.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    down, after = request.query.get("sort") == "-name", _place(request.query.get("after", ""))
    firms, following, total = await request.app[DB].read(_list, viewer_of(request), q, after, down=down)
    kept = ({"q": q} if q else {}) | ({"sort": "-name"} if down else {})
    return await render(
        request, "_organisation_rows.html" if is_fragment(request) and after else "organisations.html",
        title=_("Organisations"), q=q, firms=firms, total=total, down=down,
        turned=str(URL("/organisations").with_query(({"q": q} if q else {}) | ({} if down else {"sort": "-name"}))),
        next=str(URL("/organisations").with_query({"after": following, **kept})) if following else "",
    )  # fmt: skip


@page("GET", "/organisations/{id}")
async def one(request: web.Request) -> web.StreamResponse:
    """Show one with its people, what is to do and what happened; one that was joined leads on."""
    asked = path_id(request)
    found, values = await request.app[DB].read(_one, viewer_of(request), asked)
    if found != asked:
        return see_other(f"/organisations/{found}")
    template = "_organisation.html" if is_fragment(request) else "organisation.html"
    return await render(
        request, template, status=200, here=f"/organisations/{found}",
        back=Back("/organisations", _("Organisations")), **values,
    )  # fmt: skip


@page("POST", "/organisations/{id}")
async def change(request: web.Request) -> web.StreamResponse:
    """Change its name or what is known of it."""
    said = await form(request)
    await request.app[DB].write(_change, viewer_of(request), path_id(request), said)
    return await changed(request, Toast(text=_("Saved")), back=f"/organisations/{path_id(request)}")


@page("POST", "/organisations/{id}/joining")
async def join(request: web.Request) -> web.StreamResponse:
    """Make it one with another, into which it goes."""
    viewer, db, name = viewer_of(request), request.app[DB], (await form(request)).get("into", "")
    deed, other, people = await db.write(_begin_join, viewer, path_id(request), name)
    for start in range(0, len(people), LOT):
        await db.write(bulk.go_on, viewer, deed.id, people[start : start + LOT])
    forget_totals()
    toast = Toast(
        text=deed.words, undo=f"/deeds/{deed.id}", href=f"/organisations/{other}", words=_("Open it")
    )
    return await changed(request, toast, back=f"/organisations/{other}")


def _list(
    session: Session, viewer: Viewer, q: str, after: Place | None, *, down: bool
) -> tuple[list[Firm], str, int]:  # fmt: skip
    found = organisations.listed(session, viewer, q, after, PER_PAGE + 1, down=down)
    shown = found[:PER_PAGE]
    told = organisations.about(session, viewer, [firm.id for firm in shown])
    total = 0 if after else organisations.count(session, viewer, q)
    return (
        [_firm(firm, told.get(firm.id)) for firm in shown],
        _written(shown[-1]) if len(found) > PER_PAGE else "",
        total,
    )


def _firm(firm: Organisation, about: About | None) -> Firm:
    return Firm(
        id=firm.id, name=firm.name, initials=initials(firm.name), people=about.people if about else 0,
        open_tasks=about.open_tasks if about else 0,
        last_at=cast("datetime | None", about.last_at) if about else None,
    )  # fmt: skip


def _one(session: Session, viewer: Viewer, organisation_id: int) -> tuple[int, Values]:
    firm = _seen(session, viewer, organisation_id)
    about = organisations.about(session, viewer, [firm.id]).get(firm.id)
    ids = organisations.people_of(session, viewer, firm.id, PEOPLE)
    people = {one.id: one for one in session.scalars(select(Contact).where(Contact.id.in_(ids)))}
    rows = [Row(ListPlace(0, None, each), people[each], "") for each in ids]
    shown = lines(session, viewer, rows)
    return firm.id, {
        "title": firm.name, "firm": _firm(firm, about), "known": firm, "people": shown,
        "columns": chosen(columns_for(session, viewer), BY_DEFAULT), "tasks": _tasks(session, viewer, ids),
        "happened": _happened(session, viewer, shown),
        "others": [each.name for each in organisations.listed(session, viewer, "", None, PEOPLE) if each.id != firm.id],
    }  # fmt: skip


def _tasks(session: Session, viewer: Viewer, ids: Sequence[int]) -> object:
    wanted = select(Task).where(Task.contact_id.in_(ids), Task.done_at.is_(None), sees_task(viewer))
    return task_rows(session, viewer, session.scalars(wanted.order_by(Task.id).limit(TASKS)).all())


def _happened(session: Session, viewer: Viewer, people: Sequence[Line]) -> list[Happening]:
    """Give what happened with all of its people, the newest first."""
    names = {line.id: line.name for line in people}
    wanted = select(Interaction).where(Interaction.contact_id.in_(names), sees_interaction(viewer))
    newest = wanted.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(EVENTS)
    return [_happening(touch, names) for touch in session.scalars(newest)]


def _happening(touch: Interaction, names: Mapping[int, str]) -> Happening:
    icon = {"call": "phone", "note": "note", "mail": "mail", "chat": "chat"}.get(touch.kind, "form")
    return Happening(
        at=touch.at, icon=icon, kind=_(KINDS.get(touch.kind, touch.kind)), who=names[touch.contact_id],
        href=f"/contacts/{touch.contact_id}", summary=touch.summary,
    )  # fmt: skip


def _change(session: Session, viewer: Viewer, organisation_id: int, said: Mapping[str, str]) -> None:
    organisations.change(session, viewer, _seen(session, viewer, organisation_id), said)


def _begin_join(
    session: Session, viewer: Viewer, organisation_id: int, name: str
) -> tuple[Deed, int, list[int]]:  # fmt: skip
    firm = _seen(session, viewer, organisation_id)
    deed, other, people = organisations.begin_join(session, viewer, firm, name)
    return deed, other.id, people


def _seen(session: Session, viewer: Viewer, organisation_id: int) -> Organisation:
    found = organisations.organisation_for(session, viewer, organisation_id)
    if found is None:
        raise Problem(404, _("There is no such organisation."))
    return found


def _written(firm: Organisation) -> str:
    language = organisations.sort_column()
    kept = [getattr(firm, cast("str", getattr(language, "key", "sort_en"))), firm.id]
    return base64.urlsafe_b64encode(msgspec.json.encode(kept)).decode().rstrip("=")


def _place(text: str) -> Place | None:
    if not text:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        key, row_id = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=tuple[str, int])
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise Problem(
            400, _("This address is not complete. Go back to the list and open it again.")
        ) from None
    return Place(key.replace("\0", ""), min(max(row_id, 0), 2**62))
