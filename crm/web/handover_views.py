"""A hand-over as its pages show it: what somebody has, whom it can go to, and what went where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import money
from crm.appointments import Appointment
from crm.contacts import Contact, handles_of
from crm.conversations import Conversation
from crm.deadlines import deadlines_of
from crm.deals import Deal
from crm.handover_items import Handover, HandoverItem, items_of, successor
from crm.holdings import belongings
from crm.setup import setup
from crm.tasks import Task
from crm.web.clocks import Clock, clock, pressing
from crm.web.names import called
from crm.web.people import persons
from crm.web.visit_words import names_of, when
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import N_, _
from hub.users import Department, User, active_users

LISTED = 200
RECENT = 10
_LOOKS = {"task": (N_("Task"), "today", "tasks"), "contact": (N_("Contact"), "person", "contacts"),
          "deal": (N_("Deal"), "board", "deals"), "appointment": (N_("Visit"), "calendar", "visits"),
          "conversation": (N_("Conversation"), "inbox", "inbox"),
          "naming": (N_("Processes and promises"), "flow", "people")}  # fmt: skip


class Target(msgspec.Struct, frozen=True):
    """Whom it can go to."""

    value: str
    name: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Something that he has. `value` is what the tick sends: task:7."""

    value: str
    name: str
    href: str
    about: str
    deadline: Clock | None = None


class Past(msgspec.Struct, frozen=True):
    """A hand-over that was done."""

    id: int
    at: datetime
    by: str
    count: int
    undone: bool


class HandoverPage(msgspec.Struct, frozen=True, kw_only=True):
    """The values of handover.html."""

    tasks: Sequence[Row]
    contacts: Sequence[Row]
    deals: Sequence[Row]
    visits: Sequence[Row]
    conversations: Sequence[Row]
    namings: Sequence[Row]
    task_count: int
    contact_count: int
    deal_count: int
    visit_count: int
    people: Sequence[Target]
    departments: Sequence[Target]
    past: Sequence[Past]


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a hand-over."""

    kind: str
    icon: str
    name: str
    href: str
    to: str
    state: str
    words: str


class DeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """The values of handover_done.html."""

    id: int
    name: str
    user_id: int
    by: str
    at: datetime
    why: str
    undone_at: datetime | None
    undone_by: str
    items: Sequence[Moved]


def page_of(session: Session, user: User, zone: ZoneInfo) -> HandoverPage:
    """Show what somebody has and whom it can go to; those who are here come first."""
    has = belongings(session, user.id, LISTED)
    people = [each for each in persons(session, active_users(session), zone) if each.id != user.id]
    people.sort(key=lambda each: each.presence == "off")
    return HandoverPage(
        tasks=_task_rows(session, has.tasks, zone), contacts=_contact_rows(session, has.contacts),
        deals=[_deal(each) for each in has.deals], visits=_visits(session, has.visits),
        namings=_naming(session, user, has.named_by),
        conversations=[] if has.is_anything else list(map(_thread, has.conversations)),
        task_count=has.task_count, contact_count=has.contact_count, deal_count=has.deal_count,
        visit_count=has.visit_count,
        people=[Target(f"user:{each.id}", each.name if each.presence == "free" else
                       _("%(name)s (%(words)s)", name=each.name, words=each.words)) for each in people],
        departments=[Target(f"department:{each.id}", each.name) for each in setup(session).departments.values()],
        past=_past(session, user.id),
    )  # fmt: skip


def deed_of(session: Session, deed: Handover) -> DeedPage:
    """Show what went where, and what came back."""
    items = items_of(session, deed.id)
    names = _names(session, items)
    people = {each.id: each.name for each in session.scalars(select(User))}
    places = {each.id: each.name for each in session.scalars(select(Department))}
    return DeedPage(
        id=deed.id, name=people[deed.user_id], user_id=deed.user_id, by=people.get(deed.by or 0, "Ringback"),
        at=deed.at, why=deed.why, undone_at=deed.undone_at, undone_by=people.get(deed.undone_by or 0, ""),
        items=[_moved(each, names, people, places, undone=deed.undone_at is not None) for each in items],
    )  # fmt: skip


def _task_rows(session: Session, tasks: Sequence[Task], zone: ZoneInfo) -> list[Row]:
    deadlines, moment = deadlines_of(session, [task.id for task in tasks]), now()
    first = {task.id: pressing(each for each in deadlines[task.id] if each.met_at is None) for task in tasks}
    rows = [
        Row(value=f"task:{task.id}", name=task.title, href=f"/tasks/{task.id}", about=task.why,
            deadline=clock(due, zone, moment) if (due := first[task.id]) else None)
        for task in tasks
    ]  # fmt: skip
    far = datetime.max.replace(tzinfo=zone)
    order = {f"task:{task_id}": due.due_at or far if due else far for task_id, due in first.items()}
    return sorted(rows, key=lambda row: order[row.value])


def _deal(found: Deal) -> Row:
    return Row(value=f"deal:{found.id}", name=found.title, href=f"/deals/{found.id}",
               about=money.written(found.value, found.currency))  # fmt: skip


def _visits(session: Session, found: Sequence[Appointment]) -> list[Row]:
    names, zone = names_of(session, {each.contact_id for each in found}), zone_of(session)
    return [
        Row(value=f"appointment:{each.id}", name=names[each.contact_id], href=f"/visits/{each.id}",
            about=", ".join(filter(None, (when(each, zone), each.purpose, each.address))))
        for each in found
    ]  # fmt: skip


def _thread(found: Conversation) -> Row:
    """Show a conversation; where he has anything else, they go along with that."""
    return Row(value=f"conversation:{found.id}", name=found.subject, href=f"/inbox/{found.id}", about="")


def _naming(session: Session, user: User, named_by: Sequence[str]) -> list[Row]:
    """Show what names him as one thing: whoever gets it is meant wherever he is named."""
    if not named_by:
        return []
    words = _("What is still to come where %(name)s is named", name=user.name)
    went, about = successor(session, user.id), ", ".join(named_by)
    if went is not None:
        to = session.get(User, went.to_user_id) if went.to_user_id else None
        place = session.get(Department, went.to_department_id) if went.to_department_id else None
        about = _(
            "%(all)s: goes to %(name)s by now", all=about, name=to.name if to else place.name if place else ""
        )
    return [Row(value=f"naming:{user.id}", name=words, href=f"/people/{user.id}", about=about)]


def _contact_rows(session: Session, contacts: Sequence[Contact]) -> list[Row]:
    handles, country = handles_of(session, [each.id for each in contacts]), setup(session).company.country
    return [
        Row(value=f"contact:{each.id}", name=called(each.name, handles[each.id], country),
            href=f"/contacts/{each.id}", about="")
        for each in contacts
    ]  # fmt: skip


def _past(session: Session, user_id: int) -> list[Past]:
    query = (
        select(Handover, User.name).outerjoin(User, User.id == Handover.by).where(Handover.user_id == user_id)
    )
    rows = session.execute(query.order_by(Handover.id.desc()).limit(RECENT)).all()
    return [
        Past(
            deed.id, deed.at, name or "Ringback", len(items_of(session, deed.id)), deed.undone_at is not None
        )
        for deed, name in rows
    ]


def _names(session: Session, items: Sequence[HandoverItem]) -> Mapping[tuple[str, int], str]:
    task_ids = [item.record_id for item in items if item.kind == "task"]
    contact_ids = [item.record_id for item in items if item.kind == "contact"]
    tasks = session.scalars(select(Task).where(Task.id.in_(task_ids)))
    contacts = session.scalars(select(Contact).where(Contact.id.in_(contact_ids)))
    rows = _contact_rows(session, contacts.all())
    named = {("contact", int(row.value.partition(":")[2])): row.name for row in rows}
    threads = [item.record_id for item in items if item.kind == "conversation"]
    subjects = session.execute(
        select(Conversation.id, Conversation.subject).where(Conversation.id.in_(threads))
    )
    deal_ids = [item.record_id for item in items if item.kind == "deal"]
    titles = session.execute(select(Deal.id, Deal.title).where(Deal.id.in_(deal_ids)))
    visit_ids = [item.record_id for item in items if item.kind == "appointment"]
    visits = _visits(session, session.scalars(select(Appointment).where(Appointment.id.in_(visit_ids))).all())
    return {
        **named, **{("appointment", int(row.value.partition(":")[2])): f"{row.name}, {row.about}" for row in visits},
        **{("task", task.id): task.title for task in tasks},
        **{("deal", number): title for number, title in titles},
        **{("conversation", number): subject for number, subject in subjects},
        **{("naming", item.record_id): _("What is still to come") for item in items if item.kind == "naming"},
    }  # fmt: skip


def _moved(
    item: HandoverItem, names: Mapping[tuple[str, int], str], people: Mapping[int, str],
    places: Mapping[int, str], *, undone: bool,
) -> Moved:  # fmt: skip
    queue = _("the queue of %(name)s", name=places.get(item.to_department_id or 0, _("nobody")))
    state, words = "off", _("Handed over")
    if undone:
        state, words = (
            ("ok", _("Went back"))
            if item.returned_at
            else ("soon", _("Left alone: %(why)s", why=item.left_why))
        )
    kind, icon, place = _LOOKS[item.kind]
    return Moved(
        kind=_(kind), icon=icon,
        name=names.get((item.kind, item.record_id), _("No. %(id)s", id=item.record_id)),
        href=f"/{place}/{item.record_id}", to=people.get(item.to_user_id or 0, queue), state=state, words=words,
    )  # fmt: skip
