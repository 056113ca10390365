"""When a letter of ours answers: the tasks of its conversation are done, and other promises of an answer are kept.

It counts from when it was written, unless it shall leave later: then from when it left. One that was taken back or
could not leave answered nothing: everything is as if it had not been.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import alarms, contacts, desk, inbox, letter_people, sla, tasks, turns
from crm.conversations import Conversation, Interaction
from crm.letters import Letter
from crm.sendings import Sending
from crm.tasks import Task
from crm.turns import Stood
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.languages import N_
from hub.said import said
from hub.users import User, Viewer

PEOPLES = ("person", "list", "form")  # kinds of letters that somebody wrote
PROMISES = frozenset({"first response", "next response"})
WORDS = N_("answered by letter")


class Answered(NamedTuple):
    """A conversation was answered by a person: which one, by whom (None: a program), with which letter."""

    conversation_id: int
    user_id: int | None
    interaction_id: int


def answer(session: Session, viewer: Viewer, touch: Interaction, sending: Sending) -> Answered | None:
    """Tell a conversation that a letter answered it: the one place where that is said.

    None where it answers nobody: it goes to somebody else than the contact, a machine wrote it, or what waits came
    only after it was written.
    """
    if (
        sending.answered_at is not None
        or touch.conversation_id is None
        or not _reaches(session, touch, sending)
    ):
        return None
    waiting = [*tasks.waiting_in(session, touch.conversation_id, lock=True), *_troubles(session, touch)]
    if _wrote_since(session, touch):
        return None
    sending.answered_at = now()
    before = turns.stood(session, touch.conversation_id)
    sending.before = cast("dict[str, object]", msgspec.to_builtins(before))
    for task in waiting:
        desk.complete(session, viewer, task)
    sending.closed = [task.id for task in waiting]
    turns.answered(session, touch.conversation_id, touch.author_id, touch.at)
    sending.met = [
        task.id for task in tasks.open_tasks(session, touch.contact_id) if _meet(session, viewer, task)
    ]
    tell(session, touch.conversation_id)
    return Answered(touch.conversation_id, touch.author_id, touch.id)


def take_back(session: Session, viewer: Viewer, touch: Interaction, sending: Sending) -> None:
    """Take back what a letter answered that never left."""
    since = sending.answered_at
    if since is None:
        return
    if touch.conversation_id is not None:
        tell(session, touch.conversation_id)
    for task_id in sending.closed:
        _take_back(session, viewer, task_id, since)
    if touch.conversation_id is not None and sending.before is not None:
        before = msgspec.convert(sending.before, Stood)
        turns.unanswered(session, touch.conversation_id, touch.author_id, touch.at, before)
    for task_id in sending.met:
        task = session.get(Task, task_id)
        if task is not None and task.done_at is None:
            sla.unmeet(session, task.id, since)
            alarms.reopen(session, task.id, since)
            tasks.changed(session, task, viewer.user_id, said("not answered after all"))
    sending.answered_at, sending.before, sending.closed, sending.met = None, None, [], []
    if touch.conversation_id is not None:
        tell(session, touch.conversation_id)


def tell(session: Session, conversation_id: int) -> None:
    """Have everybody look again in whose lists a conversation stands."""
    session.flush()
    row = session.get_one(Conversation, conversation_id, populate_existing=True)
    announce(session, Notice(kind=inbox.KIND, id=row.id, audience=inbox.audience(row)))


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


def _wrote_since(session: Session, touch: Interaction) -> bool:
    """Tell whether the contact wrote again after a letter of ours was written: nobody read that before."""
    newer = select(Interaction.id).join(Letter, Letter.interaction_id == Interaction.id).where(
        Interaction.conversation_id == touch.conversation_id, Interaction.direction == "in",
        Interaction.at > touch.at, Letter.kind.in_(PEOPLES), Letter.automatic.is_(False),
    )  # fmt: skip
    return session.scalar(newer.limit(1)) is not None


def _troubles(session: Session, touch: Interaction) -> Sequence[Task]:
    """Give what tells of letters of the same author that did not arrive there: he wrote anew."""
    told = (
        select(Task).join(Sending, Sending.told_id == Task.id)
        .join(Interaction, Interaction.id == Sending.interaction_id)
        .where(Interaction.conversation_id == touch.conversation_id, Interaction.author_id == touch.author_id,
               Interaction.id != touch.id, Task.done_at.is_(None))
        .order_by(Task.id).with_for_update(of=Task)
    )  # fmt: skip
    return session.scalars(told).all()


def _take_back(session: Session, viewer: Viewer, task_id: int, since: datetime) -> None:
    task = session.get(Task, task_id)
    if task is not None and task.done_at is not None and task.done_at >= since:
        desk.take_back(session, viewer, task)


def _meet(session: Session, viewer: Viewer, task: Task) -> bool:
    met = sla.meet(session, task.id, PROMISES)
    if met:
        alarms.answer(session, task.id, viewer.user_id, [deadline.id for deadline in met])
        tasks.changed(session, task, viewer.user_id, said(WORDS))
    return bool(met)
