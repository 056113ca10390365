"""What a call was, in a line for its card."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from crm import calls
from crm.call_results import CallResult
from crm.calls import Call
from hub.said import Said, nsaid, said
from hub.users import User

MINUTE = 60


def summary(session: Session, call: Call) -> Said:
    """Say in a line what a call was, and what came of it."""
    result = session.get(CallResult, call.result_id) if call.result_id else None
    if result is not None:
        return said("%(call)s: %(result)s", call=_what(session, call), result=result.words)
    return _what(session, call)


def _what(session: Session, call: Call) -> Said:
    talked = calls.people_at(session, [talk.extension for talk in call.spoken])
    who = talked[0].name if talked else _extension(call)
    if call.talks:
        time = lasting(sum(talk.seconds for talk in call.spoken))
        if call.direction == "outbound":
            return said("%(who)s called, %(time)s", who=who, time=time)
        return said("answered by %(who)s, %(time)s", who=who, time=time)
    if call.direction == "outbound":
        return _in_vain(session, call)
    waited = lasting(((call.ended_at or call.started_at) - call.started_at).total_seconds())
    if call.ended_by == "customer":
        return said("missed: hung up after %(time)s", time=waited)
    return said("missed: nobody answered")


def lasting(seconds: float) -> Said:
    """Say how long something took."""
    if seconds < MINUTE:
        return nsaid("%(num)s second", "%(num)s seconds", round(seconds))
    return said("%(m)s min %(s)s s", m=int(seconds // MINUTE), s=f"{int(seconds % MINUTE):02}")


def remarks(call: Call) -> Sequence[Said]:
    """Say what was particular about a call."""
    found = [said("%(by)s handed it on to %(to)s", by=each.by, to=each.to or "?") for each in call.handed_on]
    if call.gap and call.outcome == "unknown":
        found.append(
            said("We did not hear the PBX for %(time)s: how it ended is not known.", time=lasting(call.gap))
        )
    elif call.gap:
        found.append(
            said(
                "We did not hear the PBX for %(time)s: this is from its own records.", time=lasting(call.gap)
            )
        )
    return found


def _in_vain(session: Session, call: Call) -> Said:
    people = calls.people_at(session, call.rang)
    caller = session.get(User, call.placed_by) if call.placed_by else None
    who = caller.name if caller else people[0].name if people else _extension(call)
    words = {
        "busy": said("%(who)s called: busy", who=who), "rejected": said("%(who)s called: declined", who=who),
        "failed": said("%(who)s called: no such number, or no line", who=who),
        "unknown": said("%(who)s called; how it ended is not known", who=who),
    }  # fmt: skip
    return words.get(call.outcome or "", said("%(who)s called: nobody answered", who=who))


def _extension(call: Call) -> str:
    known = [talk.extension for talk in call.spoken] or call.rang
    return known[0] if known else call.written
