"""What a letter or a message of a chat asks for: an answer. One task for each conversation, which counts what waits."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm import contacts, distribution, set_times, sla, tasks, turns
from crm.contacts import MAIL, PHONE, Contact
from crm.conversations import Conversation, Interaction
from crm.distribution import Choice
from crm.setup import Setup
from crm.tasks import Task
from hub.bus import Audience
from hub.rows import change, record
from hub.said import Said, said
from hub.statements import Statement
from hub.users import Department

TITLE = 190  # letters of a name and a subject together …
NAMED = 130  # … and of the name in it


class Asking(NamedTuple):
    """A message that asks for an answer: its kind, what it became, and whether its conversation began with it.

    `reachable`: who wrote it can be answered. `full` are those of us who have as much as they may, and get no more.
    It answers a campaign of the one `whose` it is; None where it answers none.
    """

    kind: str
    interaction_id: int
    conversation_id: int
    contact: Contact
    summary: str
    at: datetime
    begins: bool
    reachable: bool = True
    full: frozenset[int] = frozenset()
    whose: int | None = None


class Asked(NamedTuple):
    """The task to answer it, and who may hear of that."""

    title: str
    audience: Audience


def ask_for(
    session: Session, state: Setup, asking: Asking, department: Department | None, why: Said
) -> Asked:
    """Have a message answered. Who wrote before in this conversation and waits still has one task."""
    waiting = None if asking.begins else record(session, _WAITING, _of(asking), Task)
    if waiting is None:
        return _new(session, state, asking, department, why)
    change(session, waiting, times=waiting.times + 1)
    if waiting.planned_for is not None:
        tasks.plan(session, waiting, None, None)
        set_times.put_off(session, waiting.id, None)
    tasks.changed(session, waiting, None, said("wrote again: %(num)s times by now", num=waiting.times))
    return Asked(waiting.title, tasks.audience(waiting))


def _new(session: Session, state: Setup, asking: Asking, department: Department | None, why: Said) -> Asked:
    department_id = department.id if department else None
    choice = _choose(session, department, asking)
    title, but = _title(session, asking), _kept_already(session, state, asking, department_id)
    task_id = sla.add_task(
        session, title=title, kind=asking.kind, why=why, contact_id=asking.contact.id,
        interaction_id=asking.interaction_id, department_id=department_id, assignee_id=choice.user_id,
        why_me=choice.why, created_at=asking.at, but=but,
    )  # fmt: skip
    if choice.user_id is None and choice.why:
        tasks.changed(
            session, session.get_one(Task, task_id), None, said("waits in the queue: %(why)s", why=choice.why)
        )
    return Asked(title, tasks.audience_of(choice.user_id, department_id))


def _choose(session: Session, department: Department | None, asking: Asking) -> Choice:
    """Give it to who has the conversation, or sent the campaign that it answers, if he is here.

    Else to who has the contact, and by the department's rule.
    """
    held = select(Conversation.assignee_id).where(Conversation.id == asking.conversation_id)
    if not asking.begins and (holder := session.scalar(held)) is not None:
        his = distribution.choose(session, None, holder, asking.at, asking.full).user_id
        if his is not None:
            return Choice(his, said("You have this conversation"))
    if asking.begins and asking.whose is not None:
        his = distribution.choose(session, None, asking.whose, asking.at, asking.full).user_id
        if his is not None:
            return Choice(his, said("It answers a campaign of yours"))
    return distribution.choose(session, department, asking.contact.responsible_id, asking.at, asking.full)


_OF_CONVERSATION = (
    select(*Task.__table__.c)
    .join(Interaction, Interaction.id == Task.interaction_id)
    .where(
        Interaction.conversation_id == bindparam("conversation"), Task.kind == bindparam("kind"), turns.SPEAKS
    )
    .order_by(Task.id)
    .limit(1)
)  # fmt: skip
# Its row is locked, since two messages may count it at once.
_WAITING = Statement(_OF_CONVERSATION.where(Task.done_at.is_(None)).with_for_update(of=Task))
_BEFORE = Statement(_OF_CONVERSATION.with_only_columns(Task.id))


def _kept_already(session: Session, state: Setup, asking: Asking, department_id: int | None) -> str:
    """Give the promise that a message is not given: the next answer to the first one, the first answer to later ones.

    Where no policy promises a next answer, the first one's holds for all: nobody is left without a clock.
    """
    if asking.begins or _BEFORE.first(session, _of(asking)) is None:
        return "next response"
    promised = {policy.target for policy in state.policies_for(asking.kind, department_id)}
    return "first response" if "next response" in promised else ""


def _of(asking: Asking) -> dict[str, object]:
    return {"conversation": asking.conversation_id, "kind": asking.kind}


def _title(session: Session, asking: Asking) -> str:
    name = _called(session, asking.contact)
    if not asking.reachable:
        return said("No contact data: %(name)s", name=name[:NAMED] or said("a letter"))
    name, subject = name[:NAMED], asking.summary
    if not isinstance(subject, Said):
        subject = subject[: TITLE - len(name)]
    if not name:
        return said("Answer: %(subject)s", subject=subject)
    return said("Answer %(name)s: %(subject)s", name=name, subject=subject)


def _called(session: Session, contact: Contact) -> str:
    """Give a name, or what people can read of how somebody is reached: a messenger's own number of him says nothing."""
    handles = contacts.handles_of(session, [contact.id])[contact.id] if not contact.name else []
    return contact.name or next((each.value for each in handles if each.kind in {PHONE, MAIL}), "")
