"""A task that somebody thought of himself, for a colleague, for a department or for later.

A time that was set for it is its deadline. What the policies promise beside that, or without it, is counted from when
it is planned for.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import distribution, set_times, sla, tasks
from crm.contacts import Contact
from crm.conversations import add_note
from crm.desk import ID_DIGITS, WHY, Refusal, contact_changed
from crm.policies import SET_BY_HAND
from crm.setup import setup
from crm.tasks import TaskChange
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.said import said
from hub.users import Department, User, Viewer

KIND = "task"
TITLE = 200
NOTE = 5000


class Wish(NamedTuple):
    """What is to be done, and by whom: user:3, department:2, or "" for the one who wishes.

    It comes up when it is `planned_for`, and is to be done by `due_at`, or by then.
    """

    title: str
    to: str = ""
    contact: Contact | None = None
    planned_for: datetime | None = None
    note: str = ""
    due_at: datetime | None = None


class _Whose(NamedTuple):
    user_id: int | None
    department_id: int | None
    why: str


def add(session: Session, viewer: Viewer, wish: Wish) -> int:
    """Make the task and give its id."""
    title = " ".join(wish.title.split())[:TITLE]
    if not title:
        raise Refusal(_("Say what is to be done"))
    if wish.planned_for is not None and wish.planned_for <= now():
        raise Refusal(_("Choose a time that is still to come"))
    whose, note = _whose(session, viewer, wish), wish.note.strip()[:NOTE]
    task_id = tasks.add_task(
        session, title=title, kind=KIND, why=_short(note) or said("Asked by %(name)s", name=viewer.name),
        contact_id=wish.contact.id if wish.contact else None,
        interaction_id=_noted(session, viewer, wish.contact, note),
        department_id=whose.department_id, assignee_id=whose.user_id, why_me=whose.why,
        created_at=now(), planned_for=wish.planned_for,
    )  # fmt: skip
    _promise(session, task_id, whose.department_id, wish)
    session.add(TaskChange(task_id=task_id, by=viewer.user_id, words=said("made")))
    audit.record(session, viewer, audit.MADE, "task", task_id, changes={"title": (None, title)})
    return task_id


def _promise(session: Session, task_id: int, department_id: int | None, wish: Wish) -> None:
    due_at = wish.due_at or wish.planned_for
    but = SET_BY_HAND.target if due_at else ""
    sla.promise(session, setup(session), task_id, KIND, department_id, wish.planned_for or now(), but)
    if due_at is not None:
        set_times.set_for(session, task_id, department_id, due_at)


def _noted(session: Session, viewer: Viewer, contact: Contact | None, note: str) -> int | None:
    """Keep the note on the card too, and have whoever looks at it see the new task."""
    if contact is None:
        return None
    contact.changed_at = now()
    contact_changed(session, contact)
    if not note:
        return None
    return add_note(session, contact.id, viewer.user_id, note, counts_as_contact=False).id


def _whose(session: Session, viewer: Viewer, wish: Wish) -> _Whose:
    """Give it to the person that was named; a department's goes to somebody by its rule, or waits."""
    user, department = _target(session, wish.to or f"user:{viewer.user_id}")
    if user is not None:
        own = user.id == viewer.user_id
        why = said("You made it") if own else said("%(name)s asked you", name=viewer.name)
        return _Whose(user.id, user.department_id, why)
    responsible_id = wish.contact.responsible_id if wish.contact else None
    choice = distribution.choose(session, department, responsible_id, now())
    return _Whose(choice.user_id, department.id if department else None, choice.why)


def _target(session: Session, to: str) -> tuple[User | None, Department | None]:
    kind, _colon, number = to.partition(":")
    target = int(number) if number.isdecimal() and len(number) <= ID_DIGITS else 0
    user = session.get(User, target) if kind == "user" else None
    department = session.get(Department, target) if kind == "department" else None
    if department is None and (user is None or user.disabled_at is not None):
        raise Refusal(_("Choose a colleague or a department that is still here"))
    return user, department


def _short(note: str) -> str:
    words = " ".join(note.split())
    return words if len(words) <= WHY else f"{words[:WHY]}…"
