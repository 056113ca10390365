"""What who talked keeps of a call: his note while he talks, and at the end what came of it, and what follows."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm import call_sheets, contacts, desk, dial_turns, wishes, worktime
from crm.call_intake import tell
from crm.call_results import CallResult
from crm.call_sheets import NOTE, CallSheet
from crm.call_summaries import summary
from crm.calls import Call
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.desk import Refusal, contact_changed
from crm.setup import calendar_for
from crm.tasks import Task
from crm.wishes import Wish
from crm.worktime import Calendar
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.said import said
from hub.users import Viewer

FAR = timedelta(days=800)  # beyond it nobody looks for a day of work


def keep_note(session: Session, viewer: Viewer, call: Call, text: str, was: str) -> str:
    """Keep what somebody wrote in a call, and give what is kept; `was` is what his page had shown before.

    Two windows that write at once lose nothing: what the other one added stands before what this one did.
    """
    sheet = _sheet(session, viewer, call)
    before, sheet.note = sheet.note, _joined(sheet.note, _plain(was), _plain(text))[:NOTE]
    if sheet.note == before:
        return sheet.note
    if not before:
        sheet.away_at = None  # it came late: who wrote it sees that it did
    if not before or not sheet.note:  # each word on the way is nobody's history
        words = said("a note was written") if sheet.note else said("the note was taken out")
        audit.record(session, viewer, audit.CHANGED, "call", call.id, words=words)
    _write(session, call)
    tell(session, call)
    return sheet.note


def choose(session: Session, viewer: Viewer, call: Call, result_id: int) -> CallResult:
    """Say what came of a call; a task follows where the result says so."""
    sheet = _sheet(session, viewer, call)
    result = session.get(CallResult, result_id)
    own = call_sheets.department_of(session, call, sheet.user_id)
    if result is None or result.department_id != own or result.retired_at is not None:
        raise Refusal(_("Choose one of the results that are offered"))
    if call.result_id != result.id:
        _drop_follow_up(session, viewer, call)
        changes = {"result_id": (call.result_id, result.id)}
        call.result_id, call.result_by, call.result_at = result.id, viewer.user_id, now()
        call.follow_up_id = _follow_up(session, viewer, call, result) if result.follow_in else None
        words = said("result: %(result)s", result=result.words)
        audit.record(session, viewer, audit.CHANGED, "call", call.id, words=words, changes=changes)
        dial_turns.result_chosen(session, call)
        _write(session, call)
    for each in call_sheets.sheets_of(session, call.id):
        if each.away_at is None and (call.ended_at is not None or each.id == sheet.id):
            each.away_at = now()
    tell(session, call)
    return result


def take_back(session: Session, viewer: Viewer, call: Call) -> None:
    """Take back what came of a call, and what followed; it lies open again."""
    sheet = _sheet(session, viewer, call)
    if call.result_id is not None:
        _drop_follow_up(session, viewer, call)
        changes = {"result_id": (call.result_id, None)}
        audit.record(session, viewer, audit.CHANGED, "call", call.id, changes=changes)
        call.result_id = call.result_by = call.result_at = None
        dial_turns.result_chosen(session, call)
        _write(session, call)
    sheet.away_at = None
    tell(session, call)


def put_away(session: Session, viewer: Viewer, call: Call) -> None:
    """Have a call that is over lie open no more; one that needs a result stays."""
    sheet = _sheet(session, viewer, call)
    if call_sheets.must(session, call, sheet.user_id):
        raise Refusal(_("Say first what came of the call"))
    if sheet.away_at is None:
        sheet.away_at = now()
        audit.record(session, viewer, audit.CHANGED, "call", call.id, words=said("put away"))
        tell(session, call)


def lay_out(session: Session, viewer: Viewer, call: Call) -> None:
    """Have a call lie open again."""
    sheet = _sheet(session, viewer, call)
    if sheet.away_at is not None:
        sheet.away_at = None
        audit.record(session, viewer, audit.CHANGED, "call", call.id, words=said("lies open again"))
        tell(session, call)


def follow_at(start: datetime, amount: int, unit: str, calendar: Calendar) -> datetime:
    """Give the moment after so many minutes of work, or the opening of the day so many days of work from now."""
    if unit == "minutes":
        return worktime.due(start, timedelta(minutes=amount), calendar).due or start
    zone = ZoneInfo(calendar.hours.zone)
    today, opened = start.astimezone(zone).date(), set()
    for begins, _ends in calendar.open_spans(start, start + FAR):
        day = begins.astimezone(zone).date()
        if day > today:
            opened.add(day)
        if len(opened) == amount:
            return begins
    return start + timedelta(days=amount)


def _sheet(session: Session, viewer: Viewer, call: Call) -> CallSheet:
    sheet = call_sheets.sheet_of(session, call.id, viewer.user_id or 0)
    if sheet is None:
        raise Refusal(_("This is for who talked"))
    return sheet


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip()


def _joined(kept: str, was: str, typed: str) -> str:
    if kept in (was, typed):
        return typed
    added = typed.removeprefix(was).strip() if typed.startswith(was) else typed
    return f"{kept}\n\n{added}" if added and not kept.endswith(added) else kept


def _write(session: Session, call: Call) -> None:
    """Have the card say it: what came of the call in its line, the notes below."""
    if call.interaction_id is None:
        return
    line = session.get_one(Interaction, call.interaction_id)
    line.text, line.summary = call_sheets.notes(session, call.id), summary(session, call)
    contact = session.get_one(Contact, line.contact_id)
    contact.changed_at = now()
    contact_changed(session, contact)


def _follow_up(session: Session, viewer: Viewer, call: Call, result: CallResult) -> int:
    contact = session.get(Contact, contacts.root(session, call.contact_id)) if call.contact_id else None
    name = (contact.name if contact else "") or call.name or call.customer or call.written
    calendar = calendar_for(session, result.department_id)
    at = follow_at(now(), result.follow_in, result.follow_unit, calendar)
    due_at = worktime.day_ends(calendar, at) if result.follow_unit == "days" else at
    title = f"{result.words}: {name}" if name else result.words
    return wishes.add(session, viewer, Wish(title, "", contact, at, due_at=due_at))


def _drop_follow_up(session: Session, viewer: Viewer, call: Call) -> None:
    task = session.get(Task, call.follow_up_id) if call.follow_up_id else None
    if task is not None and task.done_at is None:
        desk.complete(session, viewer, task)
    call.follow_up_id = None
