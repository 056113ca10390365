"""Calls as their PBX tells them, word by word until they end.

What is told of a call carries a number, and what is older than what is known changes nothing, so it may come twice and
late.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

import msgspec
from msgspec import structs
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm import call_parts, calls
from crm.calls import Call
from hub import rows
from hub.events import CallChanged, CallState

SAME = (
    "direction", "customer", "written", "name", "withheld", "dialled", "queue", "on_hold", "holds", "outcome",
    "ended_by", "cause", "recorded", "recording", "silenced", "parked", "own", "picked_up",
    "started_at", "answered_at", "ended_at", "gap",
)  # fmt: skip
LISTS = ("rang", "ringing", "talking", "inside", "talks", "transfers")

_ROW = Call.__table__.c
_KNOWN = select(_ROW.id).where(_ROW.channel_id == bindparam("channel"), _ROW.key == bindparam("key"))

# Says whose a call is, and with whom, as soon as that is known.
Place = Callable[[Session, Call], None]


def tell(session: Session, channel_id: int, event: CallChanged, place: Place) -> Call | None:
    """Keep what is told of a call, and give it; None where that is older than what is known, or the same."""
    found = session.connection().scalar(_KNOWN, {"channel": channel_id, "key": event.call.key})
    known = session.get(Call, found, with_for_update=True) if found is not None else None
    if known is not None and known.number >= event.number:
        return None
    if known is not None and known.inside:
        calls.look_again(session, known)  # whose telephone leaves it now
    call = known or Call(channel_id=channel_id, key=event.call.key)
    call.number = event.number
    keep(session, call, event.call if known is None else _not_forgotten(known, event.call), place)
    return call


def keep(session: Session, call: Call, state: CallState, place: Place) -> None:
    """Write into a row, new or not, what is told of a call, and whose it is."""
    told = _as_placed(call, state) if call.placed_by else state
    is_new = call.id is None
    before = (call.rang, call.talks, call.started_at) if not is_new else ([], [], None)
    for column in SAME:
        setattr(call, column, getattr(told, column))
    for column in LISTS:
        setattr(call, column, cast("list[object]", msgspec.to_builtins(list(getattr(told, column)))))
    with session.no_autoflush:  # so that all of it is one statement
        place(session, call)
    if is_new:
        rows.add(session, call)
    else:
        session.flush()
    if (call.rang, call.talks, call.started_at) != before:
        if not is_new:
            call_parts.forget(session, call.id)
        call_parts.keep(
            session, call.id, call.started_at, call.rang, {talk.extension for talk in call.spoken}
        )


def lose(session: Session, call: Call, at: datetime, silent_since: datetime | None) -> None:
    """Say that a call ended while nobody listened, until `at`; how, nobody knows."""
    calls.look_again(session, call)
    call.outcome, call.ended_at = "unknown", at
    call.ringing, call.talking, call.inside, call.on_hold = [], [], [], False
    call.gap = (at - max(silent_since or call.started_at, call.started_at)).total_seconds()


def _not_forgotten(known: Call, state: CallState) -> CallState:
    """Keep what is told but once: a hub that was started in its midst takes a call up from the legs that are left."""
    told = structs.replace(
        state, name=state.name or known.name, dialled=state.dialled or known.dialled,
        queue=state.queue or known.queue, rang=tuple(dict.fromkeys([*known.rang, *state.rang])),
        started_at=min(known.started_at, state.started_at), recorded=known.recorded or state.recorded,
        recording=state.recording or known.recording,
    )  # fmt: skip
    return _whose_it_was(known, _talked(known, told))


def _whose_it_was(known: Call, state: CallState) -> CallState:
    """Keep who called, or was called: where he hung up first, what is left of his call names nobody."""
    is_known = known.direction == "inbound" or known.written
    if state.direction != "internal" or state.written or not is_known:
        return state
    return structs.replace(
        state, direction=known.direction, customer=known.customer, written=known.written,
        withheld=known.withheld,
    )  # fmt: skip


def _talked(known: Call, state: CallState) -> CallState:
    """Keep that somebody talked, and since when."""
    if known.answered_at is None:
        return state
    if state.answered_at is not None:
        return structs.replace(state, answered_at=min(known.answered_at, state.answered_at))
    return structs.replace(
        state, answered_at=known.answered_at, talks=state.talks or tuple(known.spoken),
        outcome="answered" if state.outcome is not None else None,
    )  # fmt: skip


def _as_placed(call: Call, state: CallState) -> CallState:
    """Keep what we know of a call that we placed: a hub that was killed meanwhile takes it up without knowing."""
    if state.own or state.direction == "inbound":
        return state
    return structs.replace(
        state, own=call.own, direction="outbound", customer=call.customer, written=call.written
    )
