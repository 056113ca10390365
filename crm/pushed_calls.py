"""Calls of a PBX that says what happens to them and never which of them live.

Each news becomes the whole call as it is then, which is told like any other PBX's. One of which nothing more is heard
ends by itself when its time is over, and nobody knows how.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import call_intake, told_calls
from crm.call_news import grown, is_another
from crm.calls import Call
from crm.conversations import Interaction
from hub.channels import Channel, LiveChannel
from hub.clock import now
from hub.db import announce
from hub.events import CallChanged, CallNews, CallState
from hub.journal import Inbound, Outcome
from hub.said import said
from hub.shapes import convert
from hub.timers import Due

TIMER = "silences"


def take(session: Session, item: Inbound, channel: LiveChannel, event: CallNews) -> Outcome:
    """Keep what happened to a call, and do what follows."""
    asked = select(Call).where(Call.channel_id == channel.id, Call.key == event.key).with_for_update()
    known = session.scalar(asked)
    if known is not None and is_another(_state(known), event):
        _make_way(session, known)
        known = None
    state = grown(_state(known) if known is not None else None, event)
    if state is None:
        return Outcome(said("an older word of a call"))
    told = CallChanged(state, item.id, event.department)
    call = told_calls.tell(session, channel.id, told, partial(call_intake.place, department=event.department))
    if call is None:
        return Outcome(said("an older word of a call"))
    _wait(session, call, event)
    return call_intake.follow(session, item, channel, call)


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next call has been silent for too long."""
    return session.scalar(select(func.min(Call.silent_at)).where(Call.silent_at > after))


def due(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the calls that were silent for too long, the longest first."""
    found = select(Call.id).where(Call.silent_at <= moment).order_by(Call.silent_at).limit(limit)
    return [(call_id, call_id) for call_id in session.scalars(found)]


def end(session: Session, call_id: int) -> None:
    """End a call that is still silent; one of which there are news meanwhile goes on."""
    call = session.get(Call, call_id, with_for_update=True, populate_existing=True)
    if call is None or call.silent_at is None or call.silent_at > now():
        return
    last = (
        select(Inbound)
        .where(Inbound.channel_id == call.channel_id, Inbound.stream == call.key)
        .order_by(Inbound.id.desc())
        .limit(1)
    )
    item = session.scalar(last)
    call.silent_at = None
    if item is None or call.outcome is not None:
        session.flush()
        return
    channel = session.get_one(Channel, call.channel_id)
    call_intake.lose(session, item, channel, call, now(), item.received_at)


def _make_way(session: Session, ended: Call) -> None:
    """Leave the key to a new call, so that what is told by it from now on is told of that one."""
    ended.key = f"{ended.key} {ended.id}"
    if ended.interaction_id is not None:
        session.get_one(Interaction, ended.interaction_id).key = f"call {ended.key}"
    session.flush()


def _wait(session: Session, call: Call, event: CallNews) -> None:
    call.silent_at = now() + timedelta(seconds=event.within) if call.outcome is None else None
    session.flush()
    if call.silent_at is not None:
        announce(session, Due(TIMER, call.silent_at))


def _state(call: Call) -> CallState:
    """Give a call as it was told last."""
    told = {name: getattr(call, name) for name in (*told_calls.SAME, *told_calls.LISTS)}
    return convert({**told, "key": call.key}, CallState)
