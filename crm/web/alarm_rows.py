"""An alarm as pages show it: who was told and looked, what comes next if nobody does, how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from babel.lists import format_list
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.alarms import Alarm
from crm.deadline_ways import Planned
from crm.deadlines import Deadline
from crm.policies import ASSIGNEE, COMPANY, HEAD
from crm.rights import sees_task
from crm.setup import Setup, setup
from crm.tasks import Task
from crm.web.clocks import Clock, clock, state_of
from crm.web.people import Person, people_of
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _, listener
from hub.users import Viewer
from hub.web import moments


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One person who was told, and how far he got."""

    name: str
    at: datetime
    shown_at: datetime | None
    seen_at: datetime | None
    answered_at: datetime | None


class AlarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was told at one step of one deadline, as _alarm_row.html and _alarms_mine.html show it."""

    id: int
    title: str
    why: str
    late: bool
    at: datetime
    href: str
    deadline: Clock | None
    step: str
    told: Sequence[Told]
    then: str
    end: str
    seen: bool
    mine: bool
    may_answer: bool


@dataclass(frozen=True, slots=True)
class _Around:
    """What the rows of a list need, read at once."""

    state: Setup
    zone: ZoneInfo
    moment: datetime
    tasks: Mapping[int, Task]
    visible: frozenset[int]
    deadlines: Mapping[int, Deadline]
    together: Mapping[int, Sequence[Alarm]]
    people: Mapping[int, Person]


def alarm_rows(session: Session, viewer: Viewer, alarms: Sequence[Alarm]) -> list[AlarmRow]:
    """Show alarms that this viewer sees, newest first: a row for each deadline, best his own alarm."""
    around = _read(session, viewer, alarms)
    deadlines: dict[int, Alarm] = {}
    for alarm in alarms:
        known = deadlines.get(alarm.deadline_id)
        if known is None or (known.user_id != viewer.user_id and alarm.user_id == viewer.user_id):
            deadlines[alarm.deadline_id] = alarm
    return [_row(alarm, viewer, around) for alarm in deadlines.values()]


def _read(session: Session, viewer: Viewer, alarms: Sequence[Alarm]) -> _Around:
    state = setup(session)
    zone = zone_of(session)
    deadline_ids = {alarm.deadline_id for alarm in alarms}
    task_ids = {alarm.task_id for alarm in alarms}
    together: dict[int, list[Alarm]] = {}
    for alarm in session.scalars(select(Alarm).where(Alarm.deadline_id.in_(deadline_ids)).order_by(Alarm.id)):
        together.setdefault(alarm.deadline_id, []).append(alarm)
    everybody = [alarm for each in together.values() for alarm in each]
    tasks = session.scalars(select(Task).where(Task.id.in_(task_ids)))
    return _Around(
        state=state,
        zone=zone,
        moment=now(),
        tasks={task.id: task for task in tasks},
        visible=frozenset(session.scalars(select(Task.id).where(Task.id.in_(task_ids), sees_task(viewer)))),
        deadlines={
            each.id: each for each in session.scalars(select(Deadline).where(Deadline.id.in_(deadline_ids)))
        },
        together=together,
        people=people_of(
            session, [who for alarm in everybody for who in (alarm.user_id, alarm.answered_by)], zone
        ),
    )


def _row(alarm: Alarm, viewer: Viewer, around: _Around) -> AlarmRow:
    task, deadline = around.tasks[alarm.task_id], around.deadlines[alarm.deadline_id]
    visible = task.id in around.visible
    late = alarm.late or state_of(deadline, around.moment) == "late"
    return AlarmRow(
        id=alarm.id,
        title=_title(task, alarm, late=late),
        why=f"{alarm.why}." if alarm.user_id == viewer.user_id else "",
        late=late,
        at=alarm.made_at,
        href=f"/tasks/{task.id}" if visible else "",
        deadline=_clock(deadline, around, visible=visible),
        step=_step(deadline),
        told=_told(around.together[alarm.deadline_id], around.people),
        then=_then(task, deadline, around),
        end=_end(alarm, around),
        seen=alarm.seen_at is not None,
        mine=alarm.user_id == viewer.user_id,
        may_answer=visible and alarm.answered_at is None and viewer.user_id is not None,
    )


def _clock(deadline: Deadline, around: _Around, *, visible: bool) -> Clock:
    """Show the clock; why it is due then is for those who may see the task."""
    shown = clock(deadline, around.zone, around.moment)
    return shown if visible else msgspec.structs.replace(shown, href="")


def _title(task: Task, alarm: Alarm, *, late: bool) -> str:
    if alarm.answered_at is not None:
        return task.title
    return _("%(task)s is late", task=task.title) if late else _("%(task)s is due soon", task=task.title)


def _told(alarms: Sequence[Alarm], people: Mapping[int, Person]) -> list[Told]:
    """Give how far everybody got who was told; of one who was told twice, the last time."""
    last = {alarm.user_id: alarm for alarm in alarms}
    return [
        Told(
            name=people[alarm.user_id].name,
            at=alarm.made_at,
            shown_at=alarm.shown_at,
            seen_at=alarm.seen_at,
            answered_at=alarm.answered_at if alarm.answered_by == alarm.user_id else None,
        )
        for alarm in sorted(last.values(), key=lambda each: each.id)
    ]


def _step(deadline: Deadline) -> str:
    """Say how many of the times at which somebody is told have been."""
    coming = {each.at for each in deadline.coming if not each.breach}
    whole = deadline.step + 1 + len(coming)
    return _("Step %(n)s of %(all)s", n=deadline.step + 1, all=whole) if whole > 1 else ""


def _then(task: Task, deadline: Deadline, around: _Around) -> str:
    """Say what happens if nothing is done: "Told next at 10:46: the whole company"."""
    coming = [each for each in deadline.coming if not each.breach]
    if not coming or deadline.next_at is None:
        return ""
    following = coming[0]
    told = [_whom(each, task, around) for each in coming if each.at == following.at]
    whom = format_list(told, locale=listener().locale)
    if following.after >= 0 and deadline.breached_at and deadline.next_at < following.at:
        at = _time(deadline.next_at, around)
        return _("If nobody has seen it by %(at)s, told next: %(whom)s", at=at, whom=whom)
    return _("Told next at %(at)s: %(whom)s", at=_time(following.at, around), whom=whom)


def _whom(step: Planned, task: Task, around: _Around) -> str:
    department = around.state.departments.get(task.department_id or 0)
    if step.tell == ASSIGNEE:
        return _("whoever has it")
    if step.tell == HEAD:
        return _("the head of %(department)s", department=department.name) if department else _("the head")
    return _("the whole company") if step.tell == COMPANY else _("a named colleague")


def _end(alarm: Alarm, around: _Around) -> str:
    """Say who answered last of those who were told."""
    told = [each for each in around.together[alarm.deadline_id] if each.answered_at is not None]
    last = max(told, key=lambda each: (each.answered_at, each.id), default=None)
    if alarm.answered_at is None or last is None or last.answered_at is None:
        return ""
    person = around.people.get(last.answered_by or 0)
    at = moments.when(last.answered_at, around.zone)
    return (
        _("Answered %(at)s by %(name)s", at=at, name=person.name) if person else _("Answered %(at)s", at=at)
    )


def _time(moment: datetime, around: _Around) -> str:
    local = moment.astimezone(around.zone)
    today = local.date() == around.moment.astimezone(around.zone).date()
    return f"{local:%H:%M}" if today else moments.when(moment, around.zone)
