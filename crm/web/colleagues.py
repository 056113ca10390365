"""The room People: everybody who works here, for all to see; who leads or manages also opens and changes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.rights import sees_person
from crm.setup import setup
from crm.web.people import Person, persons
from hub import signin
from hub.languages import N_, _, listener, sort_key
from hub.users import ROLE_NAMES, ROLE_WORDS, Department, User, Viewer
from hub.web.frame import COMPANY, Room, add_room, has_role
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, render, viewer_of

LONGEST = 100

add_room(
    Room(href="/people", name=N_("People"), icon="people", order=10, within="/settings",
         about=N_("Who works here, as what, where, and who is away"))
)  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One colleague. `href` opens him, "" where that is not for these eyes; `leads` says that he is the head."""

    person: Person
    email: str
    role: str
    role_words: str
    department: str
    leads: bool
    extension: str
    seen_at: datetime | None
    invited: bool
    left: bool
    href: str


class People(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _people.html."""

    people: Sequence[Row]
    q: str
    left: bool
    here: str
    count: int


@page("GET", "/people")
async def people(request: web.Request) -> web.StreamResponse:
    """Show everybody who is here, or those who left."""
    viewer, q = viewer_of(request), request.query.get("q", "").replace("\0", "").strip()[:LONGEST]
    left = bool(request.query.get("left")) and has_role(viewer, "manager")
    zone = listener().zone or request.app[COMPANY]().zone
    found = await request.app[DB].read(_people, viewer, q, zone, left=left)
    shown = People(people=found, q=q, left=left, here=request.path_qs, count=len(found))
    return await render(
        request, "_people.html" if is_fragment(request) else "people.html", title=_("People"),
        sub=_("Who works here, and who is away"), whole=viewer.role != "agent", admin=has_role(viewer, "admin"),
        manager=has_role(viewer, "manager"), **msgspec.structs.asdict(shown),
    )  # fmt: skip


def _people(session: Session, viewer: Viewer, q: str, zone: ZoneInfo, *, left: bool) -> list[Row]:
    query = select(User).where(User.disabled_at.is_not(None) if left else User.disabled_at.is_(None))
    users = [user for user in session.scalars(query) if _matches(user, q)]
    users.sort(key=lambda user: sort_key(user.name, listener().language))
    seen = signin.last_seen(session, [user.id for user in users])
    opened = set(session.scalars(select(User.id).where(sees_person(viewer))))
    places = setup(session).departments
    return [
        _row(
            user,
            person,
            places.get(user.department_id or 0),
            seen.get(user.id),
            viewer,
            opens=user.id in opened,
        )
        for user, person in zip(users, persons(session, users, zone), strict=True)
    ]


def _matches(user: User, q: str) -> bool:
    return all(
        word in f"{user.name} {user.email} {user.extension}".casefold() for word in q.casefold().split()
    )


def _row(
    user: User,
    person: Person,
    place: Department | None,
    seen_at: datetime | None,
    viewer: Viewer,
    *,
    opens: bool,
) -> Row:
    mine = user.id == viewer.user_id and not has_role(viewer, "head")
    return Row(
        person=person, email=user.email, role=_(ROLE_NAMES[user.role]), role_words=_(ROLE_WORDS[user.role]),
        department=place.name if place else "", leads=place is not None and place.head_id == user.id,
        extension=user.extension, seen_at=seen_at, invited=user.password_hash is None,
        left=user.disabled_at is not None,
        href="/people/me" if mine else f"/people/{user.id}" if opens else "",
    )  # fmt: skip
