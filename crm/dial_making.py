"""Making a dialling list: whoever a view of contacts shows now is on it; pausing it, and going on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import time

import msgspec
from sqlalchemy.orm import Session

from crm import call_guides, dial_lists, numbers, wanted
from crm.contacts import PHONE, Handle, handles_of
from crm.desk import Refusal
from crm.dial_lists import DialList, DialPerson
from crm.listing import Asked
from crm.setup import setup
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.rows import insert, insert_many
from hub.said import said
from hub.users import Viewer

NAME = 80  # letters
MOST = 10_000  # people
MOST_TRIES = 20
LONGEST_WAIT = 60 * 24 * 30  # minutes
LOT = 500


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How a list is to be; see DialList. -1 stands for a number that could not be read."""

    name: str
    department_id: int
    script: str = ""
    calls_from: str = "08:00"
    calls_until: str = "20:00"
    most_tries: int = 3
    again_minutes: int = 120


def faults(wanted: Wanted) -> Mapping[str, str]:
    """Say by field what is wrong."""
    found = {}
    if not wanted.name or len(wanted.name) > NAME:
        found["name"] = _("A list has a name of 1 to %(most)s letters.", most=NAME)
    if script := call_guides.fault(wanted.script):
        found["script"] = script
    if not (_is_time(wanted.calls_from) and _is_time(wanted.calls_until)):
        found["calls_from"] = _("Write the times as 08:00.")
    elif wanted.calls_from >= wanted.calls_until:
        found["calls_from"] = _("The second time has to be later than the first.")
    if not 1 <= wanted.most_tries <= MOST_TRIES:
        found["most_tries"] = _("Somebody is called 1 to %(most)s times.", most=MOST_TRIES)
    if not 1 <= wanted.again_minutes <= LONGEST_WAIT:
        found["again_minutes"] = _("He is called again after a minute to a month.")
    return found


def make(session: Session, viewer: Viewer, form: Wanted, asked: Asked, view: str) -> DialList:
    """Make a list of everybody who is asked for, as far as this viewer sees them; `view` is what that is called."""
    ids = wanted.ids(session, viewer, asked)
    if len(ids) > MOST:
        raise Refusal(_("A list has at most %(most)s people. Narrow the view down.", most=MOST))
    reached = list(numbered(session, ids))
    if not reached:
        raise Refusal(_("Nobody in this view has a number that can be called."))
    values = msgspec.to_builtins(form) | {"script": call_guides.plain(form.script)}
    list_id = insert(
        session, DialList, **values, view=view, left_out=len(ids) - len(reached), made_by=viewer.user_id,
        made_at=now(), paused_at=None,
    )  # fmt: skip
    insert_many(session, DialPerson, [row_of(list_id, *each) for each in reached])
    made = session.get_one(DialList, list_id)
    words = said("%(num)s people of “%(view)s”", num=len(reached), view=view)
    audit.record(session, viewer, audit.MADE, "dial_list", made.id, words=words)
    dial_lists.tell(session, made)
    return made


def pause(session: Session, viewer: Viewer, listed: DialList, *, on: bool) -> None:
    """Give nobody out any more, or go on. Calls that are under way end as they do."""
    if (listed.paused_at is not None) == on:
        return
    listed.paused_at = now() if on else None
    words = said("paused") if on else said("went on")
    audit.record(session, viewer, audit.CHANGED, "dial_list", listed.id, words=words)
    dial_lists.tell(session, listed)


def callable_number(session: Session, handles: Sequence[Handle]) -> str:
    """Give the first number that may be called, as E.164; "" where there is none."""
    country = setup(session).company.country
    for handle in handles:
        number = numbers.read(handle.value, country) if handle.kind == PHONE else None
        if number is not None and not numbers.is_premium(number.e164):
            return number.e164
    return ""


def numbered(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Give those of some contacts who can be called, each with his number."""
    for start in range(0, len(ids), LOT):
        lot = ids[start : start + LOT]
        handles = handles_of(session, lot)
        for contact_id in lot:
            if number := callable_number(session, handles[contact_id]):
                yield contact_id, number


def row_of(list_id: int, contact_id: int, number: str) -> dict[str, object]:
    """Give a person of a list who may be called at once."""
    return {
        "list_id": list_id, "contact_id": contact_id, "number": number, "due_at": now(), "tries": 0, "held_by": None,
        "held_until": None, "dialled_at": None, "call_id": None, "result_id": None, "last_at": None,
        "reached_at": None, "stopped_at": None, "why": "",
    }  # fmt: skip


def _is_time(text: str) -> bool:
    try:
        return time.fromisoformat(text).isoformat("minutes") == text
    except ValueError:
        return False
