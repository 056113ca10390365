"""Deeds on many records at once, and how they are taken back at any later time.

A deed keeps what every record was before and what it made of it. Taking it back touches only what is still as
the deed left it, and says how much it left alone. Both go in lots, each a transaction of its own, so that a
hundred thousand contacts stop nobody's request from coming in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import ForeignKey, Index, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import sla, tags, tasks
from crm.alarms import Alarm
from crm.contacts import Contact
from crm.desk import Refusal
from crm.fields import CustomField, Value
from crm.rights import sees_contact
from crm.setup import setup
from crm.sla import Deadline
from crm.tasks import Task, TaskChange
from hub import audit
from hub.bus import Notice
from hub.clock import now
from hub.db import Base, Document, announce
from hub.languages import _
from hub.rows import insert_many
from hub.said import Sentence, said
from hub.users import Department, User, Viewer

LOT = 500
MOST_TASKS = 1000
TITLE = 200
GIVE, FIELD, TASK, JOIN, TAG = "give", "field", "task", "join", "tag"

COLUMNS = frozenset({"responsible_id", "department_id", "organisation_id"})

State = Mapping[str, object]


class Deed(Base):
    """What somebody did to many: `what` says it to us, `words` to people. `total` were chosen."""

    __tablename__ = "bulk_deeds"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    words: Mapped[str] = mapped_column(Sentence)
    what: Mapped[dict[str, object]] = mapped_column(Document)
    total: Mapped[int]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    left_alone: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("ix_bulk_deeds_by", "by", "id"),)


class Change(Base):
    """What a deed made of one record, and what it was before."""

    __tablename__ = "bulk_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    deed_id: Mapped[int] = mapped_column(ForeignKey("bulk_deeds.id"))
    record_id: Mapped[int]
    before: Mapped[dict[str, object] | None] = mapped_column(Document)
    after: Mapped[dict[str, object] | None] = mapped_column(Document)

    __table_args__ = (Index("ix_bulk_changes_deed", "deed_id", "id"),)


def begin(session: Session, viewer: Viewer, kind: str, what: State, words: str, total: int) -> Deed:
    """Write down a deed that is about to be done."""
    if kind == TASK and total > MOST_TASKS:
        raise Refusal(_("Tasks are made for a thousand contacts at most. Choose fewer"))
    deed = Deed(by=viewer.user_id, kind=kind, words=words, what=dict(what), total=total)
    session.add(deed)
    session.flush()
    return deed


def give(session: Session, to: str) -> tuple[State, str]:
    """Read whom contacts are given to, `user:3` or `department:2`; gives the columns and the words."""
    kind, _sep, number = to.partition(":")
    target = int(number) if number.isascii() and number.isdigit() and len(number) <= 18 else 0  # noqa: PLR2004
    user = session.get(User, target) if kind == "user" else None
    department = session.get(Department, target) if kind == "department" else None
    if user is not None and user.disabled_at is None:
        columns: dict[str, object] = {"responsible_id": user.id}
        if user.department_id is not None:
            columns["department_id"] = user.department_id
        return columns, said("given to %(name)s", name=user.name)
    if department is None:
        raise Refusal(_("Choose a colleague or a department that is still here"))
    return {"responsible_id": None, "department_id": department.id}, said(
        "given to %(name)s", name=department.name
    )


def fill_in(field: CustomField, value: Value | None, shown: str) -> tuple[State, str]:
    """Say which field is to hold what; nothing clears it."""
    words = said("%(field)s: %(value)s", field=field.label, value=shown) if value else said(
        "%(field)s cleared", field=field.label)  # fmt: skip
    return {"name": field.name, "value": msgspec.to_builtins(value) if value else None}, words


def task(session: Session, title: str, to: str) -> tuple[State, str]:
    """Say which task is to be made for each."""
    title = " ".join(title.split())[:TITLE]
    if not title:
        raise Refusal(_("A task needs words"))
    columns, _words = give(session, to)
    return {"title": title, **columns}, said("task: %(title)s", title=title)


def tag(session: Session, name: str, *, on: bool) -> tuple[State, str]:
    """Say which tag is put on contacts or taken off them."""
    found = tags.make(session, name) if on and name.strip() else tags.named(session, name)
    if found is None:
        raise Refusal(_("There is no such tag"))
    words = said("tagged %(tag)s", tag=found.name) if on else said("no longer tagged %(tag)s", tag=found.name)
    return {"tag": found.id, "name": found.name, "on": on}, words


def go_on(session: Session, viewer: Viewer, deed_id: int, ids: Sequence[int]) -> int:
    """Do a deed to the next lot of contacts, those of them that the doer sees; gives how many it changed."""
    deed = session.get_one(Deed, deed_id)
    do = DEEDS[deed.kind].do
    wanted = select(Contact).where(
        Contact.id.in_(ids), Contact.merged_into_id.is_(None), sees_contact(viewer)
    )
    changes: list[dict[str, object]] = []
    for contact in session.scalars(wanted.order_by(Contact.id)):
        before, after = do(session, viewer, contact, deed.what)
        if before != after:
            changes.append({"deed_id": deed.id, "record_id": contact.id, "before": before, "after": after})
            _told(session, viewer, contact, before, after)
    insert_many(session, Change, changes)
    _announce(session, [cast("int", change["record_id"]) for change in changes])
    return len(changes)


def undo_on(session: Session, viewer: Viewer, deed_id: int, behind: int) -> int | None:
    """Take back the next lot of a deed behind this change; None once there is none left."""
    deed = session.get_one(Deed, deed_id)
    wanted = (
        select(Change).where(Change.deed_id == deed_id, Change.id > behind).order_by(Change.id).limit(LOT)
    )
    changes = session.scalars(wanted).all()
    for change in changes:
        contact = session.get(Contact, change.record_id)
        undone = contact is not None and DEEDS[deed.kind].undo(session, contact, change)
        if contact is None or not undone:
            deed.left_alone += 1
        else:
            _told(session, viewer, contact, change.after, change.before)
    _announce(session, [change.record_id for change in changes])
    return changes[-1].id if changes else None


def take_back(session: Session, viewer: Viewer, deed_id: int) -> Deed:
    """Say that a deed is being taken back: once, by its doer or a manager."""
    deed = session.get(Deed, deed_id)
    if deed is None or not (viewer.sees_all or deed.by == viewer.user_id):
        raise LookupError(deed_id)
    if deed.undone_at is not None:
        raise Refusal(_("This was taken back already"))
    deed.undone_at, deed.undone_by, deed.left_alone = now(), viewer.user_id, 0
    audit.record(session, viewer, audit.CHANGED, "deed", deed.id, words=said("taken back"))
    return deed


def deeds_of(session: Session, viewer: Viewer, before: int | None, most: int) -> list[tuple[Deed, int]]:
    """Give deeds, the newest first, and how many records each changed: one's own, for managers everybody's."""
    wanted = select(Deed).order_by(Deed.id.desc()).limit(most)
    if not viewer.sees_all:
        wanted = wanted.where(Deed.by == viewer.user_id)
    if before is not None:
        wanted = wanted.where(Deed.id < before)
    deeds = session.scalars(wanted).all()
    counted = changed_by(session, [deed.id for deed in deeds])
    return [(deed, counted.get(deed.id, 0)) for deed in deeds]


def changed_by(session: Session, deed_ids: Sequence[int]) -> dict[int, int]:
    """Count what deeds changed."""
    counted = (
        select(Change.deed_id, func.count()).where(Change.deed_id.in_(deed_ids)).group_by(Change.deed_id)
    )
    return dict(session.execute(counted).all())


def _set_columns(_session: Session, _viewer: Viewer, contact: Contact, what: State) -> tuple[State, State]:
    columns = {name: value for name, value in what.items() if name in COLUMNS}
    before = {name: getattr(contact, name) for name in columns}
    _put(contact, columns)
    return before, columns


def _reset_columns(_session: Session, contact: Contact, change: Change) -> bool:
    after, before = change.after or {}, change.before or {}
    if any(getattr(contact, name) != value for name, value in after.items()):
        return False
    _put(contact, before)
    return True


def _put(contact: Contact, columns: State) -> None:
    if any(getattr(contact, name) != value for name, value in columns.items()):
        for name, value in columns.items():
            setattr(contact, name, value)
        contact.changed_at = now()


def _set_field(_session: Session, _viewer: Viewer, contact: Contact, what: State) -> tuple[State, State]:
    name = cast("str", what["name"])
    before = {name: contact.fields.get(name)}
    _put_field(contact, name, what["value"])
    return before, {name: what["value"]}


def _reset_field(_session: Session, contact: Contact, change: Change) -> bool:
    ((name, value),) = (change.after or {}).items()
    if contact.fields.get(name) != value:
        return False
    _put_field(contact, name, (change.before or {}).get(name))
    return True


def _put_field(contact: Contact, name: str, value: object) -> None:
    if contact.fields.get(name) != value:
        others = {known: kept for known, kept in contact.fields.items() if known != name}
        contact.fields = others if value is None else {**others, name: value}
        contact.changed_at = now()


def _set_tag(session: Session, _viewer: Viewer, contact: Contact, what: State) -> tuple[State, State]:
    tag_id, on = cast("int", what["tag"]), bool(what["on"])
    had = _is_tagged(session, contact, tag_id)
    _put_tag(session, contact, tag_id, on=on)
    return {"tag": tag_id, "on": had}, {"tag": tag_id, "on": on}


def _reset_tag(session: Session, contact: Contact, change: Change) -> bool:
    tag_id, on = cast("int", (change.after or {})["tag"]), bool((change.after or {})["on"])
    if _is_tagged(session, contact, tag_id) != on:
        return False
    _put_tag(session, contact, tag_id, on=not on)
    return True


def _is_tagged(session: Session, contact: Contact, tag_id: int) -> bool:
    return any(each.id == tag_id for each in tags.tags_of(session, [contact.id])[contact.id])


def _put_tag(session: Session, contact: Contact, tag_id: int, *, on: bool) -> None:
    found = session.get(tags.Tag, tag_id)
    if found is not None and on:
        tags.add(session, [contact.id], found.name)
    elif found is not None:
        tags.remove(session, [contact.id], tag_id)


def _make_task(session: Session, viewer: Viewer, contact: Contact, what: State) -> tuple[State, State]:
    department_id = cast("int | None", what.get("department_id"))
    made = tasks.add_task(
        session, title=what["title"], kind="task", why=said("made for many contacts by %(name)s", name=viewer.name),
        contact_id=contact.id, assignee_id=what["responsible_id"], department_id=department_id, created_at=now(),
    )  # fmt: skip
    sla.promise(session, setup(session), made, "task", department_id, now())
    return {}, {"task": made}


def _unmake_task(session: Session, _contact: Contact, change: Change) -> bool:
    """Take a task away that nobody has touched and nobody was told of."""
    task_id = cast("int", (change.after or {})["task"])
    made = session.get(Task, task_id)
    told = session.scalar(select(Alarm.id).where(Alarm.task_id == task_id).limit(1))
    touched = session.scalar(select(TaskChange.id).where(TaskChange.task_id == task_id).limit(1))
    if made is None or made.done_at is not None or made.planned_for is not None or told or touched:
        return False
    session.execute(delete(Deadline).where(Deadline.task_id == task_id))
    session.delete(made)
    session.flush()
    return True


def _told(
    session: Session, viewer: Viewer, contact: Contact, before: State | None, after: State | None
) -> None:
    audit.record(
        session, viewer, audit.CHANGED, "contact", contact.id,
        changes=audit.differences(before or {}, after or {}),
    )  # fmt: skip


def _announce(session: Session, ids: Sequence[int]) -> None:
    """Have lists and cards look again; one notice for a lot, to those who see everything, and one for each card."""
    for contact in session.scalars(select(Contact).where(Contact.id.in_(ids[:LOT]))):
        audience = tasks.audience_of(contact.responsible_id, contact.department_id)
        announce(session, Notice(kind="contact", id=contact.id, audience=audience))


class Way(msgspec.Struct, frozen=True):
    """How a kind of deed is done to one contact and taken back; what it gives is before and after."""

    do: Callable[[Session, Viewer, Contact, State], tuple[State, State]]
    undo: Callable[[Session, Contact, Change], bool]


DEEDS = {
    GIVE: Way(_set_columns, _reset_columns),
    JOIN: Way(_set_columns, _reset_columns),
    FIELD: Way(_set_field, _reset_field),
    TAG: Way(_set_tag, _reset_tag),
    TASK: Way(_make_task, _unmake_task),
}
