"""What a letter asks for: an answer. One task for each conversation, which counts the letters that wait."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, distribution, sla, tasks
from crm.conversations import Interaction
from crm.letter_writers import Writer
from crm.letters import KIND
from crm.setup import Setup
from crm.tasks import Task
from hub.said import Said, said
from hub.users import Department

TITLE = 200
NAMED = 160  # of a name within a title


def ask_for(
    session: Session, state: Setup, touch: Interaction, writer: Writer, department: Department | None, why: Said
) -> Task:  # fmt: skip
    """Have a letter answered. Who wrote before in this conversation and waits still has one task."""
    waiting = _waiting(session, touch.conversation_id)
    if waiting is None:
        return _new(session, state, touch, writer, department, why)
    waiting.times += 1
    tasks.changed(session, waiting, None, said("wrote again: %(num)s times by now", num=waiting.times))
    return waiting


def _new(
    session: Session, state: Setup, touch: Interaction, writer: Writer, department: Department | None, why: Said
) -> Task:  # fmt: skip
    contact, department_id = writer.contact, department.id if department else None
    but = _kept_already(session, state, touch.conversation_id, department_id)
    choice = distribution.choose(session, department, contact.responsible_id, touch.at)
    task_id = tasks.add_task(
        session, title=_title(session, writer, touch), kind=KIND, why=why,
        contact_id=contact.id, interaction_id=touch.id, department_id=department_id,
        assignee_id=choice.user_id, why_me=choice.why, created_at=touch.at,
    )  # fmt: skip
    sla.promise(session, state, task_id, KIND, department_id, touch.at, but=but)
    return session.get_one(Task, task_id)


def _waiting(session: Session, conversation_id: int | None) -> Task | None:
    """Find the task that waits in a conversation; its row is locked, since two letters may count it at once."""
    return session.scalar(
        select(Task)
        .join(Interaction, Interaction.id == Task.interaction_id)
        .where(Interaction.conversation_id == conversation_id, Task.kind == KIND, Task.done_at.is_(None))
        .order_by(Task.id).limit(1).with_for_update(of=Task)
    )  # fmt: skip


def _kept_already(
    session: Session, state: Setup, conversation_id: int | None, department_id: int | None
) -> str:
    """Give the promise that a letter is not given: the next answer to the first one, the first answer to later ones.

    Where no policy promises a next answer, the first one's holds for all: nobody is left without a clock.
    """
    before = (
        select(Task.id)
        .join(Interaction, Interaction.id == Task.interaction_id)
        .where(Interaction.conversation_id == conversation_id, Task.kind == KIND)
    )
    promised = {policy.target for policy in state.policies_for(KIND, department_id)}
    if session.scalar(before.limit(1)) is None:
        return "next response"
    return "first response" if "next response" in promised else ""


def _title(session: Session, writer: Writer, touch: Interaction) -> str:
    contact = writer.contact
    handles = contacts.handles_of(session, [contact.id])[contact.id]
    name = contact.name or next((handle.value for handle in handles), "")
    if not writer.reachable:
        return said("No contact data: %(name)s", name=name[:NAMED] or said("a letter"))
    subject = touch.summary if isinstance(touch.summary, Said) else touch.summary[: TITLE - NAMED]
    return said("Answer %(name)s: %(subject)s", name=name[:NAMED], subject=subject)
