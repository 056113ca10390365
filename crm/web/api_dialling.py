"""Calls over the API: a program has somebody's telephone ring, and then a customer's."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy.orm import Session

from crm import dialling
from crm.contacts import PHONE, handles_of
from crm.desk import Refusal
from crm.dialling import Doubtful, Wanted
from crm.web.api_references import contact_with, person_with, refused
from crm.web.api_shapes import Id, Line
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.pages import viewer_of


class CallIn(Body, frozen=True, kw_only=True):
    """Whom to call: a contact's id, whose first number it is, or a number written any way.

    `agent` is the user whose telephone rings first; without it, whoever asks. What speaks against it, such as the
    time of night there, is a conflict unless `knowing` is true.
    """

    contact: Id | None = None
    number: Line | None = None
    agent: Id | None = None
    knowing: Annotated[bool, Meta(description="Call although something speaks against it")] = False


class PlacedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is being placed: its id, the customer's number in E.164, contact and agent by id."""

    id: int
    customer: str | None
    contact: int | None
    agent: int


@endpoint("POST", "/calls", scope="calls:write", body=CallIn, returns=PlacedOut, status=202, errors=(409,),
          summary="Have an agent's telephone ring, and then a customer's")  # fmt: skip
async def place(request: web.Request, body: CallIn) -> PlacedOut:
    """Place a call."""
    return await write(request, _place, viewer_of(request), body)


def _place(session: Session, viewer: Viewer, body: CallIn) -> PlacedOut:
    if (body.contact is None) == (body.number is None):
        raise refused(_("Say either whom or which number."), "/number")
    number = body.number or _number_of(session, viewer, body.contact or 0)
    try:
        dialling.whom(session, number)
    except Refusal as refusal:
        raise refused(str(refusal), "/number" if body.number else "/contact") from None
    agent = _agent(session, viewer, body.agent)
    try:
        call = dialling.place(session, viewer, agent, Wanted(number=number, knowing=body.knowing))
    except Doubtful as doubtful:
        raise refused(str(doubtful), "/knowing") from None
    except Refusal as refusal:
        raise refused(str(refusal), "/agent") from None
    return PlacedOut(id=call.id, customer=call.customer, contact=call.contact_id, agent=agent)


def _number_of(session: Session, viewer: Viewer, contact_id: int) -> str:
    contact = contact_with(session, viewer, contact_id)
    phones = [each.value for each in handles_of(session, [contact.id])[contact.id] if each.kind == PHONE]
    if not phones:
        raise refused(_("This contact has no telephone number."), "/contact")
    return phones[0]


def _agent(session: Session, viewer: Viewer, user_id: int | None) -> int:
    """Give whose telephone rings: a person's own, or anybody's for a program and for who sees everybody."""
    wanted = user_id if user_id is not None else viewer.user_id
    if wanted is None:
        raise refused(_("Say whose telephone is to ring."), "/agent")
    if wanted != viewer.user_id and not viewer.sees_all:
        raise refused(_("Only your own telephone rings for you."), "/agent")
    return person_with(session, wanted, "/agent").id
