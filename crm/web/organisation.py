"""The page of one organisation: its people, what is to do for them, what happened, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import organisations, wanted_organisations
from crm.bulk import Deed
from crm.contacts import Contact, Organisation
from crm.conversations import Interaction
from crm.legs import Place
from crm.listing import ORGANISATIONS, Asked
from crm.rights import sees_interaction, sees_task
from crm.setup import setup
from crm.tasks import Task
from crm.wanted import Row
from crm.web import contact_lines
from crm.web.contact_lines import KINDS
from crm.web.many import carry_out
from crm.web.organisation_lines import NOBODY, line
from crm.web.task_rows import task_rows
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.problems import Problem

PEOPLE = 100
EVENTS = 50
TASKS = 50

Values = dict[str, object]


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened with somebody of an organisation."""

    at: datetime
    icon: str
    kind: str
    who: str
    href: str
    summary: str


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
    deed, people = await db.write(_begin_join, viewer, path_id(request), name)
    toast = await carry_out(db, viewer, deed, people)
    return await changed(request, toast, back=toast.href)


def _one(session: Session, viewer: Viewer, organisation_id: int) -> tuple[int, Values]:
    firm = _seen(session, viewer, organisation_id)
    told = organisations.about(session, viewer, [firm.id]).get(firm.id, NOBODY)
    ids = organisations.people_of(session, viewer, firm.id, PEOPLE)
    people = {one.id: one for one in session.scalars(select(Contact).where(Contact.id.in_(ids)))}
    rows = [Row(Place(0, None, each), people[each], "") for each in ids]
    shown = contact_lines.lines(session, viewer, rows)
    return firm.id, {
        "title": firm.name, "firm": line(firm, told, setup(session).company.country), "people": shown,
        "tasks": _tasks(session, viewer, ids),
        "happened": _happened(session, viewer, shown),
        "others": _others(session, viewer, firm),
    }  # fmt: skip


def _others(session: Session, viewer: Viewer, firm: Organisation) -> list[str]:
    """Give the names of the first others, with which it may be joined."""
    rows = wanted_organisations.rows(session, viewer, Asked(kind=ORGANISATIONS), "", PEOPLE)
    return [row.organisation.name for row in rows if row.organisation.id != firm.id]


def _tasks(session: Session, viewer: Viewer, ids: Sequence[int]) -> object:
    wanted = select(Task).where(Task.contact_id.in_(ids), Task.done_at.is_(None), sees_task(viewer))
    return task_rows(session, viewer, session.scalars(wanted.order_by(Task.id).limit(TASKS)).all())


def _happened(session: Session, viewer: Viewer, people: Sequence[contact_lines.Line]) -> list[Happening]:
    """Give what happened with all of its people, the newest first."""
    names = {each.id: each.name for each in people}
    wanted = select(Interaction).where(Interaction.contact_id.in_(names), sees_interaction(viewer))
    newest = wanted.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(EVENTS)
    return [_happening(touch, names) for touch in session.scalars(newest)]


def _happening(touch: Interaction, names: Mapping[int, str]) -> Happening:
    icon = {"call": "phone", "note": "note", "mail": "mail", "chat": "chat", "order": "order"}.get(
        touch.kind, "form"
    )
    return Happening(
        at=touch.at, icon=icon, kind=_(KINDS.get(touch.kind, touch.kind)), who=names[touch.contact_id],
        href=f"/contacts/{touch.contact_id}", summary=touch.summary,
    )  # fmt: skip


def _change(session: Session, viewer: Viewer, organisation_id: int, said: Mapping[str, str]) -> None:
    organisations.change(session, viewer, _seen(session, viewer, organisation_id), said)


def _begin_join(
    session: Session, viewer: Viewer, organisation_id: int, name: str
) -> tuple[Deed, list[int]]:  # fmt: skip
    firm = _seen(session, viewer, organisation_id)
    deed, _into, people = organisations.begin_join(session, viewer, [firm], name)
    return deed, people


def _seen(session: Session, viewer: Viewer, organisation_id: int) -> Organisation:
    found = organisations.organisation_for(session, viewer, organisation_id)
    if found is None:
        raise Problem(404, _("There is no such organisation."))
    return found
