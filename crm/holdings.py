"""What somebody has, and would leave behind: open tasks, visits, contacts, deals, conversations, and what names him."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import appointment_handovers, deal_handovers, namings, quiet_conversations
from crm.appointments import Appointment
from crm.contacts import Contact
from crm.conversations import Conversation
from crm.deals import Deal
from crm.tasks import Task
from hub.users import User

MOST = 5000  # of one kind in one deed


@dataclass(frozen=True, slots=True)
class Belongings:
    """What somebody has: open tasks, contacts and open deals that he is responsible for; of many the first.

    `visits` are those to be made; the tasks that stand for them are not among `tasks`. `conversations` are open ones
    in which nothing is to do. `named_by` are the processes and promises that name him.
    """

    tasks: Sequence[Task]
    contacts: Sequence[Contact]
    deals: Sequence[Deal]
    visits: Sequence[Appointment]
    conversations: Sequence[Conversation]
    named_by: Sequence[str]
    task_count: int
    contact_count: int
    deal_count: int
    visit_count: int

    @property
    def is_anything(self) -> bool:
        """Tell whether he has anything beside quiet conversations."""
        return bool(self.task_count or self.contact_count or self.deal_count or self.visit_count)


def belongings(session: Session, user_id: int, limit: int = MOST) -> Belongings:
    """Give what somebody has."""
    his_tasks = (Task.assignee_id == user_id, Task.done_at.is_(None), ~appointment_handovers.stands_for_one())
    his_contacts = (Contact.responsible_id == user_id, Contact.merged_into_id.is_(None))
    return Belongings(
        session.scalars(select(Task).where(*his_tasks).order_by(Task.id).limit(limit)).all(),
        session.scalars(
            select(Contact).where(*his_contacts).order_by(Contact.name, Contact.id).limit(limit)
        ).all(),
        deal_handovers.open_deals(session, user_id, limit),
        appointment_handovers.to_do(session, user_id, limit),
        quiet_conversations.quiet(session, user_id),
        namings.named_by(session, session.get_one(User, user_id)),
        session.scalar(select(func.count()).select_from(Task).where(*his_tasks)) or 0,
        session.scalar(select(func.count()).select_from(Contact).where(*his_contacts)) or 0,
        deal_handovers.count(session, user_id),
        appointment_handovers.count(session, user_id),
    )
