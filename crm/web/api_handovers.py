"""Hand-over by the API: what somebody has, given to others in one deed, with its list, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy.orm import Session

from crm import handovers
from crm.calendars import away
from crm.handover_items import Handover, HandoverItem, Item, ItemKind, items_of
from crm.holdings import MOST, Belongings, belongings
from crm.rights import person_for
from crm.web.api_references import department_name, department_named, person_with, refused
from crm.web.api_shapes import Id, Line
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _
from hub.users import User, Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body, Query
from hub.web.keys import DB
from hub.web.moments import when
from hub.web.pages import path_id, viewer_of
from hub.web.problems import Problem


class WhoseQuery(Query, frozen=True, kw_only=True):
    """Whose it is: a person's id."""

    user: Id


class HeldOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody has. Of the kind `naming` it is the person himself, wherever he is named."""

    kind: ItemKind
    id: int
    name: str


class BelongingsOut(msgspec.Struct, frozen=True, kw_only=True):
    """All that somebody has."""

    items: list[HeldOut]


class GivenIn(Body, frozen=True, kw_only=True):
    """Something of his, and to whom it goes where that is somebody else than the rest goes to."""

    kind: ItemKind
    id: Id
    assignee: Id | None = None
    department: Line | None = None


class HandoverIn(Body, frozen=True, kw_only=True):
    """What of `user` goes to whom: a person's id, or a department's name, for its queue.

    Without `items` all that he has goes.
    """

    user: Id
    assignee: Id | None = None
    department: Line | None = None
    why: Line = ""
    items: Annotated[list[GivenIn], Meta(min_length=1, max_length=MOST)] | None = None


class HandoverItemOut(msgspec.Struct, frozen=True, kw_only=True):
    """Where something went. Once it was taken back, `left_why` says why it stayed, if it did."""

    kind: str
    id: int
    assignee: int | None
    department: str | None
    returned_at: datetime | None
    left_why: str


class HandoverOut(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over of what `user` had. `warnings` say in words which of those who got something are away now."""

    id: int
    user: int
    by: int | None
    at: datetime
    why: str
    undone_at: datetime | None
    warnings: list[str]
    items: list[HandoverItemOut]


@endpoint("GET", "/belongings", scope="users:read", query=WhoseQuery, returns=BelongingsOut, errors=(409,),
          summary="List what somebody has and would leave behind")  # fmt: skip
async def held(request: web.Request, query: WhoseQuery) -> BelongingsOut:
    """List it."""
    return await request.app[DB].read(_held, viewer_of(request), query.user)


@endpoint("POST", "/handovers", scope="users:write", body=HandoverIn, returns=HandoverOut, status=201,
          summary="Give what somebody has to others, in one deed", errors=(409,))  # fmt: skip
async def hand_over(request: web.Request, body: HandoverIn) -> HandoverOut:
    """Give it."""
    return await write(request, _hand_over, viewer_of(request), body)


@endpoint(
    "GET",
    "/handovers/{id}",
    scope="users:read",
    returns=HandoverOut,
    summary="Get one hand-over and its list",
)
async def handover(request: web.Request) -> HandoverOut:
    """Give one."""
    return await request.app[DB].read(_one, viewer_of(request), path_id(request))


@endpoint("DELETE", "/handovers/{id}", scope="users:write", returns=HandoverOut, errors=(409,),
          summary="Take a hand-over back: what is still where it was put returns")  # fmt: skip
async def take_back(request: web.Request) -> HandoverOut:
    """Take it back."""
    return await write(request, _take_back, viewer_of(request), path_id(request))


def _held(session: Session, viewer: Viewer, user_id: int) -> BelongingsOut:
    user = _person(session, viewer, user_id)
    return BelongingsOut(items=list(_all(user, belongings(session, user.id))))


def _all(user: User, has: Belongings) -> Iterator[HeldOut]:
    """Give all that somebody has; quiet conversations go along with the rest, and by themselves where there is none."""
    for task in has.tasks:
        yield HeldOut(kind="task", id=task.id, name=str(task.title))
    for visit in has.visits:
        yield HeldOut(kind="appointment", id=visit.id, name=visit.purpose)
    for contact in has.contacts:
        yield HeldOut(kind="contact", id=contact.id, name=contact.name)
    for deal in has.deals:
        yield HeldOut(kind="deal", id=deal.id, name=deal.title)
    if has.named_by:
        yield HeldOut(kind="naming", id=user.id, name=", ".join(has.named_by))
    if not has.is_anything:
        for each in has.conversations:
            yield HeldOut(kind="conversation", id=each.id, name=each.subject)


def _hand_over(session: Session, viewer: Viewer, body: HandoverIn) -> HandoverOut:
    user = _person(session, viewer, body.user)
    rest = _target(session, body.assignee, body.department, "")
    if body.items is None:
        wanted = {Item(each.kind, each.id): rest for each in _all(user, belongings(session, user.id))}
    else:
        wanted = {
            Item(each.kind, each.id): _target(session, each.assignee, each.department, f"/items/{place}")
            or rest
            for place, each in enumerate(body.items)
        }
    if not all(wanted.values()):
        raise refused(_("Choose to whom it goes."), "/assignee")
    deed = handovers.hand_over(session, viewer, user, wanted, body.why)
    session.flush()
    return _shown(session, deed)


def _target(session: Session, assignee: int | None, department: str | None, pointer: str) -> str:
    if assignee is not None and department is not None:
        raise refused(
            _("It goes to a person or to a department's queue, not to both."), f"{pointer}/department"
        )
    if assignee is not None:
        return f"user:{person_with(session, assignee, f'{pointer}/assignee').id}"
    return f"department:{department_named(session, department).id}" if department is not None else ""


def _one(session: Session, viewer: Viewer, handover_id: int) -> HandoverOut:
    return _shown(session, _found(session, viewer, handover_id))


def _take_back(session: Session, viewer: Viewer, handover_id: int) -> HandoverOut:
    deed = _found(session, viewer, handover_id)
    handovers.take_back(session, viewer, deed)
    return _shown(session, deed)


def _shown(session: Session, deed: Handover) -> HandoverOut:
    items = items_of(session, deed.id)
    return HandoverOut(
        id=deed.id, user=deed.user_id, by=deed.by, at=deed.at, why=deed.why, undone_at=deed.undone_at,
        warnings=_warnings(session, items),
        items=[
            HandoverItemOut(
                kind=each.kind, id=each.record_id, assignee=each.to_user_id, returned_at=each.returned_at,
                department=None if each.to_user_id else department_name(session, each.to_department_id),
                left_why=str(each.left_why),
            )
            for each in items
        ],
    )  # fmt: skip


def _warnings(session: Session, items: Sequence[HandoverItem]) -> list[str]:
    """Say who of those that have it now is away."""
    ids = {each.to_user_id for each in items if each.to_user_id is not None and each.returned_at is None}
    gone, zone = away(session, sorted(ids), now()), zone_of(session)
    return [
        _(
            "%(name)s is away until %(when)s",
            name=session.get_one(User, user_id).name,
            when=when(each.until, zone),
        )
        for user_id, each in sorted(gone.items())
    ]


def _person(session: Session, viewer: Viewer, user_id: int) -> User:
    user = person_for(session, viewer, user_id)
    if user is None:
        raise refused(_("There is no such person, or it is not yours to see."), "/user")
    return user


def _found(session: Session, viewer: Viewer, handover_id: int) -> Handover:
    deed = session.get(Handover, handover_id)
    if deed is None or person_for(session, viewer, deed.user_id) is None:
        raise Problem(404, _("There is no such hand-over, or it is not yours to see."))
    return deed
