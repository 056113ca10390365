"""How appointments are set, moved, cancelled and missed. The customer is told a minute later, of what holds by then."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from crm import appointments, set_times, tasks
from crm.appointment_times import Span, Unfit, between, require_free
from crm.appointments import KIND, REMINDERS, TASK_KIND, TIMER, Appointment, Wish
from crm.tasks import Task
from hub import audit, rows
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import said
from hub.timers import Due
from hub.users import User, Viewer

SHORTEST, LONGEST, FARTHEST_WAY = 5, 24 * 60, 8 * 60  # minutes
FARTHEST = timedelta(days=2 * 366)
BEGUN = timedelta(hours=12)  # an appointment that began this long ago may still be written down
ADDRESS, PURPOSE, WHY = 300, 200, 300  # letters
A_MINUTE = timedelta(minutes=1)
REMINDED_AT = time(10)  # of the day before
_SEEN = {"person_id", "starts_at", "ends_at", "address", "purpose"}  # by the customer


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment as somebody wants it: who goes, when, how many minutes it and the ways take, and where."""

    person_id: int
    starts_at: datetime
    minutes: int
    before: int = 0
    after: int = 0
    zone: str
    address: str = ""
    purpose: str = ""
    remind_by: str = ""
    invites: bool = True

    @property
    def span(self) -> Span:
        """Give when it is."""
        length, before, after = (timedelta(minutes=each) for each in (self.minutes, self.before, self.after))
        return Span(starts_at=self.starts_at.astimezone(UTC), length=length, before=before, after=after)


def plan_of(row: Appointment) -> Plan:
    """Give an appointment as it was wanted."""
    before, after = (each // A_MINUTE for each in row.travel)
    return Plan(
        person_id=row.person_id, starts_at=row.starts_at, minutes=row.length // A_MINUTE, before=before, after=after,
        zone=row.zone, address=row.address, purpose=row.purpose, remind_by=row.remind_by, invites=row.invites,
    )  # fmt: skip


def place(
    session: Session, viewer: Viewer, plan: Plan, *, contact_id: int, task: Task, deal_id: int | None = None
) -> Appointment:  # fmt: skip
    """Set an appointment, for which a task stands; Unfit says why it cannot be."""
    person = _require(session, plan)
    row = Appointment(
        contact_id=contact_id, deal_id=deal_id, task_id=task.id, made_by=viewer.user_id, sequence=0, **_values(plan)
    )  # fmt: skip
    session.add(row)
    if (wish := appointments.wish_of(session, task.id)) is not None:
        session.delete(wish)
    session.flush()
    have_told(session, row)
    _have_task(session, row, task, person, viewer.user_id)
    audit.record(session, viewer, audit.MADE, KIND, row.id, changes=audit.differences({}, _told(row)))
    tell(session, row)
    return row


def change(session: Session, viewer: Viewer, row: Appointment, plan: Plan) -> None:
    """Have an appointment be as wanted; Unfit says why it cannot be."""
    row = _locked(session, row)
    if not row.is_planned:
        raise Unfit(_("This visit is over: plan a new one."))
    person, before, was, was_at = _require(session, plan, row), _told(row), row.person_id, row.starts_at
    for name, value in _values(plan).items():
        setattr(row, name, value)
    changes = audit.differences(before, _told(row))
    if not changes:
        return
    if _SEEN & changes.keys():  # the ways, and how he is told, are no news to a customer
        row.sequence += 1
    session.flush()
    have_told(session, row, was_at)
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is not None and task.done_at is None:
        _have_task(session, row, task, person, viewer.user_id)
    audit.record(session, viewer, audit.CHANGED, KIND, row.id, changes=changes)
    tell(session, row, was)


def cancel(session: Session, viewer: Viewer, row: Appointment, why: str = "") -> None:
    """Have an appointment not take place. A process's step needs another one; any other task is over by it."""
    row = _locked(session, row)
    if not row.is_planned:
        raise Unfit(_("This visit is over: it cannot be cancelled."))
    row.cancelled_at, row.cancelled_why = now(), " ".join(why.split())[:WHY]
    row.sequence += 1
    have_told(session, row)
    if row.tell_at is None and (row.told is not None or row.reminded_at) and row.starts_at > now():
        row.trouble = said("The customer expects us, and is not told that nobody comes: call him")
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is not None and task.done_at is None and task.kind != TASK_KIND:
        wish_for(session, task, row.contact_id, row.deal_id, plan_of(row), said("The visit was cancelled"))
    audit.record(session, viewer, audit.CHANGED, KIND, row.id, words=said("cancelled"),
                 changes=audit.differences({}, {"why": row.cancelled_why} if row.cancelled_why else {}))  # fmt: skip
    tell(session, row)


def restore(session: Session, viewer: Viewer, row: Appointment) -> None:
    """Have a cancelled appointment take place after all; Unfit where somebody took its time meanwhile."""
    row = _locked(session, row)
    if row.cancelled_at is None:
        return
    if row.task_id is not None and appointments.of_task(session, row.task_id) is not None:
        raise Unfit(_("Another visit was planned instead."))
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is not None and task.done_at is not None and task.kind != TASK_KIND:
        raise Unfit(_("Its task is done already: plan a new visit."))
    _require(session, plan_of(row), row)
    row.cancelled_at, row.cancelled_why, row.sequence = None, "", row.sequence + 1
    if row.task_id is not None and (wish := appointments.wish_of(session, row.task_id)) is not None:
        session.delete(wish)
    have_told(session, row)
    audit.record(session, viewer, audit.CHANGED, KIND, row.id, words=said("takes place after all"))
    tell(session, row)


def miss(session: Session, viewer: Viewer, row: Appointment) -> None:
    """Say that nobody was there: another appointment is needed."""
    row = _locked(session, row)
    if not row.is_planned or row.starts_at > now():
        raise Unfit(_("Only a visit that has begun can have been in vain."))
    row.missed_at, row.remind_at, row.tell_at = now(), None, None
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is not None and task.done_at is None:
        row.task_id = None
        words = said("Nobody was there at the last visit")
        wish_for(session, task, row.contact_id, row.deal_id, plan_of(row), words)
    audit.record(session, viewer, audit.CHANGED, KIND, row.id, words=said("nobody was there"))
    tell(session, row)


def wish_for(
    session: Session, task: Task, contact_id: int, deal_id: int | None, plan: Plan, why: str, *,
    keeps_time: bool = False, is_new: bool = False,
) -> Wish:  # fmt: skip
    """Have a task say that its appointment is still to be set, and why; `keeps_time`: it is tried again for then.

    `is_new`: the task was made just now, so that there is no such wish of it yet.
    """
    wanted: dict[str, object] = {
        "minutes": plan.minutes, "address": plan.address[:ADDRESS], "why": why,
        "starts_at": plan.starts_at if keeps_time else None,
    }  # fmt: skip
    session.flush()
    if (wish := None if is_new else appointments.wish_of(session, task.id)) is not None:
        rows.change(session, wish, **wanted)
    else:
        wanted |= {"task_id": task.id, "contact_id": contact_id, "deal_id": deal_id}
        wish = rows.made(session, Wish, **wanted)
    rows.change(session, task, why=said("Choose a time for the visit. %(why)s", why=why))
    tasks.changed(session, task, None, said("the visit needs a time: %(why)s", why=why))
    return wish


def give(session: Session, viewer: Viewer, row: Appointment, person_id: int) -> None:
    """Have somebody else go; Unfit where he is elsewhere at that time."""
    change(session, viewer, row, msgspec.structs.replace(plan_of(row), person_id=person_id))


def tell(session: Session, row: Appointment, also: int | None = None) -> None:
    """Have everybody who may see it look again."""
    for person_id in {row.person_id, also} - {None}:
        person = session.get_one(User, person_id)
        audience = tasks.audience_of(person.id, person.department_id)
        announce(session, Notice(kind=KIND, id=row.id, audience=audience))


def have_told(session: Session, row: Appointment, was_at: datetime | None = None) -> None:
    """Have the customer told soon of what he does not know yet, and reminded on the day before.

    `was_at` is when it was to be until now: who was reminded of that is reminded anew.
    """
    known = appointments.manner(session)
    soon = now() + A_MINUTE
    moved = was_at is not None and was_at != row.starts_at
    expects = moved and row.reminded_at is not None
    tells = row.invites and row.told != row.sequence and (row.told is not None or row.cancelled_at is None)
    row.trouble = ""
    row.tell_at = soon if tells and known.invites and row.ends_at > soon else None
    row.reminded_at = None if moved else row.reminded_at
    row.remind_at = None
    if row.cancelled_at is None and known.reminds and row.remind_by != "none" and row.reminded_at is None:
        zone = ZoneInfo(row.zone)
        day = row.starts_at.astimezone(zone).date() - timedelta(days=1)
        at = datetime.combine(day, REMINDED_AT, zone).astimezone(UTC)
        row.remind_at = at if at > soon else soon if expects and row.starts_at > soon else None
    for due_at in (row.tell_at, row.remind_at):
        if due_at is not None:
            announce(session, Due(TIMER, due_at))
    session.flush()


def _locked(session: Session, row: Appointment) -> Appointment:
    return session.get_one(Appointment, row.id, with_for_update=True, populate_existing=True)


def _require(session: Session, plan: Plan, row: Appointment | None = None) -> User:
    """Give who goes, where all that is wanted can be."""
    person = check(session, plan, row)
    if (
        row is None or row.starts_at != plan.starts_at or row.ends_at > now()
    ):  # what is over is in nobody's way
        require_free(session, person, plan.span, plan.zone, row.id if row else None)
    return person


def check(session: Session, plan: Plan, row: Appointment | None = None) -> User:
    """Give who goes, where what is wanted makes sense; whether he has time is another question."""
    person = session.get(User, plan.person_id)
    if person is None or person.disabled_at is not None:
        raise Unfit(_("Choose somebody who is still here."))
    if not SHORTEST <= plan.minutes <= LONGEST:
        raise Unfit(_("A visit takes between %(least)s minutes and a day.", least=SHORTEST))
    if not (0 <= plan.before <= FARTHEST_WAY and 0 <= plan.after <= FARTHEST_WAY):
        raise Unfit(_("A way takes at most %(most)s hours.", most=FARTHEST_WAY // 60))
    if plan.remind_by not in REMINDERS:
        raise Unfit(_("Choose how the customer is reminded."))
    same = row is not None and row.starts_at == plan.starts_at
    if not same and not now() - BEGUN < plan.starts_at < now() + FARTHEST:
        raise Unfit(_("Choose a time that is still to come, within two years."))
    return person


def _values(plan: Plan) -> dict[str, object]:
    span = plan.span
    since, until = span.busy
    return {
        "person_id": plan.person_id, "starts_at": span.starts_at, "ends_at": span.starts_at + span.length,
        "busy_from": since, "busy_until": until, "zone": plan.zone, "remind_by": plan.remind_by,
        "address": " ".join(plan.address.split())[:ADDRESS], "purpose": " ".join(plan.purpose.split())[:PURPOSE],
        "invites": plan.invites,
    }  # fmt: skip


def _told(row: Appointment) -> dict[str, object]:
    names = ("person_id", "address", "purpose", "remind_by", "invites")
    moments = ("starts_at", "ends_at", "busy_from", "busy_until")
    return {name: getattr(row, name) for name in names} | {
        name: getattr(row, name).isoformat() for name in moments
    }


def _have_task(session: Session, row: Appointment, task: Task, person: User, by: int | None) -> None:
    """Have the task of an appointment say when and where it is, come up on its day, and be due when it ends."""
    when = between(row.starts_at, row.ends_at, row.zone)
    words = said("Visit %(when)s, %(where)s", when=when, where=row.address) if row.address else said(
        "Visit %(when)s", when=when
    )  # fmt: skip
    if task.assignee_id != person.id:
        tasks.hand_over(session, task, by, user=person, department_id=None, why=said("The visit is yours"))
    zone = ZoneInfo(row.zone)
    day = datetime.combine(row.starts_at.astimezone(zone).date(), time(), zone).astimezone(UTC)
    task.why, task.planned_for = words, day if day > now() else None
    set_times.put_off(session, task.id, row.ends_at)
    tasks.changed(session, task, by, words)
