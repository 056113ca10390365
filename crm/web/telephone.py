"""A colleague's telephone: in and out of queues, pauses with a reason, and how who leads hears what he says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import cast

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import answering, supervising, wallboard
from crm.answering import Offered
from crm.call_rights import call_for
from crm.queue_figures import Place
from crm.rights import person_for
from crm.setup import setup
from crm.supervising import DONE
from crm.web.wall_views import Mark, mark
from hub.board import Ear
from hub.languages import _
from hub.users import User, Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

LONGEST = 100  # letters of a queue's name
ID_DIGITS = 18

Deed = Callable[[Session, Viewer, User], None]
Fields = Mapping[str, str]


class Telephone(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _telephone.html.

    `answers` says that he is in a queue; `call` is the one in which he can be heard, 0 where he cannot.
    """

    id: int
    mark: Mark
    paused: bool
    answers: bool
    queues: Sequence[Offered]
    reasons: Sequence[str]
    call: int


@page("GET", "/people/{id}/telephone")
async def telephone(request: web.Request) -> web.StreamResponse:
    """Show what can be done, on a sheet over the wallboard or on a page of its own."""
    shown = await request.app[DB].read(_telephone, viewer_of(request), path_id(request))
    template = "_telephone_sheet.html" if is_fragment(request) else "telephone.html"
    return await render(
        request,
        template,
        title=shown.mark.name,
        sub="",
        back=Back("/wallboard", _("Wallboard")),
        telephone=shown,
    )


@page("POST", "/people/{id}/queues")
async def enter(request: web.Request) -> web.StreamResponse:
    """Log him in to a queue."""
    fields = await form(request)
    words = _("Logging in to %(queue)s", queue=fields.get("queue", "")[:LONGEST])
    return await _done(request, partial(_enter, fields=fields), words)


@page("DELETE", "/people/{id}/queues")
async def leave(request: web.Request) -> web.StreamResponse:
    """Log him out of a queue."""
    fields = await form(request)
    words = _("Logging out of %(queue)s", queue=fields.get("queue", "")[:LONGEST])
    return await _done(request, partial(_leave, fields=fields), words)


@page("POST", "/people/{id}/pause")
async def pause(request: web.Request) -> web.StreamResponse:
    """Have him be rung by no queue, and say why."""
    reason = (await form(request)).get("reason", "")
    return await _done(
        request, partial(answering.pause, reason=reason), _("Pausing: %(why)s", why=reason[:LONGEST])
    )


@page("DELETE", "/people/{id}/pause")
async def go_on(request: web.Request) -> web.StreamResponse:
    """End the pause."""
    return await _done(request, answering.go_on, _("Back from the pause"))


@page("POST", "/calls/{id}/listening", role="head")
async def listen(request: web.Request) -> web.StreamResponse:
    """Ring the own telephone, and hear a call by it."""
    fields = await form(request)
    await request.app[DB].write(
        _listen, viewer_of(request), path_id(request), fields.get("how", ""), fields.get("to", "")
    )
    return await changed(request, Toast(text=_("Your telephone rings: pick up to hear the call")))


async def _done(request: web.Request, deed: Deed, words: str) -> web.StreamResponse:
    await request.app[DB].write(_do, viewer_of(request), path_id(request), deed)
    return await changed(request, Toast(text=words))


def _do(session: Session, viewer: Viewer, user_id: int, deed: Deed) -> None:
    deed(session, viewer, _found(session, viewer, user_id))


def _enter(session: Session, viewer: Viewer, user: User, fields: Fields) -> None:
    answering.enter(session, viewer, user, _place(fields))


def _leave(session: Session, viewer: Viewer, user: User, fields: Fields) -> None:
    answering.leave(session, viewer, user, _place(fields))


def _listen(session: Session, viewer: Viewer, call_id: int, how: str, to: str) -> None:
    call = call_for(session, viewer, call_id)
    if call is None:
        raise Problem(404, _("There is no such call."))
    known = to.isascii() and to.isdigit() and len(to) <= ID_DIGITS
    user = person_for(session, viewer, int(to)) if known else None
    if how not in DONE or user is None:
        raise Problem(422, _("Say to whom you want to listen."))
    supervising.listen(session, viewer, call, user, cast("Ear", how))


def _telephone(session: Session, viewer: Viewer, user_id: int) -> Telephone:
    user = _found(session, viewer, user_id)
    agent = wallboard.agent(session, user)
    heard = agent.call if supervising.may_listen(session, viewer, user) else None
    return Telephone(
        id=user.id, mark=mark(session, viewer, agent), paused=agent.paused is not None,
        answers=bool(agent.queues),
        queues=answering.queues_for(session, viewer, user),
        reasons=answering.reasons_of(setup(session).departments.get(user.department_id or 0)),
        call=heard.id if heard else 0,
    )  # fmt: skip


def _found(session: Session, viewer: Viewer, user_id: int) -> User:
    user = person_for(session, viewer, user_id)
    if user is None:
        raise Problem(404, _("There is nobody at this address, or it is not yours to say when he answers."))
    return user


def _place(fields: Fields) -> Place:
    channel, queue = fields.get("channel", ""), fields.get("queue", "")
    if (
        not (channel.isascii() and channel.isdigit() and len(channel) <= ID_DIGITS)
        or not 0 < len(queue) <= LONGEST
    ):
        raise Problem(422, _("Say which queue."))
    return Place(int(channel), queue)
