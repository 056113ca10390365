"""Calls that nobody heard, found afterwards in what their PBX wrote down.

One that is not known is made, one whose end is not known gets it, and all follows that would have followed. What is
known stays as it is, so the same may be found again and again, and after whatever else was heard.
"""

from __future__ import annotations

from functools import partial

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import call_intake, callbacks, dial_turns, told_calls
from crm.calls import Call
from crm.told_calls import Place
from hub.channels import LiveChannel
from hub.events import CallFound, CallState
from hub.journal import Inbound, Outcome
from hub.said import said

NOT_KNOWN = {None, "unknown"}


def take(session: Session, item: Inbound, channel: LiveChannel, event: CallFound) -> Outcome:
    """Keep what was found of a call, where it was not known, and do what follows from it."""
    call = find_out(session, channel.id, event.call, partial(call_intake.place, department=event.department))
    if call is None:
        return Outcome(said("a call that was known already: %(number)s", number=event.call.written or "?"))
    outcome = call_intake.follow(session, item, channel, call)
    if call.missed:
        callbacks.settle(session, call)
    elif call.talks:
        dial_turns.result_chosen(session, call)
    return outcome


def find_out(session: Session, channel_id: int, state: CallState, place: Place) -> Call | None:
    """Know a call at its end; None where that was known, or is not known now either."""
    known = session.scalar(
        select(Call).where(Call.channel_id == channel_id, Call.key == state.key).with_for_update()
    )
    if known is not None and (known.outcome not in NOT_KNOWN or state.outcome in NOT_KNOWN):
        return None
    call = known or Call(channel_id=channel_id, key=state.key, number=0)
    told = state if known is None else _together(known, state)
    call.number = call.number or round((told.ended_at or told.started_at).timestamp() * 1000)
    told_calls.keep(session, call, told, place)
    return call


def _together(known: Call, found: CallState) -> CallState:
    """Put together what was heard and what was written: holding is never written, nor is a name that came later."""
    heard = bool(known.talks) and not found.talks
    return structs.replace(
        found, rang=tuple(dict.fromkeys([*known.rang, *found.rang])), name=found.name or known.name,
        customer=found.customer or known.customer, written=found.written or known.written,
        withheld=found.withheld and not known.customer, dialled=found.dialled or known.dialled,
        queue=found.queue or known.queue, holds=max(known.holds, found.holds),
        talks=known.spoken if heard else found.talks, outcome="answered" if heard else found.outcome,
        transfers=max(known.handed_on, found.transfers, key=len), recorded=known.recorded or found.recorded,
        recording=known.recording or found.recording, own=known.own or found.own,
        picked_up=known.picked_up or found.picked_up, started_at=min(known.started_at, found.started_at),
        answered_at=found.answered_at or known.answered_at, gap=max(known.gap, found.gap),
    )  # fmt: skip
