"""What a call, and its result, do to somebody on a dialling list: he was reached, is called again, or is stopped."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm.call_results import AGAIN, STOP, CallResult
from crm.calls import NO_SUCH_NUMBER, Call
from crm.dial_lists import DialList, DialPerson, person_of, release, stop, tell
from crm.tasks import Task
from hub.clock import now
from hub.said import Said, nsaid, said

HOLD = timedelta(minutes=10)


def call_ended(session: Session, call: Call) -> None:
    """Know how a call ended; again it does nothing."""
    person = person_of(session, call)
    if person is None or person.dialled_at is None:
        return
    listed = session.get_one(DialList, person.list_id)
    person.dialled_at, person.last_at = None, now()
    if call.talks or call.answered_at is not None:
        _talked(session, listed, person, call)
    elif not call.picked_up:
        person.tries -= 1  # his telephone never rang: whoever has him tries again
        person.held_until = now() + HOLD
    else:
        _in_vain(listed, person, call)
    tell(session, listed)


def result_chosen(session: Session, call: Call) -> None:
    """Know what came of a call, or that this was taken back."""
    person = person_of(session, call)
    if person is None:
        return
    listed = session.get_one(DialList, person.list_id)
    person.result_id = call.result_id
    if person.dialled_at is None:
        _talked(session, listed, person, call)
    tell(session, listed)


def not_reached(tries: int) -> Said:
    """Say that somebody was tried as often as his list allows."""
    return nsaid("Not reached in %(num)s try", "Not reached in %(num)s tries", tries)


def _talked(session: Session, listed: DialList, person: DialPerson, call: Call) -> None:
    """Take him as reached, unless the result says otherwise."""
    result = session.get(CallResult, call.result_id) if call.result_id else None
    person.reached_at, person.stopped_at, person.why = person.last_at or now(), None, ""
    person.result_id = call.result_id
    release(person)
    if result is not None and result.in_lists == STOP:
        stop(person, said("Result: %(result)s", result=result.words))
    elif result is not None and result.in_lists == AGAIN:
        person.reached_at = None
        person.due_at = _follows_at(session, call) or now() + listed.again


def _follows_at(session: Session, call: Call) -> datetime | None:
    task = session.get(Task, call.follow_up_id) if call.follow_up_id else None
    return task.planned_for if task is not None else None


def _in_vain(listed: DialList, person: DialPerson, call: Call) -> None:
    if call.outcome == "failed" and call.cause in NO_SUCH_NUMBER:
        stop(person, said("There is no such number."))
    elif person.tries >= listed.most_tries:
        stop(person, not_reached(person.tries))
    else:
        person.due_at = now() + listed.again
        release(person)
