"""What rings for me now, whom I talk with, and what of a talk is still open: state, shown above every page.

So a refresh, a second window or a night costs nothing. What is done there stands in popup_deeds.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import call_sheets, caller_names, calls, numbers, rescues, supervising
from crm.call_intake import candidates
from crm.caller_names import Guess
from crm.calls import Call
from crm.contacts import Contact, root
from crm.setup import setup
from crm.web.call_controls import Controls, controls
from crm.web.popup_people import Caller, caller
from crm.web.popup_talk import Talk, talk
from crm.web.zones import zone_of
from hub import preferences
from hub.clock import now
from hub.languages import N_, _, listener
from hub.rows import get
from hub.users import User, Viewer
from hub.users import viewer as rights_of
from hub.web import moments
from hub.web.along import along
from hub.web.keyboard import ANYWHERE, add_key
from hub.web.keys import DB
from hub.web.pages import page, render, viewer_of

State = Literal["rings", "placed", "talk", "over", "elsewhere"]

HEARS = {
    "listen": N_("%(name)s listens"), "whisper": N_("%(name)s whispers to you"),
    "join": N_("%(name)s is with you in the call"),
}  # fmt: skip
MOST_OVER = 2  # that are over and lie open at once; the others stand on Today

add_key("F2", N_("To the call and back"), ANYWHERE)
add_key("1 … 9", N_("Who it is, or what came of the call"), ANYWHERE)


class Popup(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `why` says why it is shown to me; `people` are one, several to choose from, or none.

    `rings`: my telephone does, without my doing, so that I am to be told; not so where I pressed a number myself.
    `rescues`: the hub placed it for me, which `why` explains.
    `since` is what its timer counts from, `until` where it stands still. `country` and `there` are where the number
    is and what time it is there, "" where that is as here. `guesses` are what somebody unknown may be called, and
    `controls` what can be done in it; `listeners` say who hears it beside the two, where one is to be told.
    """

    id: int
    state: State
    rings: bool
    rescues: bool
    number: str
    country: str
    there: str
    words: str
    why: str
    since: datetime
    until: datetime | None
    elapsed: str
    people: Sequence[Caller]
    guesses: Sequence[Guess]
    known: bool
    talk: Talk | None
    controls: Controls
    listeners: Sequence[str] = ()

    @property
    def says(self) -> str:
        """Say once, to who cannot see it, who calls and why he is told."""
        who = self.people[0] if len(self.people) == 1 else None
        parts = (who.name, who.organisation) if who else (self.number, "")
        return ". ".join([self.words, ", ".join(filter(None, parts)), self.why])


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _popups.html. `more` is how many further calls lie open."""

    popups: Sequence[Popup] = ()
    more: int = 0


@page("GET", "/popups")
async def popups(request: web.Request) -> web.StreamResponse:
    """Show the calls of my telephone."""
    shown = await request.app[DB].read(popups_of, viewer_of(request))
    return await render(request, "_popups.html", popups=shown.popups, more=shown.more)


def _brought(session: Session, viewer: Viewer) -> dict[str, object]:
    """Give the values of _popups.html, by the rights of this moment: the viewer of an open page may be older."""
    me = _himself(session, viewer)
    shown = _shown(session, rights_of(me), me) if me is not None and me.disabled_at is None else Shown()
    return {"popups": shown.popups, "more": shown.more}


# Who is rung sees it at the same moment as he is told.
along(calls.POPUP, "/popups", "_popups.html", _brought)


def popups_of(session: Session, viewer: Viewer) -> Shown:
    """Give the calls that ring for somebody, in which he is, or of which something lies open before him."""
    me = _himself(session, viewer)
    return Shown() if me is None else _shown(session, viewer, me)


def _himself(session: Session, viewer: Viewer) -> User | None:
    """Give who looks, as he is now: whoever has a telephone stands in the set-up, which is read for a ring anyway."""
    sitting = setup(session).sitting.values()
    known = next((each for each in sitting if each.id == viewer.user_id), None)
    return known or (get(session, User, viewer.user_id) if viewer.user_id else None)


def _shown(session: Session, viewer: Viewer, me: User) -> Shown:
    his, open_ones = call_sheets.before(session, me)
    live = [each for each in his if each.direction != "internal"]
    over = [each for each in open_ones if each not in live and _is_left(session, each, me)]
    return Shown(
        popups=[_popup(session, viewer, call, me) for call in (*live, *over[:MOST_OVER])],
        more=len(over[MOST_OVER:]),
    )


def _is_left(session: Session, call: Call, me: User) -> bool:
    """Tell whether something of a call lies open that is over for him, be it for others or not."""
    if call.ended_at is not None:
        return True
    sheet = call_sheets.sheet_of(session, call.id, me.id)
    return sheet is not None and call_sheets.asks(session, call, sheet)


def _popup(session: Session, viewer: Viewer, call: Call, me: User) -> Popup:
    state = _state(call, me)
    country = setup(session).company.country
    number = numbers.display(call.customer, country) if call.customer else call.written
    people = [caller(session, viewer, each, call) for each in _likely(session, call)]
    reason = rescues.reason(session, call) if call.placed_by is not None else ""
    since = call.started_at if state in ("rings", "placed") else call.answered_at or call.started_at
    talked = call.answered_at is not None or call.talking or call.talks  # before that nobody has a sheet
    sheet = call_sheets.sheet_of(session, call.id, me.id) if talked else None
    guesses = caller_names.guesses(session, viewer, call) if not people and call.ended_at is None else ()
    return Popup(
        id=call.id, state=state, rings=state == "rings" or (state == "placed" and not call.picked_up and bool(reason)),
        rescues=bool(reason) and state in ("placed", "talk"),
        number=number or _("Number withheld"), country=_country(call), there=_there(session, call),
        words=_said(call, state), why=reason or _why(call, me), since=since,
        until=call.ended_at, elapsed=moments.lasted(since, call.ended_at or now()), people=people, guesses=guesses,
        known=call.contact_id is not None, talk=talk(session, viewer, call, sheet) if sheet else None,
        controls=controls(call, me, session), listeners=_listeners(session, call, me),
    )  # fmt: skip


def _listeners(session: Session, call: Call, me: User) -> list[str]:
    found = supervising.announced(session, call, me) if me.extension in call.talking else []
    names = {user.extension: user.name for user in calls.people_at(session, [each.by for each in found])}
    return [_(HEARS[each.how], name=names.get(each.by, each.by)) for each in found]


def _state(call: Call, me: User) -> State:
    if call.ended_at is not None:
        return "over"
    if call.placed_by == me.id and call.answered_at is None:
        return "placed"
    if me.extension and me.extension in (*call.talking, *call.inside):
        return "talk"
    return "rings" if me.extension and me.extension in call.ringing else "elsewhere"


def _said(call: Call, state: State) -> str:
    if call.placed_by is not None and call.answered_at is None and state in ("placed", "over"):
        return _placed(call)
    if call.parked and state != "over":
        return _("Parked")
    if call.on_hold and state == "talk":
        return _("On hold")
    incoming = _("Calls you") if call.direction == "inbound" else _("You call")
    words = {"over": _("Call ended"), "elsewhere": _("Handed on"), "talk": _("In talk")}
    return words.get(state, incoming)


def _placed(call: Call) -> str:
    if call.ended_at is not None:
        return _("It did not come about")
    return _("Calling") if call.picked_up else _("Pick up your telephone")


def _why(call: Call, me: User) -> str:
    if call.ended_at is not None or me.extension not in (*call.ringing, *call.inside, *call.talking):
        return _("You talked in this call") if call.answered_at is not None else _("You called")
    if call.queue:
        return _("Your telephone %(extension)s, queue %(queue)s", extension=me.extension, queue=call.queue)
    return _("Your telephone %(extension)s", extension=me.extension)


def _country(call: Call) -> str:
    code = numbers.country_of(call.customer) if call.customer else None
    return listener().locale.territories.get(code, code) if code else ""


def _there(session: Session, call: Call) -> str:
    """Say what time it is where the number is, where the clocks show another than ours."""
    here, moment = zone_of(session), now()
    zones = numbers.time_zones(call.customer) if call.customer else ()
    known = filter(None, map(preferences.zone_of, zones))
    times = sorted({moment.astimezone(zone).replace(tzinfo=None) for zone in known})
    if not times or times == [moment.astimezone(here).replace(tzinfo=None)]:
        return ""
    first, last = f"{times[0]:%H:%M}", f"{times[-1]:%H:%M}"
    if first == last:
        return _("%(time)s there", time=first)
    return _("between %(first)s and %(last)s there", first=first, last=last)


def _likely(session: Session, call: Call) -> Sequence[Contact]:
    if call.contact_id is not None:
        return [session.get_one(Contact, root(session, call.contact_id))]
    found = [root(session, each) for each in candidates(session, call)]
    if not found:
        return ()
    return session.scalars(select(Contact).where(Contact.id.in_(found)).order_by(Contact.id)).all()
