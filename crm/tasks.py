"""Tasks: something that a named person or a department's queue must do.

A task without `assignee_id` waits in its department's queue. Every change here is conditional on the task
still being open, and says who made it and when; `TaskChange` keeps that for the person who asks later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, Index, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import turns
from crm.conversations import Interaction
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import Base, announce, some
from hub.languages import _
from hub.rows import change, insert
from hub.said import said
from hub.sentence import Sentence
from hub.users import SEE_ALL, User

CALL = "call"


class Closed(Exception):
    """The task is done already; the words say by whom."""


class Task(Base):
    """One thing to do. `why` are the facts it follows from, `why_me` the rule that gave it to somebody.

    `times` is how often somebody asked for the same, as by calling again. `due_at` is when its most pressing promise
    breaks, kept by the database itself; None where none runs.
    """

    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Sentence)
    kind: Mapped[str]
    why: Mapped[str] = mapped_column(Sentence)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    why_me: Mapped[str] = mapped_column(Sentence, default="")
    created_at: Mapped[datetime]
    planned_for: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    times: Mapped[int] = mapped_column(default=1)
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        Index("ix_tasks_contact", "contact_id"),
        some("ix_tasks_interaction", "interaction_id", where="interaction_id IS NOT NULL"),
        some("ix_tasks_open", "contact_id", where="done_at IS NULL"),
        some("ix_tasks_due", "due_at", "id", where="done_at IS NULL"),
        some("ix_tasks_mine", "assignee_id", "due_at", "id", where="done_at IS NULL"),
        some("ix_tasks_queue", "department_id", "due_at", "id", where="done_at IS NULL"),
        some(
            "ix_tasks_whose", "assignee_id", "department_id", "created_at", "due_at", "planned_for",
            where="done_at IS NULL",
        ),
        some("ix_tasks_planned", "planned_for", where="planned_for IS NOT NULL"),
        some("ix_tasks_kind", "kind", where="done_at IS NULL"),
        # Wider than those of open tasks: of two that begin alike SQLite takes the narrower one, for open tasks too.
        Index("ix_tasks_assignee", "assignee_id", "contact_id", "created_at"),
        Index("ix_tasks_department", "department_id", "contact_id", "created_at"),
        some("ix_tasks_done", "done_at", where="done_at IS NOT NULL"),
    )  # fmt: skip


class TaskChange(Base):
    """One thing that was done to a task, in words, for its history."""

    __tablename__ = "task_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    words: Mapped[str] = mapped_column(Sentence)


def audience(task: Task) -> Audience:
    """Tell who may hear that this task changed: the same people who may see it."""
    return audience_of(task.assignee_id, task.department_id)


def audience_of(user_id: int | None, department_id: int | None) -> Audience:
    """Tell who may hear of what belongs to this person and department."""
    return Audience(
        users=frozenset() if user_id is None else frozenset({user_id}),
        departments=frozenset() if department_id is None else frozenset({department_id}),
        roles=SEE_ALL,
    )


def add_task(session: Session, **values: object) -> int:
    """Make a task and give its id; whoever may see it hears of it. The conversation that it is for goes with it."""
    task_id = insert(session, Task, **values)
    whose = cast("int | None", values["assignee_id"]), cast("int | None", values["department_id"])
    if (touch_id := cast("int | None", values.get("interaction_id"))) is not None:
        turns.asked(session, touch_id, *whose, cast("datetime", values["created_at"]))
    audience = audience_of(*whose)
    announce(session, Notice(kind="task", id=task_id, audience=audience, why=str(values["title"])))
    return task_id


def changed(session: Session, task: Task, by: int | None, words: str) -> None:
    """Write down what happened to a task and have everybody concerned look again."""
    insert(session, TaskChange, task_id=task.id, at=now(), by=by, words=words)
    announce(session, Notice(kind="task", id=task.id, audience=audience(task)))


def hand_over(
    session: Session, task: Task, by: int | None, *, user: User | None, department_id: int | None, why: str
) -> None:
    """Give an open task to a person, or back to a department's queue."""
    _require_open(session, task)
    announce(session, Notice(kind="task", id=task.id, audience=audience(task)))
    task.assignee_id = user.id if user else None
    task.department_id = department_id or (user.department_id if user else None) or task.department_id
    task.why_me = why
    if task.interaction_id is not None:
        turns.given(session, task.interaction_id, task.assignee_id, task.department_id)
    changed(session, task, by, _given(user, by, why))
    if user is not None and user.id != by:
        alone = Audience(users=frozenset({user.id}))
        announce(session, Notice(kind="task", id=task.id, audience=alone, why=str(task.title)))


def _given(user: User | None, by: int | None, why: str) -> str:
    """Say whose it is now; why somebody took it himself is told to him and needs no telling to others."""
    if user is not None and user.id == by:
        return said("taken")
    if user is None:
        return said("given to the queue: %(why)s", why=why) if why else said("given to the queue")
    if why:
        return said("given to %(name)s: %(why)s", name=user.name, why=why)
    return said("given to %(name)s", name=user.name)


def complete(session: Session, task: Task, by: int | None, at: datetime | None = None) -> None:
    """Say that it is done, now or with something else that was done `at` a moment just gone."""
    _require_open(session, task)
    session.flush()
    change(session, task, done_at=at or now(), done_by=by)
    if task.interaction_id is not None and not waiting_beside(session, task.interaction_id):
        turns.settled(session, task.interaction_id, task.done_at if task.kind == CALL else None)
    changed(session, task, by, said("done"))


def reopen(session: Session, task: Task, by: int | None) -> None:
    """Take back that it is done."""
    if task.done_at is not None:
        task.done_at = task.done_by = None
        if task.interaction_id is not None:
            turns.unsettled(session, task.interaction_id, task.created_at)
            turns.given(session, task.interaction_id, task.assignee_id, task.department_id)
        changed(session, task, by, said("not done after all"))


def plan(session: Session, task: Task, by: int | None, at: datetime | None) -> None:
    """Put it off until a moment, None takes that back; its clocks go on."""
    _require_open(session, task)
    task.planned_for = at
    if task.interaction_id is not None:
        turns.put_off(session, task.interaction_id, at)
    changed(session, task, by, said("planned for later") if at else said("no longer planned for later"))


def open_tasks(session: Session, contact_id: int) -> Sequence[Task]:
    """Give what is still to do for a contact, oldest first."""
    return session.scalars(
        select(Task).where(Task.contact_id == contact_id, Task.done_at.is_(None)).order_by(Task.id)
    ).all()


def waiting_in(session: Session, conversation_id: int, *, lock: bool = False) -> Sequence[Task]:
    """Give what is still to do for a conversation, oldest first; locked where more may come at this moment."""
    wanted = _WAITING.with_for_update(of=Task) if lock else _WAITING
    return session.scalars(wanted, {"conversation": conversation_id}).all()


def done_in(session: Session, conversation_id: int, at: datetime) -> Sequence[Task]:
    """Give what was done for a conversation at a moment: with that in which it was closed."""
    wanted = (
        select(Task)
        .join(Interaction, Interaction.id == Task.interaction_id)
        .where(Interaction.conversation_id == conversation_id, Task.done_at == at)
        .order_by(Task.id)
    )  # fmt: skip
    return session.scalars(wanted).all()


def waiting_beside(session: Session, touch_id: int) -> Sequence[Task]:
    """Give what is still to do for the conversation in which a touch stands."""
    around = session.scalar(select(Interaction.conversation_id).where(Interaction.id == touch_id))
    return waiting_in(session, around) if around is not None else ()


_WAITING = (
    select(Task)
    .join(Interaction, Interaction.id == Task.interaction_id)
    .where(Interaction.conversation_id == bindparam("conversation"), Task.done_at.is_(None), turns.SPEAKS)
    .order_by(Task.id)
)


def history(session: Session, task_id: int) -> Sequence[TaskChange]:
    """Give what happened to a task, newest first."""
    return session.scalars(
        select(TaskChange).where(TaskChange.task_id == task_id).order_by(TaskChange.id.desc())
    ).all()


def _require_open(session: Session, task: Task) -> None:
    if task.done_at is not None:
        person = session.get(User, task.done_by) if task.done_by else None
        if person is None:
            raise Closed(_("“%(task)s” was done already", task=task.title))
        raise Closed(_("“%(task)s” was done already by %(name)s", task=task.title, name=person.name))
