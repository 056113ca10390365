"""Whoever leads hears how his people talk: listens, whispers to the colleague, or joins. Each department decides.

It may be allowed not at all, or only so that the colleague is told while it lasts; either way the audit knows.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import exchanges, telephone_orders
from crm.calls import POPUP, Call, people_at
from crm.desk import Refusal
from crm.setup import setup
from crm.wallboard import acts_for
from hub import audit, boards
from hub.board import Board, Ear, Listening
from hub.bus import Audience, Notice
from hub.channels import Channel
from hub.db import announce
from hub.events import Listen
from hub.languages import N_, _
from hub.said import said
from hub.users import User, Viewer

NEVER, TOLD, UNTOLD = "never", "told", "untold"
RULES = {
    NEVER: N_("Nobody listens to calls"),
    TOLD: N_("Who leads may listen; the colleague is told while it lasts"),
    UNTOLD: N_("Who leads may listen; nobody is told"),
}
DONE = {
    "listen": N_("listens to %(name)s"), "whisper": N_("whispers to %(name)s"),
    "join": N_("joins the call of %(name)s"),
}  # fmt: skip


def may_listen(session: Session, viewer: Viewer, user: User) -> bool:
    """Tell whether a viewer may hear somebody's calls: he leads him, and the department allows it."""
    leads = viewer.role != "agent" and viewer.user_id not in (None, user.id) and acts_for(viewer, user)
    return leads and _rule(session, user) != NEVER


def listen(session: Session, viewer: Viewer, call: Call, user: User, how: Ear) -> None:
    """Ring the viewer's own telephone, and let him hear somebody's call."""
    me = session.get(User, viewer.user_id) if viewer.user_id else None
    if me is None or not me.extension:
        raise Refusal(_("No telephone is known of you: an admin enters the extension under People."))
    if not may_listen(session, viewer, user):
        raise Refusal(_("Nobody may listen to the calls of %(name)s: ask a manager.", name=user.name))
    if call.ended_at is not None or user.extension not in call.talking:
        raise Refusal(_("%(name)s is not in this call any more.", name=user.name))
    if me.extension in [*call.talking, *call.ringing]:
        raise Refusal(_("You are in this call yourself."))
    if call.channel_id not in exchanges.near(session, me.id):
        title = session.get_one(Channel, call.channel_id).title
        raise Refusal(_("This call is at %(title)s, and your telephone is not.", title=title))
    words = said(DONE[how], name=user.name)
    command = Listen(call=call.key, by=me.extension, to=user.extension, how=how)
    telephone_orders.put(
        session, viewer, call.channel_id, command, said("%(name)s: %(what)s", name=me.name, what=words)
    )
    audit.record(session, viewer, audit.CHANGED, "call", call.id, words=words)


def announced(session: Session, call: Call, user: User) -> list[Listening]:
    """Give who hears somebody in a call, where he is to be told."""
    if _rule(session, user) == UNTOLD:
        return []
    found = boards.of(session, call.channel_id)
    return [each for each in found.listening if each.call == call.key and each.to == user.extension]


def shown(session: Session, channel_id: int, before: Board, after: Board) -> None:
    """Have those look again at their popups whom somebody begins or ceases to hear."""
    changed = set(before.listening) ^ set(after.listening)
    people = frozenset(user.id for user in people_at(session, [each.to for each in changed]))
    keys = [each.call for each in changed]
    for call in (
        session.scalars(select(Call).where(Call.channel_id == channel_id, Call.key.in_(keys))) if keys else ()
    ):
        announce(session, Notice(kind=POPUP, id=call.id, audience=Audience(users=people)))


def _rule(session: Session, user: User) -> str:
    place = setup(session).departments.get(user.department_id or 0)
    return place.listening if place else NEVER
