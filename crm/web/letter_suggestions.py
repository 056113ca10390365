"""Whom a line of addresses may mean while it is typed: the card's own addresses, contacts that one sees, colleagues."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm import letter_people, search
from crm.contacts import MAIL, Contact, Handle, handles_of
from crm.web.composer import own
from hub.letters import Address
from hub.users import User, Viewer
from hub.web.keys import DB
from hub.web.pages import page, path_id, render, viewer_of

OFFERED = 8
LOOKED = 300  # contacts among which those are that are offered
LONGEST = 100


@page("GET", "/drafts/{id}/suggestions")
async def suggestions(request: web.Request) -> web.StreamResponse:
    """Give whole lines for what is typed so far: what stands before the last comma, and somebody who fits."""
    typed = next((request.query[name] for name in ("to", "cc", "blind") if name in request.query), "")
    before, _comma, last = typed.replace("\0", "").rpartition(",")
    found = await request.app[DB].read(_found, viewer_of(request), path_id(request), last.strip()[:LONGEST])
    lines = [f"{before}, {each}" if before else each for each in found]
    return await render(request, "_suggestions.html", options=lines)


def _found(session: Session, viewer: Viewer, draft_id: int, typed: str) -> Sequence[str]:
    contact = session.get_one(Contact, own(session, viewer, draft_id).contact_id)
    here = [
        (contact.name, each.value)
        for each in handles_of(session, [contact.id])[contact.id]
        if each.kind == MAIL
    ]
    if not typed:
        return _written(here)
    # A letter or two mean half of all people: some of them are put in order, not all.
    meant = search.people_matching(session, viewer, typed).limit(LOOKED)
    people = select(Contact.name, Handle.value).join(Handle, Handle.contact_id == Contact.id).where(
        Handle.kind == MAIL, Contact.id.in_(meant)
    )  # fmt: skip
    known = session.execute(people.order_by(Contact.name, Handle.value).limit(OFFERED)).all()
    named = or_(User.name.icontains(typed, autoescape=True), User.email.icontains(typed, autoescape=True))
    staff = select(User.name, User.email).where(User.disabled_at.is_(None), named).order_by(User.name)
    return _written([*[(name, value) for name, value in known], *session.execute(staff.limit(OFFERED)).all()])


def _written(people: Sequence[tuple[str, str]]) -> list[str]:
    lines = [letter_people.written([Address(name, address)]) for name, address in people]
    return list(dict.fromkeys(lines))[:OFFERED]
