"""A task as a row, the same in every list: its clock, what it is about, whose it is and why, who was told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_alarms, deadlines, run_steps, run_troubles, runs, standing
from crm.alarms import Alarm
from crm.campaign_alarms import DECIDE, KNOW
from crm.contacts import Contact, Handle, handles_of
from crm.deadlines import Deadline
from crm.derivation import Pause
from crm.setup import Setup, setup
from crm.tasks import Task
from crm.web import call_words
from crm.web.clocks import Clock, TaskLink, clock, explained, pressing
from crm.web.names import called, first_number
from crm.web.people import Person, people_of
from crm.web.stressed import unstressed
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _, ngettext
from hub.shapes import convert
from hub.users import Viewer
from hub.web import moments

FRESH = timedelta(minutes=5)
TOLD = frozenset({DECIDE, KNOW})
ICONS = {
    "form": "form",
    "order": "order",
    "call": "phone-missed",
    "mail": "mail",
    "chat": "chat",
    "note": "note",
    "notice": "eye",
    "visit": "calendar",
    "process": "flow",
}


class ContactLink(msgspec.Struct, frozen=True):
    """Who a task is about."""

    id: int
    name: str


class Candidate(msgspec.Struct, frozen=True):
    """A contact that a task may be from."""

    id: int
    name: str
    initials: str
    about: str


class Offer(msgspec.Struct, frozen=True):
    """To whom a task can be given with one press: whoever is here and has least to do."""

    value: str
    name: str


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """One task, as _task.html shows it."""

    id: int
    title: str
    icon: str
    about: str
    href: str
    why: str
    deadline: Clock | None
    assignee: Person | None
    department: str
    contact: ContactLink | None
    candidates: int
    candidates_list: Sequence[Candidate] = ()
    told: str
    paused: bool
    paused_why: str
    done: bool
    done_words: str
    needless: bool
    fresh: bool
    may_take: bool
    times: str = ""
    asks: bool = False
    offer: Offer | None = None
    may_change: bool = True
    dial: str = ""
    next: bool = False
    end: str = ""


def task_rows(session: Session, viewer: Viewer, tasks: Sequence[Task]) -> list[TaskRow]:
    """Show tasks that this viewer sees, in their order."""
    if not tasks:
        return []
    around = _read(session, tasks)
    return [_row(task, viewer, around) for task in tasks]


def explained_deadline(session: Session, tasks: Sequence[Task]) -> Clock | None:
    """Show the most pressing open deadline of some tasks with why it is due then."""
    found = deadlines.deadlines_of(session, [task.id for task in tasks])
    first = pressing(each for task in tasks for each in found[task.id] if each.met_at is None)
    return explained_clock(session, first, tasks if len(tasks) > 1 else ()) if first else None


def explained_clock(session: Session, deadline: Deadline, tasks: Sequence[Task] = ()) -> Clock:
    """Show a deadline with why it is due then; one of several tasks says which it belongs to."""
    state = setup(session)
    policy = next(
        (each.name for each in state.policies if each.id == deadline.policy_id), _("no longer in force")
    )
    link = next(
        (TaskLink(task.title, f"/tasks/{task.id}") for task in tasks if task.id == deadline.task_id), None
    )
    over = bool(standing.needless(session, [deadline.task_id]))
    return explained(deadline, policy, zone_of(session), now(), link, needless=over)


@dataclass(frozen=True, slots=True)
class _Around:
    """What the rows of a list need, read at once."""

    state: Setup
    zone: ZoneInfo
    moment: datetime
    deadlines: Mapping[int, Sequence[Deadline]]
    contacts: Mapping[int, Contact]
    handles: Mapping[int, Sequence[Handle]]
    alarms: Mapping[int, Sequence[Alarm]]
    people: Mapping[int, Person]
    forms: Collection[int]
    campaigns: Mapping[int, str]
    stuck: Mapping[int, int]
    deals: Mapping[int, tuple[int, str]]
    needless: Collection[int]


def _read(session: Session, tasks: Sequence[Task]) -> _Around:
    state = setup(session)
    zone = zone_of(session)
    ids = [task.id for task in tasks]
    contact_ids = {task.contact_id for task in tasks if task.contact_id is not None}
    alarms = _late_alarms(session, ids)
    told = [alarm.user_id for each in alarms.values() for alarm in each]
    return _Around(
        state=state,
        zone=zone,
        moment=now(),
        deadlines=deadlines.deadlines_of(session, ids),
        contacts={
            each.id: each for each in session.scalars(select(Contact).where(Contact.id.in_(contact_ids)))
        },
        handles=handles_of(session, list(contact_ids)),
        alarms=alarms,
        people=people_of(
            session, [*told, *(who for task in tasks for who in (task.assignee_id, task.done_by))], zone
        ),
        forms=run_steps.forms_of(session, [task for task in tasks if task.done_at is None]),
        campaigns=campaign_alarms.leads_of(session, [task.id for task in tasks if task.kind in TOLD]),
        stuck=run_troubles.runs_of(session, [task.id for task in tasks if task.kind == run_troubles.KIND]),
        deals=runs.deals_of_tasks(session, ((task.id, task.kind) for task in tasks)),
        needless=standing.needless(session, [task.id for task in tasks if task.done_at]),
    )


def _row(task: Task, viewer: Viewer, around: _Around) -> TaskRow:
    contact = _contact(task, around)
    first = pressing(around.deadlines[task.id])
    paused = _paused(around.deadlines[task.id])
    mine = task.assignee_id is not None and task.assignee_id == viewer.user_id
    department = around.state.departments.get(task.department_id or 0)
    return TaskRow(
        id=task.id,
        title=task.title,
        icon=ICONS.get(task.kind, "today"),
        about=_about(task, contact, around),
        href=_href(task, viewer, contact, around),
        why=task.why_me if mine else "",
        deadline=clock(first, around.zone, around.moment) if first else None,
        assignee=around.people.get(task.assignee_id or 0),
        department=department.name if department else _("No department"),
        contact=contact,
        candidates=len(around.contacts[contact.id].maybe or ()) if contact else 0,
        told=told_words(around.alarms[task.id], around.people, around.zone),
        paused=paused is not None,
        paused_why=paused.why if paused else "",
        done=task.done_at is not None,
        done_words=_done(task, around),
        needless=task.id in around.needless,
        fresh=around.moment - task.created_at < FRESH,
        dial=first_number(around.handles[contact.id]) if contact else "",
        times=call_words.times(task.times),
        asks=task.id in around.forms,
        may_take=task.assignee_id is None and task.done_at is None and viewer.user_id is not None,
        end=around.deals[task.id][1] if task.id in around.deals else "",
    )


def told_words(alarms: Sequence[Alarm], people: Mapping[int, Person], zone: ZoneInfo) -> str:
    """Say who was told of a breach and when: "Sofia Hjelm was told today 10:31"."""
    names = list(dict.fromkeys(people[alarm.user_id].name for alarm in alarms if alarm.user_id in people))
    if not names:
        return ""
    at = moments.when(max(alarm.made_at for alarm in alarms), zone)
    if len(names) == 1:
        return _("%(name)s was told %(at)s", name=names[0], at=at)
    if len(names) == 2:  # noqa: PLR2004 - two are both named
        return _("%(name)s and %(other)s were told, last %(at)s", name=names[0], other=names[1], at=at)
    return ngettext(
        "%(name)s and %(num)s other were told, last %(at)s",
        "%(name)s and %(num)s others were told, last %(at)s",
        len(names) - 1,
        name=names[0],
        at=at,
    )


def _late_alarms(session: Session, task_ids: Sequence[int]) -> dict[int, list[Alarm]]:
    found: dict[int, list[Alarm]] = {task_id: [] for task_id in task_ids}
    query = select(Alarm).where(Alarm.task_id.in_(task_ids), Alarm.late).order_by(Alarm.id)
    for alarm in session.scalars(query):
        found[alarm.task_id].append(alarm)
    return found


def _contact(task: Task, around: _Around) -> ContactLink | None:
    contact = around.contacts.get(task.contact_id or 0)
    if contact is None:
        return None
    return ContactLink(
        contact.id, called(contact.name, around.handles[contact.id], around.state.company.country)
    )


def _href(task: Task, viewer: Viewer, contact: ContactLink | None, around: _Around) -> str:
    campaign = around.campaigns.get(task.id)
    if campaign is not None and viewer.sees_all:  # a head is told, and opens none himself
        return campaign
    if task.id in around.stuck:
        return f"/runs/{around.stuck[task.id]}"
    return f"/contacts/{contact.id}" if contact else f"/tasks/{task.id}"


def _about(task: Task, contact: ContactLink | None, around: _Around) -> str:
    name = contact.name if contact and contact.name not in task.title else ""
    came = _("came %(at)s", at=moments.when(task.created_at, around.zone))
    planned = ""
    if task.planned_for and task.planned_for > around.moment:
        planned = _("Planned for %(at)s", at=moments.when(task.planned_for, around.zone))
    why = unstressed(task.why) if task.id in around.stuck else task.why
    return " · ".join(part for part in (planned, name, why, came) if part)


def _paused(deadlines: Iterable[Deadline]) -> Pause | None:
    """Give the pause in which a task is."""
    held = [each for each in deadlines if each.met_at is None and each.paused_at is not None]
    return convert(held[0].pauses[-1], Pause) if held else None


def _done(task: Task, around: _Around) -> str:
    if task.done_at is None:
        return ""
    person = around.people.get(task.done_by or 0)
    at = moments.when(task.done_at, around.zone)
    if task.id in around.needless:
        return _("No longer needed %(at)s", at=at)
    return _("Done %(at)s by %(name)s", at=at, name=person.name) if person else _("Done %(at)s", at=at)
