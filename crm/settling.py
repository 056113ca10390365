"""When one of us answered: the tasks of the conversation are done, and other promises of an answer are kept.

What could not leave answered nothing: everything is then as if it had not been.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import alarms, desk, inbox, sla, tasks, turns
from crm.answers import Answer
from crm.conversations import Conversation, Interaction
from crm.tasks import Task
from crm.turns import Stood
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.said import said
from hub.shapes import convert
from hub.users import User, Viewer

PROMISES = frozenset({"first response", "next response"})


class Answered(NamedTuple):
    """A conversation was answered by a person: which one, by whom (None: a program), with which touch."""

    conversation_id: int
    user_id: int | None
    interaction_id: int


def waiting(session: Session, touch: Interaction, kept: Answer) -> list[Task]:
    """Give what waits for an answer where a touch of ours stands; nobody adds to it meanwhile."""
    if touch.conversation_id is None:
        return []
    return [
        *tasks.waiting_in(session, touch.conversation_id, lock=True),
        *_troubles(session, touch, type(kept)),
    ]


def answer(
    session: Session, viewer: Viewer, touch: Interaction, kept: Answer, done: Sequence[Task], words: str
) -> Answered | None:
    """Have a touch of ours answer its conversation: `done` is what waited there, `words` say how it was answered."""
    if touch.conversation_id is None:
        return None
    kept.answered_at = now()
    before = turns.stood(session, touch.conversation_id)
    kept.before = cast("dict[str, object]", msgspec.to_builtins(before))
    for task in done:
        desk.complete(session, viewer, task)
    kept.closed = [task.id for task in done]
    turns.answered(session, touch.conversation_id, touch.author_id, touch.at)
    kept.met = [
        task.id for task in tasks.open_tasks(session, touch.contact_id) if _meet(session, viewer, task, words)
    ]
    tell(session, touch.conversation_id)
    return Answered(touch.conversation_id, touch.author_id, touch.id)


def take_back(session: Session, viewer: Viewer, touch: Interaction, kept: Answer) -> None:
    """Take back what was answered by something that never left."""
    since = kept.answered_at
    if since is None:
        return
    if touch.conversation_id is not None:
        tell(session, touch.conversation_id)
    for task_id in kept.closed:
        _take_back(session, viewer, task_id, since)
    if touch.conversation_id is not None and kept.before is not None:
        before = convert(kept.before, Stood)
        turns.unanswered(session, touch.conversation_id, touch.author_id, touch.at, before)
    for task_id in kept.met:
        task = session.get(Task, task_id)
        if task is not None and task.done_at is None:
            sla.unmeet(session, task.id, since)
            alarms.reopen(session, task.id, since)
            tasks.changed(session, task, viewer.user_id, said("not answered after all"))
    kept.answered_at, kept.before, kept.closed, kept.met = None, None, [], []
    if touch.conversation_id is not None:
        tell(session, touch.conversation_id)


def tell(session: Session, conversation_id: int) -> None:
    """Have everybody look again in whose lists a conversation stands."""
    session.flush()
    row = session.get_one(Conversation, conversation_id, populate_existing=True)
    announce(session, Notice(kind=inbox.KIND, id=row.id, audience=inbox.audience(row)))


def writer(session: Session, touch: Interaction) -> Viewer:
    """Give who wrote it, with no more rights than to have done so."""
    user = session.get(User, touch.author_id) if touch.author_id else None
    if user is None:
        return Viewer(None, "admin", None, "Ringback")
    return Viewer(user.id, user.role, user.department_id, user.name)


def _troubles(session: Session, touch: Interaction, kind: type[Answer]) -> Sequence[Task]:
    """Give what tells of the same author's that did not arrive there: he wrote anew."""
    told = (
        select(Task).join(kind, kind.told_id == Task.id)
        .join(Interaction, Interaction.id == kind.interaction_id)
        .where(Interaction.conversation_id == touch.conversation_id, Interaction.author_id == touch.author_id,
               Interaction.id != touch.id, Task.done_at.is_(None))
        .order_by(Task.id).with_for_update(of=Task)
    )  # fmt: skip
    return session.scalars(told).all()


def _take_back(session: Session, viewer: Viewer, task_id: int, since: datetime) -> None:
    task = session.get(Task, task_id)
    if task is not None and task.done_at is not None and task.done_at >= since:
        desk.take_back(session, viewer, task)


def _meet(session: Session, viewer: Viewer, task: Task, words: str) -> bool:
    met = sla.meet(session, task.id, PROMISES)
    if met:
        alarms.answer(session, task.id, viewer.user_id, [deadline.id for deadline in met])
        tasks.changed(session, task, viewer.user_id, said(words))
    return bool(met)
