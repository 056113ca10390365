"""Hand-over: everything of one person to others, in one deed, with a list that is kept and can be taken back.

Taking back returns only what is still where it was put; what somebody has done, moved or taken since is left
alone, and the list says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import alarms, deal_handovers, inbox, quiet_conversations, tasks
from crm.contacts import Contact
from crm.deals import Deal
from crm.desk import WHY, Refusal, contact_changed
from crm.holdings import belongings
from crm.tasks import Task
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.languages import _
from hub.said import Sentence, nsaid, said
from hub.users import Department, User, Viewer

ItemKind = Literal["task", "contact", "deal", "conversation"]
ID_DIGITS = 18


class Handover(Base):
    """One deed: what `user_id` had was given to others. The items say what went where."""

    __tablename__ = "handovers"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    why: Mapped[str]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class HandoverItem(Base):
    """One record that went to a person, or to a department's queue (a contact: to nobody).

    After it was taken back, either `returned_at` is set or `left_why` says why it stayed.
    """

    __tablename__ = "handover_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    kind: Mapped[str]
    record_id: Mapped[int]
    from_department_id: Mapped[int | None]
    to_user_id: Mapped[int | None]
    to_department_id: Mapped[int | None]
    returned_at: Mapped[datetime | None]
    left_why: Mapped[str] = mapped_column(Sentence, default="")

    __table_args__ = (Index("ix_handover_items_record", "kind", "record_id"),)


class Item(NamedTuple):
    """Something that somebody has."""

    kind: ItemKind
    id: int


def hand_over(session: Session, viewer: Viewer, user: User, wanted: Mapping[Item, str], why: str) -> Handover:
    """Give each item to `user:3`, or to `department:2`'s queue; what is no longer his is left out."""
    if not wanted:
        raise Refusal(_("Choose what is to be handed over."))
    why = " ".join(why.split())[:WHY]
    deed = Handover(user_id=user.id, by=viewer.user_id, why=why)
    session.add(deed)
    session.flush()
    targets = {to: _target(session, user, to) for to in set(wanted.values())}
    went = {
        item: to for item, to in wanted.items()
        if item.kind == "conversation" or _move(session, viewer, deed, user, item, targets[to])
    }  # fmt: skip
    moved = sum(item.kind != "conversation" for item in went)
    count = moved + _take_along(session, viewer, deed, user, went)
    if not count:
        raise Refusal(_("None of it is his any more: open the list again."))
    words = nsaid("%(num)s record of %(name)s handed over", "%(num)s records of %(name)s handed over", count,
                  name=user.name)  # fmt: skip
    audit.record(session, viewer, audit.MADE, "handover", deed.id, words=words,
                 changes={"user_id": (user.id, None)})  # fmt: skip
    return deed


def take_back(session: Session, viewer: Viewer, deed: Handover) -> tuple[int, int]:
    """Return what is still where it was put, and say how much was returned and how much was left alone."""
    if deed.undone_at is not None:
        raise Refusal(_("It was taken back already."))
    user = session.get_one(User, deed.user_id)
    if user.disabled_at is not None:
        raise Refusal(_("%(name)s has left: let him in again first.", name=user.name))
    deed.undone_at, deed.undone_by = now(), viewer.user_id
    items = items_of(session, deed.id)
    for item in items:
        item.left_why = _BACK[item.kind](session, viewer, user, item)
        item.returned_at = None if item.left_why else now()
    returned = sum(item.returned_at is not None for item in items)
    words = nsaid("%(num)s record went back to %(name)s", "%(num)s records went back to %(name)s", returned,
                  name=user.name)  # fmt: skip
    audit.record(session, viewer, audit.CHANGED, "handover", deed.id, words=words)
    return returned, len(items) - returned


def items_of(session: Session, handover_id: int) -> Sequence[HandoverItem]:
    """Give what a hand-over moved, in order."""
    query = select(HandoverItem).where(HandoverItem.handover_id == handover_id)
    return session.scalars(query.order_by(HandoverItem.id)).all()


class _Target(NamedTuple):
    user: User | None
    department_id: int | None


def _target(session: Session, giver: User, to: str) -> _Target:
    kind, _sep, number = to.partition(":")
    target = int(number) if number.isascii() and number.isdigit() and len(number) <= ID_DIGITS else 0
    if (
        kind == "user"
        and target != giver.id
        and (user := session.get(User, target))
        and user.disabled_at is None
    ):
        return _Target(user, None)
    if kind == "department" and (place := session.get(Department, target)) and place.retired_at is None:
        return _Target(None, place.id)
    raise Refusal(_("Choose a colleague or a department that is still here"))


def _move(session: Session, viewer: Viewer, deed: Handover, giver: User, item: Item, target: _Target) -> bool:
    move = {"task": _move_task, "contact": _move_contact, "deal": _move_deal}[item.kind]
    return move(session, viewer, deed, giver, item.id, target)


def _move_task(
    session: Session, viewer: Viewer, deed: Handover, giver: User, task_id: int, target: _Target
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
    _keep(session, viewer, deed, _item("task", task.id, before, target.user, task.department_id))
    return True


def _move_contact(
    session: Session, viewer: Viewer, deed: Handover, giver: User, contact_id: int, target: _Target
) -> bool:
    contact = session.get(Contact, contact_id, with_for_update=True)
    if contact is None or contact.responsible_id != giver.id:
        return False
    before = contact.department_id
    contact.responsible_id = target.user.id if target.user else None
    if target.department_id is not None:
        contact.department_id = target.department_id
    contact_changed(session, contact)
    _keep(session, viewer, deed, _item("contact", contact.id, before, target.user, contact.department_id))
    return True


def _move_deal(
    session: Session, viewer: Viewer, deed: Handover, giver: User, deal_id: int, target: _Target
) -> bool:
    found = session.get(Deal, deal_id)
    before = found.department_id if found else None
    deal = deal_handovers.pass_on(session, viewer, giver, deal_id, *target)
    if deal is not None:
        item = _item("deal", deal.id, before, target.user, deal.department_id)
        item.handover_id = deed.id
        session.add(item)
    return deal is not None


def _take_along(
    session: Session, viewer: Viewer, deed: Handover, giver: User, went: Mapping[Item, str]
) -> int:
    """Give the conversations in which nothing is to do after what went, and say how many they were."""
    session.flush()
    has = belongings(session, giver.id, 1)
    everything = giver.disabled_at is not None or not has.is_anything
    chosen, contacts = (
        {item.id: to for item, to in went.items() if item.kind == kind}
        for kind in ("conversation", "contact")
    )
    along = quiet_conversations.goals(
        has.conversations, chosen, contacts, list(went.values()), everything=everything
    )
    for each, to in along:
        before = each.department_id
        inbox.assign(session, viewer, each, to, deed.why)
        holder = session.get(User, each.assignee_id) if each.assignee_id else None
        item = _item("conversation", each.id, before, holder, each.department_id)
        item.handover_id = deed.id
        session.add(item)
    return len(along)


def _item(
    kind: ItemKind, record_id: int, before: int | None, user: User | None, after: int | None
) -> HandoverItem:
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


_BACK: Mapping[str, Callable[[Session, Viewer, User, HandoverItem], str]] = {
    "task": _task_back, "contact": _contact_back, "deal": _deal_back, "conversation": _conversation_back,
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
