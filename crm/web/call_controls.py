"""What can be done in the middle of a call, from its popup: end it, hand it on, park it, record it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import call_commands, calls, exchanges
from crm.call_commands import Colleague
from crm.call_fate import fate
from crm.calls import Call
from crm.setup import setup
from crm.web.api_references import person_with
from crm.web.names import initials
from hub.languages import N_, _
from hub.users import User, Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

LONGEST = 60
ID_DIGITS = 18
PRESENCE = {"free": N_("Free"), "busy": N_("In a call"), "off": N_("Away")}

Deed = Callable[[Session, Viewer, Call], None]


class Controls(msgspec.Struct, frozen=True, kw_only=True):
    """What the popup of a call offers. `trouble` says what went wrong; `again` is the number to call once more.

    `hangs_up`: my telephone is in it. `talks`: I am in talk, so that it can be handed on, parked and recorded.
    `asks`: I am in it without the customer, who waits meanwhile.
    """

    id: int
    trouble: str = ""
    again: str = ""
    hangs_up: bool = False
    talks: bool = False
    asks: bool = False
    recorded: bool = False
    silenced: bool = False
    parked: str = ""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague to hand a call on to."""

    id: int
    name: str
    initials: str
    extension: str
    presence: str
    words: str


def controls(call: Call, me: User, session: Session) -> Controls:
    """Give what somebody can do with a call of his."""
    over = call.ended_at is not None
    can = not over and exchanges.obeys(session, call.channel_id)
    return Controls(
        id=call.id, trouble=fate(call, setup(session)), again=call.customer or "" if over else "",
        hangs_up=can and calls.takes_part(call, me), talks=can and me.extension in call.talking,
        asks=can and _asks(call, me),
        recorded=call.recorded, silenced=call.silenced, parked=call.parked,
    )  # fmt: skip


def _asks(call: Call, me: User) -> bool:
    away_from_him = me.extension in call.inside and me.extension not in call.talking
    return call.ended_at is None and call.answered_at is not None and away_from_him


@page("POST", "/popups/{id}/end")
async def end(request: web.Request) -> web.StreamResponse:
    """Hang up."""
    return await _done(request, call_commands.end, _("Hung up"))


@page("POST", "/popups/{id}/parking")
async def park(request: web.Request) -> web.StreamResponse:
    """Let the customer wait where any telephone can fetch him."""
    return await _done(request, call_commands.park, _("Being parked"))


@page("POST", "/popups/{id}/recording")
async def record(request: web.Request) -> web.StreamResponse:
    """Go on with a recording that was silenced."""
    return await _done(request, _record, _("Recorded again from here on"))


@page("DELETE", "/popups/{id}/recording")
async def silence(request: web.Request) -> web.StreamResponse:
    """Silence a recording."""
    return await _done(request, _silence, _("Not recorded from here on"))


@page("POST", "/popups/{id}/transfer")
async def transfer(request: web.Request) -> web.StreamResponse:
    """Hand the customer on to a colleague, at once or after asking."""
    said, ask = await form(request), False
    ask = bool(said.get("ask"))
    name = await request.app[DB].write(
        _hand_on, viewer_of(request), path_id(request), said.get("to", ""), ask=ask
    )
    words = (
        _("Asking %(name)s: hang up to join the two", name=name)
        if ask
        else _("Handed on to %(name)s", name=name)
    )
    return await changed(request, Toast(text=words))


@page("GET", "/popups/{id}/transfer")
async def offer(request: web.Request) -> web.StreamResponse:
    """Show whom it can be handed on to, while his name is typed."""
    words = request.query.get("q", "").replace("\0", "").strip()[:LONGEST]
    viewer, call_id = viewer_of(request), path_id(request)
    found = await request.app[DB].read(_offers, viewer, call_id, words)
    template = "_transfer_offers.html" if is_fragment(request) else "transfer.html"
    return await render(
        request, template, title=_("Hand the call on"), call_id=call_id, offers=found, q=words
    )


async def _done(request: web.Request, deed: Deed, words: str) -> web.StreamResponse:
    await request.app[DB].write(_do, viewer_of(request), path_id(request), deed)
    return await changed(request, Toast(text=words))


def _do(session: Session, viewer: Viewer, call_id: int, deed: Deed) -> None:
    deed(session, viewer, _mine(session, viewer, call_id))


def _record(session: Session, viewer: Viewer, call: Call) -> None:
    call_commands.record(session, viewer, call, on=True)


def _silence(session: Session, viewer: Viewer, call: Call) -> None:
    call_commands.record(session, viewer, call, on=False)


def _hand_on(session: Session, viewer: Viewer, call_id: int, to: str, *, ask: bool) -> str:
    call = _mine(session, viewer, call_id)
    if not (to.isascii() and to.isdigit() and len(to) <= ID_DIGITS):
        raise Problem(422, _("Say to whom."))
    person = person_with(session, int(to), "/to")
    call_commands.hand_on(session, viewer, call, person, ask=ask)
    return person.name


def _offers(session: Session, viewer: Viewer, call_id: int, words: str) -> Sequence[Offered]:
    _mine(session, viewer, call_id)
    return [offered(each) for each in call_commands.colleagues(session, viewer, words)]


def offered(one: Colleague) -> Offered:
    """Show a colleague to whom a call can be handed on."""
    return Offered(
        id=one.id, name=one.name, initials=initials(one.name), extension=one.extension, presence=one.presence,
        words=_(PRESENCE[one.presence]),
    )  # fmt: skip


def _mine(session: Session, viewer: Viewer, call_id: int) -> Call:
    call = call_commands.mine(session, viewer, call_id)
    if call is None:
        raise Problem(404, _("There is no such call of yours, or it is over."))
    return call
