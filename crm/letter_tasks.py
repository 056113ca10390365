"""What a letter asks for: an answer. One task for each conversation, which counts the letters that wait."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm import contacts, distribution, set_times, sla, tasks, turns
from crm.conversations import Conversation, Interaction
from crm.distribution import Choice
from crm.letter_writers import Writer
from crm.letters import KIND
from crm.setup import Setup
from crm.tasks import Task
from hub.bus import Audience
from hub.said import Said, said
from hub.users import Department

TITLE = 190  # letters of a name and a subject together …
NAMED = 130  # … and of the name in it


class Asking(NamedTuple):
    """A letter that asks for an answer: what it became, who wrote it, and whether its conversation began with it."""

    interaction_id: int
    conversation_id: int
    summary: str
    at: datetime
    writer: Writer
    begins: bool


class Asked(NamedTuple):
    """The task to answer it, and who may hear of that."""

    title: str
    audience: Audience


def ask_for(
    session: Session, state: Setup, asking: Asking, department: Department | None, why: Said
) -> Asked:
    """Have a letter answered. Who wrote before in this conversation and waits still has one task."""
    waiting = None if asking.begins else session.scalar(_WAITING, {"conversation": asking.conversation_id})
    if waiting is None:
        return _new(session, state, asking, department, why)
    waiting.times += 1
    if waiting.planned_for is not None:
        tasks.plan(session, waiting, None, None)
        set_times.put_off(session, waiting.id, None)
    tasks.changed(session, waiting, None, said("wrote again: %(num)s times by now", num=waiting.times))
    return Asked(waiting.title, tasks.audience(waiting))


def _new(session: Session, state: Setup, asking: Asking, department: Department | None, why: Said) -> Asked:
    contact, department_id = asking.writer.contact, department.id if department else None
    choice = _choose(session, department, asking)
    title, but = _title(session, asking), _kept_already(session, state, asking, department_id)
    task_id = tasks.add_task(
        session, title=title, kind=KIND, why=why, contact_id=contact.id, interaction_id=asking.interaction_id,
        department_id=department_id, assignee_id=choice.user_id, why_me=choice.why, created_at=asking.at,
    )  # fmt: skip
    sla.promise(session, state, task_id, KIND, department_id, asking.at, but=but)
    return Asked(title, tasks.audience_of(choice.user_id, department_id))


def _choose(session: Session, department: Department | None, asking: Asking) -> Choice:
    """Give it to who has the conversation, if he is here; else to who has the contact, and by the department's rule."""
    held = select(Conversation.assignee_id).where(Conversation.id == asking.conversation_id)
    if not asking.begins and (holder := session.scalar(held)) is not None:
        his = distribution.choose(session, None, holder, asking.at).user_id
        if his is not None:
            return Choice(his, said("You have this conversation"))
    return distribution.choose(session, department, asking.writer.contact.responsible_id, asking.at)


_OF_CONVERSATION = (
    select(Task)
    .join(Interaction, Interaction.id == Task.interaction_id)
    .where(Interaction.conversation_id == bindparam("conversation"), Task.kind == KIND, turns.SPEAKS)
    .order_by(Task.id)
    .limit(1)
)
# Its row is locked, since two letters may count it at once.
_WAITING = _OF_CONVERSATION.where(Task.done_at.is_(None)).with_for_update(of=Task)


def _kept_already(session: Session, state: Setup, asking: Asking, department_id: int | None) -> str:
    """Give the promise that a letter is not given: the next answer to the first one, the first answer to later ones.

    Where no policy promises a next answer, the first one's holds for all: nobody is left without a clock.
    """
    if asking.begins or session.scalar(_OF_CONVERSATION, {"conversation": asking.conversation_id}) is None:
        return "next response"
    promised = {policy.target for policy in state.policies_for(KIND, department_id)}
    return "first response" if "next response" in promised else ""


def _title(session: Session, asking: Asking) -> str:
    contact = asking.writer.contact
    name = contact.name
    if not name:
        handles = contacts.handles_of(session, [contact.id])[contact.id]
        name = next((handle.value for handle in handles), "")
    if not asking.writer.reachable:
        return said("No contact data: %(name)s", name=name[:NAMED] or said("a letter"))
    name, subject = name[:NAMED], asking.summary
    if not isinstance(subject, Said):
        subject = subject[: TITLE - len(name)]
    return said("Answer %(name)s: %(subject)s", name=name, subject=subject)
