"""A contact's card: who it is, how to reach him, everything that happened, what is to be done and by when."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import chat_links, chats, desk
from crm.contacts import Contact, Organisation, handles_of
from crm.pipelines import pipelines
from crm.rights import sees_task
from crm.setup import Setup, setup
from crm.tasks import Task
from crm.web.answer_box import box_of, wrote_last_in_a_chat
from crm.web.card_fields import Mistake, about
from crm.web.card_marks import Mark, marks
from crm.web.card_presence import here
from crm.web.card_relations import relations_of
from crm.web.chat_kinds import ways_by_chat
from crm.web.composer import Composer, begun, opened, whole_number, writes_to
from crm.web.contact_consents import consents_of
from crm.web.contact_deals import contact_deals
from crm.web.do_not_call import Unwilling, unwilling
from crm.web.doubles import doubles, said_ways
from crm.web.merged import led_on, parts
from crm.web.names import Way, called, initials, ways
from crm.web.seen import visible
from crm.web.task_rows import explained_deadline, task_rows
from crm.web.timeline import Asked, Timeline, asked_for, timeline
from crm.web.visit_words import visits_of_contact
from hub.languages import _, listener
from hub.users import User, Viewer
from hub.web import moments
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

LONGEST_NOTE = 20_000
UNREADABLE = 422

Values = dict[str, object]


class Link(msgspec.Struct, frozen=True):
    """An organisation to go to."""

    name: str
    href: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is, at the top of the card."""

    id: int
    name: str
    initials: str
    organisation: Link | None
    about: str
    handles: Sequence[Way]
    tags: Sequence[Mark] = ()
    is_organisation: bool = False
    may_change: bool = True
    unwilling: Unwilling | None = None
    is_called: bool = False
    is_written_to: bool = False
    is_chatted_with: bool = False
    chat_links: Sequence[chat_links.Link] = ()


@page("GET", "/contacts/{id}")
async def card(request: web.Request) -> web.StreamResponse:
    """Show the whole card; one that was merged leads to where it went."""
    return await _whole(request, asked_for(request), None)


async def in_place(request: web.Request, writing: Composer, status: int) -> web.StreamResponse:
    """Show a letter that is being written, on its card."""
    return await _whole(request, Asked(), None, writing, status)


@page("GET", "/contacts/{id}/timeline")
async def history(request: web.Request) -> web.StreamResponse:
    """Show a page of the timeline; to a browser without scripts, the card around it."""
    asked = asked_for(request)
    if not is_fragment(request):
        return await _whole(request, asked, None)
    shown = await request.app[DB].read(_timeline, viewer_of(request), path_id(request), asked)
    return await render(request, "_timeline.html", timeline=shown)


@page("GET", "/contacts/{id}/aside")
async def aside(request: web.Request) -> web.StreamResponse:
    """Show the side of the card: deadline, tasks, parts, relations."""
    values = await request.app[DB].read(_aside, viewer_of(request), path_id(request))
    return await render(request, "_contact_aside.html", status=200, **values)


@page("GET", "/contacts/{id}/head")
async def head(request: web.Request) -> web.StreamResponse:
    """Show the top of the card."""
    shown = await request.app[DB].read(_top, viewer_of(request), path_id(request))
    return await render(request, "_card_head.html", contact=shown)


@page("POST", "/contacts/{id}/notes")
async def note(request: web.Request) -> web.StreamResponse:
    """Write a note; one that says that the contact was reached keeps the promise of a first answer."""
    said = await form(request)
    text, reached = said.get("text", ""), bool(said.get("counts_as_contact"))
    if len(text) > LONGEST_NOTE:
        raise Problem(UNREADABLE, _("A note has at most %(most)s letters.", most=LONGEST_NOTE))
    await request.app[DB].write(_note, viewer_of(request), path_id(request), text, reached)
    words = _("Note added: it counts as contact") if reached else _("Note added")
    return await changed(request, Toast(text=words))


async def answer_mistake(request: web.Request, mistake: Mistake) -> web.StreamResponse:
    """Show a part again with what is wrong: alone to a script, on its card to a browser."""
    if not is_fragment(request):
        return await _whole(request, Asked(), mistake)
    response = await render(request, "_field.html", status=mistake.status, field=mistake.field)
    response.headers["HX-Retarget"] = f"#form-field-{mistake.field.name}"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


async def _whole(
    request: web.Request, asked: Asked, mistake: Mistake | None, writing: Composer | None = None, status: int = 200
) -> web.StreamResponse:  # fmt: skip
    contact_id = writing.contact_id if writing else path_id(request)
    by_chat = request.query.get("by") == "chat"
    head, values = await request.app[DB].read(_card, viewer_of(request), contact_id, asked, mistake, by_chat)
    if writing is None and (draft_id := whole_number(request.query.get("draft", ""))):
        writing = await request.app[DB].read(opened, viewer_of(request), head.id, draft_id)
    if head.id != contact_id:
        return await led_on(request, contact_id, head.id)
    return await render(
        request, "contact.html", status=mistake.status if mistake else status, title=head.name, composer=writing,
        here=f"/contacts/{head.id}", back=Back("/contacts", _("Contacts")), **values,
    )  # fmt: skip


def _card(
    session: Session,
    viewer: Viewer,
    contact_id: int,
    asked: Asked,
    mistake: Mistake | None,
    by_chat: bool,  # noqa: FBT001 - a tick
) -> tuple[Head, Values]:
    contact = visible(session, viewer, contact_id)
    country = setup(session).company.country
    head = _head(session, contact)
    return head, {
        **_side(session, viewer, contact, head, mistake),
        "duplicates": doubles(session, viewer, contact, country),
        "parts": parts(session, contact.id),
        "timeline": timeline(session, viewer, contact.id, asked),
        "presence": here(session, viewer, contact.id),
        "drafts": begun(session, viewer, contact.id),
        "answer": box_of(session, viewer, contact)
        if by_chat or wrote_last_in_a_chat(session, contact.id)
        else None,
    }


def _timeline(session: Session, viewer: Viewer, contact_id: int, asked: Asked) -> Timeline:
    return timeline(session, viewer, visible(session, viewer, contact_id).id, asked)


def _top(session: Session, viewer: Viewer, contact_id: int) -> Head:
    return _head(session, visible(session, viewer, contact_id))


def _aside(session: Session, viewer: Viewer, contact_id: int) -> Values:
    contact = visible(session, viewer, contact_id)
    return _side(session, viewer, contact, _head(session, contact), None)


def _side(session: Session, viewer: Viewer, contact: Contact, head: Head, mistake: Mistake | None) -> Values:
    own = select(Task).where(Task.contact_id == contact.id, sees_task(viewer))
    tasks = session.scalars(own.where(Task.done_at.is_(None)).order_by(Task.id)).all()
    done = own.where(Task.done_at.is_not(None)).with_only_columns(func.count())
    return {
        "contact": head,
        "deadline": explained_deadline(session, tasks),
        "tasks": task_rows(session, viewer, tasks),
        "done_tasks": session.scalar(done) or 0,
        "deals": contact_deals(session, viewer, contact.id),
        "sells": bool(pipelines(session)),
        "consents": consents_of(session, contact.id),
        "about": about(session, viewer, contact, mistake),
        "relations": relations_of(session, viewer, contact),
        "visits": visits_of_contact(session, viewer, contact.id),
    }


def _head(session: Session, contact: Contact) -> Head:
    state = setup(session)
    country = state.company.country
    handles = handles_of(session, [contact.id])[contact.id]
    known = ways_by_chat(session, contact.id, ways(handles, country))
    reached = known or (said_ways(session, contact, country) if contact.maybe else [])
    firm = session.get(Organisation, contact.organisation_id) if contact.organisation_id else None
    link = f"/organisations/{firm.id}" if firm else ""
    return Head(
        id=contact.id, name=called(contact.name, handles, country), initials=initials(contact.name),
        organisation=Link(firm.name, link) if firm else None, about=_about(session, contact, state),
        handles=reached, tags=marks(session, contact), unwilling=unwilling(session, contact),
        is_called=any(way.dial for way in reached), is_written_to=writes_to(session, contact),
        is_chatted_with=bool(chats.chats_of(session, contact.id)), chat_links=chat_links.links_of(session, contact.id),
    )  # fmt: skip


def _about(session: Session, contact: Contact, state: Setup) -> str:
    """Say whose contact it is, and since when."""
    responsible = session.get(User, contact.responsible_id) if contact.responsible_id else None
    department = state.departments.get(contact.department_id or 0)
    since = moments.when(contact.made_at, listener().zone or ZoneInfo(state.company.zone))
    whose = ", ".join(each.name for each in (responsible, department) if each)
    return (
        _("%(whose)s, since %(when)s", whose=whose, when=since) if whose else _("since %(when)s", when=since)
    )


def _note(session: Session, viewer: Viewer, contact_id: int, text: str, reached: bool) -> None:  # noqa: FBT001 - a tick
    desk.note(session, viewer, visible(session, viewer, contact_id), text, counts_as_contact=reached)
