"""Users over the API: who works here."""

from __future__ import annotations

from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.languages import _
from hub.users import User
from hub.web.api import endpoint
from hub.web.etags import tag_of
from hub.web.keys import DB
from hub.web.pages import path_id
from hub.web.paging import Page, Paging, page_of
from hub.web.problems import Problem


class UserOut(msgspec.Struct, frozen=True, kw_only=True):
    """A person who works here; `department` is its id."""

    id: int
    name: str
    email: str
    role: str
    department: int | None
    created_at: datetime
    disabled_at: datetime | None


@endpoint(
    "GET",
    "/users",
    scope="users:read",
    query=Paging,
    returns=Page[UserOut],
    summary="List people who work here",
)
async def users(request: web.Request, query: Paging) -> Page[UserOut]:
    """List everybody, oldest first."""
    return await request.app[DB].read(_users, query)


@endpoint("GET", "/users/{id}", scope="users:read", returns=UserOut, etag=tag_of, summary="Get one person")
async def user(request: web.Request) -> UserOut:
    """Give one person."""
    return await request.app[DB].read(_user, path_id(request))


def _users(session: Session, query: Paging) -> Page[UserOut]:
    rows = session.scalars(
        select(User).where(User.id > (query.after or 0)).order_by(User.id).limit(query.limit + 1)
    ).all()
    return page_of(rows, query.limit, _shown)


def _user(session: Session, user_id: int) -> UserOut:
    found = session.get(User, user_id)
    if found is None:
        raise Problem(404, _("There is no such person."))
    return _shown(found)


def _shown(user: User) -> UserOut:
    return UserOut(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        department=user.department_id,
        created_at=user.made_at,
        disabled_at=user.disabled_at,
    )
