"""What can be done with a task: to whom it can be given, when it can be planned for, who it may be from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs
from sqlalchemy.orm import Session

from crm import contact_choices
from crm.contacts import Contact, handles_of
from crm.setup import calendar_for, setup
from crm.tasks import Task
from crm.web.names import called, initials, reach
from crm.web.people import persons
from crm.web.queues import load_words, loads, queue_sizes
from crm.web.task_rows import Candidate, TaskRow, task_rows
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _, ngettext
from hub.users import Viewer, active_users
from hub.web import moments

PEOPLE = 100
FAR = 15  # days among which an opening is looked for
MORNING = timedelta(hours=9)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague or a department that it can be given to."""

    value: str
    name: str
    words: str
    initials: str = ""
    presence: str = ""


class Plan(msgspec.Struct, frozen=True):
    """A time to put it off to."""

    at: str
    words: str


class Menu(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _task_menu.html."""

    task: TaskRow
    people: Sequence[Choice]
    departments: Sequence[Choice]
    plans: Sequence[Plan]
    plan_min: str
    zone_words: str


def menu_of(session: Session, viewer: Viewer, task: Task) -> Menu:
    """Give what can be done with a task."""
    zone = zone_of(session)
    row = task_rows(session, viewer, [task])[0]
    return Menu(
        task=structs.replace(row, candidates_list=_candidates(session, task)),
        people=people_for(session, task.assignee_id, zone),
        departments=departments_for(session),
        plans=list(plans_for(session, task.department_id, zone)),
        plan_min=f"{now().astimezone(zone):%Y-%m-%dT%H:%M}",
        zone_words=_("%(city)s time", city=zone.key.rpartition("/")[2].replace("_", " ")),
    )


def _candidates(session: Session, task: Task) -> list[Candidate]:
    card = session.get(Contact, task.contact_id) if task.contact_id else None
    likely = contact_choices.candidates(session, card) if card else []
    handles = handles_of(session, [each.id for each in likely])
    country = setup(session).company.country
    return [
        Candidate(each.id, called(each.name, handles[each.id], country), initials(each.name),
                  reach(handles[each.id], country))
        for each in likely
    ]  # fmt: skip


def people_for(session: Session, holder_id: int | None, zone: ZoneInfo) -> list[Choice]:
    """Give everybody but the one who has it, those who are here and have least to do first."""
    team = [user for user in active_users(session) if user.id != holder_id][:PEOPLE]
    load = loads(session, [user.id for user in team])
    known = persons(session, team, zone)
    known.sort(key=lambda each: (each.presence == "off", load.get(each.id, 0), each.name))
    return [
        Choice(value=f"user:{each.id}", name=each.name, initials=each.initials, presence=each.presence,
               words=each.words if each.presence == "off" else load_words(load.get(each.id, 0)))
        for each in known
    ]  # fmt: skip


def departments_for(session: Session) -> list[Choice]:
    """Give the departments, each with the length of its queue."""
    sizes = queue_sizes(session)
    return [
        Choice(value=f"department:{each.id}", name=each.name, words=_waiting(sizes.get(each.id, 0)))
        for each in setup(session).departments.values()
    ]


def _waiting(size: int) -> str:
    return ngettext("%(num)s waiting", "%(num)s waiting", size)


def plans_for(session: Session, department_id: int | None, zone: ZoneInfo) -> Iterator[Plan]:
    """Offer an hour from now, and the next two days on which the department opens."""
    hour = now() + timedelta(hours=1)
    yield Plan(moments.iso(hour), _("In 1 hour, %(time)s", time=f"{hour.astimezone(zone):%H:%M}"))
    for opening in _openings(session, department_id, zone):
        local = opening.astimezone(zone)
        tomorrow = local.date() == now().astimezone(zone).date() + timedelta(days=1)
        day = _("Tomorrow") if tomorrow else _capital(moments.written(local, "EEEE"))
        yield Plan(moments.iso(opening), f"{day} {local:%H:%M}")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _openings(session: Session, department_id: int | None, zone: ZoneInfo) -> list[datetime]:
    """Give when work begins on the next two days of work; for those who never close, the morning."""
    calendar = calendar_for(session, department_id)
    today = now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today + timedelta(days=day) for day in range(1, FAR)]
    spans = [next(calendar.open_spans(day, day + timedelta(days=1)), None) for day in days]
    starts = [max(span[0], day) for day, span in zip(days, spans, strict=True) if span]
    return [start if start.astimezone(zone).hour else start + MORNING for start in starts][:2]
