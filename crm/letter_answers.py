"""When a letter of ours answers: the task of its conversation is done, and other promises of an answer are kept.

It counts from when it was written, unless it shall leave later: then from when it left. One that was taken back or
could not leave answered nothing: everything is as if it had not been.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import alarms, contacts, desk, letter_people, sla, tasks, turns
from crm.conversations import Interaction
from crm.letters import KIND, Letter
from crm.sendings import Sending
from crm.tasks import Task
from hub.clock import now
from hub.languages import N_
from hub.said import said
from hub.users import User, Viewer

PROMISES = frozenset({"first response", "next response"})
WORDS = N_("answered by letter")


class Answered(NamedTuple):
    """A conversation was answered by a person: which one, by whom (None: a program), with which letter."""

    conversation_id: int
    user_id: int | None
    interaction_id: int


def answer(session: Session, viewer: Viewer, touch: Interaction, sending: Sending) -> Answered | None:
    """Tell a conversation that a letter answered it: the one place where that is said.

    None where it answers nobody: it goes to somebody else than the contact, or a machine wrote it.
    """
    if (
        sending.answered_at is not None
        or touch.conversation_id is None
        or not _reaches(session, touch, sending)
    ):
        return None
    sending.answered_at = now()
    closed = _waiting(session, touch.conversation_id)
    if closed is not None:
        desk.complete(session, viewer, closed)
        sending.closed_id = closed.id
    turns.answered(session, touch.conversation_id, touch.author_id, touch.at)
    sending.met = [
        task.id for task in tasks.open_tasks(session, touch.contact_id) if _meet(session, viewer, task)
    ]
    return Answered(touch.conversation_id, touch.author_id, touch.id)


def take_back(session: Session, viewer: Viewer, sending: Sending) -> None:
    """Take back what a letter answered that never left."""
    since = sending.answered_at
    if since is None:
        return
    closed = session.get(Task, sending.closed_id) if sending.closed_id else None
    if closed is not None and closed.done_at is not None and closed.done_at >= since:
        desk.take_back(session, viewer, closed)
    for task_id in sending.met:
        task = session.get(Task, task_id)
        if task is not None and task.done_at is None:
            sla.unmeet(session, task.id, since)
            alarms.reopen(session, task.id, since)
            tasks.changed(session, task, viewer.user_id, said("not answered after all"))
    sending.answered_at, sending.closed_id, sending.met = None, None, []


def writer(session: Session, touch: Interaction) -> Viewer:
    """Give who wrote a letter, with no more rights than to have done so."""
    user = session.get(User, touch.author_id) if touch.author_id else None
    if user is None:
        return Viewer(None, "admin", None, "Ringback")
    return Viewer(user.id, user.role, user.department_id, user.name)


def _reaches(session: Session, touch: Interaction, sending: Sending) -> bool:
    letter, wanted = session.get_one(Letter, touch.id), sending.letter
    his = {each.value for each in contacts.handles_of(session, [touch.contact_id])[touch.contact_id]}
    return not letter.automatic and not his.isdisjoint(letter_people.handles([*wanted.to, *wanted.cc]))


def _waiting(session: Session, conversation_id: int) -> Task | None:
    """Give the task to answer this conversation, locked: a letter may come at this moment."""
    wanted = (
        select(Task).join(Interaction, Interaction.id == Task.interaction_id)
        .where(Interaction.conversation_id == conversation_id, Task.kind == KIND, Task.done_at.is_(None))
        .order_by(Task.id).limit(1).with_for_update(of=Task)
    )  # fmt: skip
    return session.scalar(wanted)


def _meet(session: Session, viewer: Viewer, task: Task) -> bool:
    met = sla.meet(session, task.id, PROMISES)
    if met:
        alarms.answer(session, task.id, viewer.user_id, [deadline.id for deadline in met])
        tasks.changed(session, task, viewer.user_id, said(WORDS))
    return bool(met)
