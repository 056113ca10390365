"""How each kind of record goes to somebody else in a hand-over, and comes back from where it was put."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import alarms, appointment_deeds, appointment_handovers, deal_handovers, quiet_conversations, tasks
from crm.appointments import Appointment
from crm.contacts import Contact
from crm.deals import Deal
from crm.desk import contact_changed
from crm.handover_items import Handover, HandoverItem, Item, ItemKind
from crm.tasks import Task
from hub import audit
from hub.said import said
from hub.users import Department, User, Viewer


class Target(NamedTuple):
    """To whom a record goes: a person, or a department's queue."""

    user: User | None
    department_id: int | None


def move(session: Session, viewer: Viewer, deed: Handover, giver: User, item: Item, target: Target) -> bool:
    """Give a record to its target; False where it is no longer his, Unfit where it is a visit that he cannot make."""
    if item.kind == "task" and (visit := appointment_handovers.of_task(session, item.id)) is not None:
        item = Item("appointment", visit.id)  # whoever gets the task of a visit makes it
    go = {
        "task": _move_task, "contact": _move_contact, "deal": _move_deal, "appointment": _move_appointment,
        "naming": _move_naming,
    }  # fmt: skip
    return go[item.kind](session, viewer, deed, giver, item.id, target)


def _move_task(
    session: Session, viewer: Viewer, deed: Handover, giver: User, task_id: int, target: Target
) -> bool:
    task = session.get(Task, task_id, with_for_update=True)
    if task is None or task.assignee_id != giver.id or task.done_at is not None:
        return False
    before = task.department_id
    why = deed.why or said("handed over from %(name)s", name=giver.name)
    tasks.hand_over(
        session, task, viewer.user_id, user=target.user, department_id=target.department_id, why=why
    )
    alarms.settle(session, task, viewer.user_id)
    appointment_deeds.given(session, viewer, task)
    _keep(session, viewer, deed, item_of("task", task.id, before, target.user, task.department_id))
    return True


def _move_contact(
    session: Session, viewer: Viewer, deed: Handover, giver: User, contact_id: int, target: Target
) -> bool:
    contact = session.get(Contact, contact_id, with_for_update=True)
    if contact is None or contact.responsible_id != giver.id:
        return False
    before = contact.department_id
    contact.responsible_id = target.user.id if target.user else None
    if target.department_id is not None:
        contact.department_id = target.department_id
    contact_changed(session, contact)
    _keep(session, viewer, deed, item_of("contact", contact.id, before, target.user, contact.department_id))
    return True


def _move_deal(
    session: Session, viewer: Viewer, deed: Handover, giver: User, deal_id: int, target: Target
) -> bool:
    found = session.get(Deal, deal_id)
    before = found.department_id if found else None
    deal = deal_handovers.pass_on(session, viewer, giver, deal_id, *target)
    if deal is not None:
        item = item_of("deal", deal.id, before, target.user, deal.department_id)
        item.handover_id = deed.id
        session.add(item)
    return deal is not None


def _move_appointment(
    session: Session, viewer: Viewer, deed: Handover, giver: User, appointment_id: int, target: Target
) -> bool:
    found = session.get(Appointment, appointment_id)
    task = session.get(Task, found.task_id) if found is not None and found.task_id is not None else None
    before = task.department_id if task else None
    row = appointment_handovers.pass_on(session, viewer, giver, appointment_id, target.user)
    if row is None:
        return False
    item = item_of("appointment", row.id, before, target.user, task.department_id if task else None)
    item.handover_id = deed.id
    session.add(item)
    return True


def _move_naming(
    session: Session, viewer: Viewer, deed: Handover, giver: User, user_id: int, target: Target
) -> bool:
    """Have whoever gets it be the one whom processes and promises mean when they name the giver."""
    if user_id != giver.id:
        return False
    item = item_of("naming", giver.id, None, target.user, target.department_id)
    item.handover_id = deed.id
    session.add(item)
    whom = target.user.name if target.user else session.get_one(Department, target.department_id or 0).name
    audit.record(session, viewer, audit.CHANGED, "user", giver.id,
                 words=said("what names him is for %(name)s", name=whom))  # fmt: skip
    return True


def item_of(
    kind: ItemKind, record_id: int, before: int | None, user: User | None, after: int | None
) -> HandoverItem:
    """Note that a record went from a department to a person, or to a queue."""
    return HandoverItem(
        kind=kind, record_id=record_id, from_department_id=before, to_user_id=user.id if user else None,
        to_department_id=after,
    )  # fmt: skip


def _keep(session: Session, viewer: Viewer, deed: Handover, item: HandoverItem) -> None:
    item.handover_id = deed.id
    session.add(item)
    whose, place = (deed.user_id, item.to_user_id), (item.from_department_id, item.to_department_id)
    _record(session, viewer, item.kind, item.record_id, whose, place)


def _task_back(session: Session, viewer: Viewer, giver: User, item: HandoverItem) -> str:
    task = session.get(Task, item.record_id, with_for_update=True)
    if task is None or task.done_at is not None:
        return said("is done")
    if task.assignee_id != item.to_user_id or task.department_id != item.to_department_id:
        return said("went on to somebody else")
    why = said("a hand-over was taken back")
    department = item.from_department_id
    tasks.hand_over(session, task, viewer.user_id, user=giver, department_id=department, why=why)
    alarms.settle(session, task, viewer.user_id)
    whose, place = (item.to_user_id, giver.id), (item.to_department_id, task.department_id)
    _record(session, viewer, "task", task.id, whose, place)
    return ""


def _contact_back(session: Session, viewer: Viewer, giver: User, item: HandoverItem) -> str:
    contact = session.get(Contact, item.record_id, with_for_update=True)
    if contact is None or contact.merged_into_id is not None:
        return said("became one with another card")
    if contact.responsible_id != item.to_user_id:
        return said("went on to somebody else")
    contact.responsible_id = giver.id
    if contact.department_id == item.to_department_id:
        contact.department_id = item.from_department_id
    contact_changed(session, contact)
    place = (item.to_department_id, contact.department_id)
    _record(session, viewer, "contact", contact.id, (item.to_user_id, giver.id), place)
    return ""


def _conversation_back(session: Session, viewer: Viewer, giver: User, item: HandoverItem) -> str:
    whose = (item.to_user_id, item.to_department_id)
    return quiet_conversations.bring_back(session, viewer, giver, item.record_id, whose)


def _deal_back(session: Session, viewer: Viewer, giver: User, item: HandoverItem) -> str:
    went = (item.to_user_id, item.to_department_id)
    return deal_handovers.bring_back(session, viewer, giver, item.record_id, went, item.from_department_id)


def _appointment_back(session: Session, viewer: Viewer, giver: User, item: HandoverItem) -> str:
    return appointment_handovers.bring_back(
        session, viewer, giver, item.record_id, item.to_user_id, item.from_department_id
    )


def _naming_back(session: Session, viewer: Viewer, giver: User, _item: HandoverItem) -> str:
    audit.record(
        session, viewer, audit.CHANGED, "user", giver.id, words=said("what names him is for himself again")
    )
    return ""


BACK: Mapping[str, Callable[[Session, Viewer, User, HandoverItem], str]] = {
    "task": _task_back, "contact": _contact_back, "deal": _deal_back, "appointment": _appointment_back,
    "conversation": _conversation_back, "naming": _naming_back,
}  # fmt: skip


def _record(
    session: Session, viewer: Viewer, kind: str, record_id: int, whose: tuple[int | None, int | None],
    place: tuple[int | None, int | None],
) -> None:  # fmt: skip
    field = "assignee_id" if kind == "task" else "responsible_id"
    changes = {field: whose} | ({"department_id": place} if place[0] != place[1] else {})
    audit.record(
        session, viewer, audit.CHANGED, kind, record_id, words=said("by a hand-over"), changes=changes
    )
