"""What can be done to many contacts or call-backs, one after the other, and how each of it is taken back.

A way gives what the record was before and what it is after; taking back is refused where it is no longer so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm import desk, sla, tags, tasks
from crm.alarms import Alarm
from crm.contacts import Contact
from crm.conversations import Conversation
from crm.deadlines import Deadline
from crm.desk import Refusal
from crm.fields import CustomField, Value
from crm.tasks import Task, TaskChange
from hub.clock import now
from hub.languages import _
from hub.said import said
from hub.users import Department, User, Viewer

TITLE = 200
GIVE, FIELD, TASK, JOIN, TAG, HANDLED = "give", "field", "task", "join", "tag", "handled"

COLUMNS = frozenset({"responsible_id", "department_id", "organisation_id"})

State = Mapping[str, object]


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


def handled() -> tuple[State, str]:
    """Say that missed calls are dealt with: their call-backs are closed."""
    return {}, said("marked as handled")


class Way(msgspec.Struct, frozen=True):
    """How a kind of deed is done to one record, which gives before and after, and taken back from after to before."""

    do: Callable[[Session, Viewer, Any, State], tuple[State, State]]
    undo: Callable[[Session, Viewer, Any, State, State], bool]
    of: type[Contact | Task | Conversation] = Contact


def _set_columns(_session: Session, _viewer: Viewer, contact: Contact, what: State) -> tuple[State, State]:
    columns = {name: value for name, value in what.items() if name in COLUMNS}
    before = {name: getattr(contact, name) for name in columns}
    _put(contact, columns)
    return before, columns


def _reset_columns(_session: Session, _viewer: Viewer, contact: Contact, after: State, before: State) -> bool:
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


def _reset_field(_session: Session, _viewer: Viewer, contact: Contact, after: State, before: State) -> bool:
    ((name, value),) = after.items()
    if contact.fields.get(name) != value:
        return False
    _put_field(contact, name, before.get(name))
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


def _reset_tag(session: Session, _viewer: Viewer, contact: Contact, after: State, _before: State) -> bool:
    tag_id, on = cast("int", after["tag"]), bool(after["on"])
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
    made = sla.add_task(
        session, title=what["title"], kind="task", why=said("made for many contacts by %(name)s", name=viewer.name),
        contact_id=contact.id, assignee_id=what["responsible_id"], department_id=department_id, created_at=now(),
    )  # fmt: skip
    return {}, {"task": made}


def _unmake_task(
    session: Session, _viewer: Viewer, _contact: Contact, after: State, _before: State
) -> bool:  # fmt: skip
    """Take a task away that nobody has touched and nobody was told of."""
    task_id = cast("int", after["task"])
    made = session.get(Task, task_id)
    told = session.scalar(select(Alarm.id).where(Alarm.task_id == task_id).limit(1))
    touched = session.scalar(select(TaskChange.id).where(TaskChange.task_id == task_id).limit(1))
    if made is None or made.done_at is not None or made.planned_for is not None or told or touched:
        return False
    session.execute(delete(Deadline).where(Deadline.task_id == task_id))
    session.delete(made)
    session.flush()
    return True


def _handle(session: Session, viewer: Viewer, task: Task, _what: State) -> tuple[State, State]:
    tasks.changed(session, task, viewer.user_id, said("handled, as marked among the calls"))
    desk.complete(session, viewer, task)
    return {"done_at": None}, {"done_at": _moment(task)}


def _unhandle(session: Session, viewer: Viewer, task: Task, after: State, _before: State) -> bool:
    if _moment(task) != after["done_at"]:
        return False
    desk.take_back(session, viewer, task)
    return True


def _moment(task: Task) -> str | None:
    return task.done_at.isoformat() if task.done_at else None


WAYS = {
    GIVE: Way(_set_columns, _reset_columns),
    JOIN: Way(_set_columns, _reset_columns),
    FIELD: Way(_set_field, _reset_field),
    TAG: Way(_set_tag, _reset_tag),
    TASK: Way(_make_task, _unmake_task),
    HANDLED: Way(_handle, _unhandle, Task),
}
