"""What people do in the middle of a call: end it, hand it on, park it, record it. Only who is in it may.

Each is asked of the PBX at most once and within seconds; what it refuses is said in the call's popup.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import call_intake, calls, exchanges
from crm.calendars import away
from crm.calls import Call
from crm.desk import Refusal
from hub import audit, outbox
from hub.clock import now
from hub.events import Command, HandOn, HangUp, Park, Record
from hub.languages import _
from hub.said import Said, said
from hub.users import User, Viewer

LIFETIME = timedelta(seconds=5)
MOST = 8


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to whom a call can be handed on; `presence` is free, busy (in a call) or off (away)."""

    id: int
    name: str
    extension: str
    presence: str


def end(session: Session, viewer: Viewer, call: Call) -> None:
    """Hang up the own telephone."""
    _ask(session, viewer, call, HangUp(call=call.key, by=_extension(session, viewer)), said("hung up"))


def hand_on(session: Session, viewer: Viewer, call: Call, to: User, *, ask: bool) -> None:
    """Give the customer to a colleague: at once, or after the two have spoken."""
    by = _extension(session, viewer)
    if not to.extension or to.disabled_at is not None:
        raise Refusal(_("No telephone is known of %(name)s.", name=to.name))
    if to.extension == by:
        raise Refusal(_("You have this call already."))
    words = said("asks %(name)s", name=to.name) if ask else said("handed on to %(name)s", name=to.name)
    _ask(session, viewer, call, HandOn(call=call.key, by=by, to=to.extension, ask=ask), words)


def park(session: Session, viewer: Viewer, call: Call) -> None:
    """Let the customer wait where any telephone can fetch him."""
    _ask(session, viewer, call, Park(call=call.key, by=_extension(session, viewer)), said("parked"))


def record(session: Session, viewer: Viewer, call: Call, *, on: bool) -> None:
    """Let the recording of a call be silent, or be heard again."""
    words = said("recorded again from here on") if on else said("not recorded from here on")
    _ask(session, viewer, call, Record(call=call.key, by=_extension(session, viewer), on=on), words)


def mine(session: Session, viewer: Viewer, call_id: int) -> Call | None:
    """Give a call that goes on, to who is in it."""
    call = session.get(Call, call_id)
    me = session.get(User, viewer.user_id) if viewer.user_id else None
    if call is None or me is None or not calls.takes_part(call, me):
        return None
    return call


def colleagues(session: Session, viewer: Viewer, words: str) -> Sequence[Colleague]:
    """Give whom a call can be handed on to, found by the beginnings of their names, or by their extensions.

    Whoever is free comes first, who is away last.
    """
    people = session.scalars(
        select(User).where(User.extension != "", User.disabled_at.is_(None), User.id != viewer.user_id)
    ).all()
    typed = words.casefold().split()
    fitting = [user for user in people if all(_means(user, word) for word in typed)]
    busy = calls.busy_extensions(session)
    gone = away(session, [user.id for user in fitting], now())
    found = [
        Colleague(id=user.id, name=user.name, extension=user.extension,
                  presence="off" if user.id in gone else "busy" if user.extension in busy else "free")
        for user in fitting
    ]  # fmt: skip
    return sorted(found, key=lambda each: (ORDER.index(each.presence), each.name))[:MOST]


ORDER = ("free", "busy", "off")


def _means(user: User, word: str) -> bool:
    return user.extension.startswith(word) or any(
        part.startswith(word) for part in user.name.casefold().split()
    )


def _extension(session: Session, viewer: Viewer) -> str:
    me = session.get(User, viewer.user_id) if viewer.user_id else None
    return me.extension if me else ""


def _ask(session: Session, viewer: Viewer, call: Call, command: Command, words: Said) -> None:
    if not exchanges.obeys(session, call.channel_id):
        raise Refusal(_("This PBX only tells of its calls: do it at your telephone."))
    call.trouble = ""
    outbox.put(session, call.channel_id, command, lifetime=LIFETIME, at_most_once=True)
    audit.record(session, viewer, audit.CHANGED, "call", call.id, words=words)
    call_intake.tell(session, call)
