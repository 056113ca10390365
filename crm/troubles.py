"""What of ours did not arrive: whoever wrote it has a task, and nobody else has to notice."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import desk, distribution, sla, tasks
from crm.answers import Answer
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.distribution import Choice
from crm.setup import setup
from crm.tasks import Task
from hub.clock import now
from hub.said import Said, said
from hub.users import User, Viewer

TITLE = 190  # letters


def tell_author(session: Session, kept: Answer, touch: Interaction, why: Said) -> None:
    """Have its author take care of it; one who is not here any more leaves it to whose contact it is."""
    before = session.get(Task, kept.told_id) if kept.told_id else None
    if before is not None and before.done_at is None:
        before.times += 1
        return tasks.changed(session, before, None, why)
    contact = session.get_one(Contact, touch.contact_id)
    whose, place = _whose(session, touch, contact)
    title = said("Did not arrive: %(subject)s", subject=touch.summary[:TITLE])
    kept.told_id = sla.add_task(
        session, title=title, kind=touch.kind, why=why, contact_id=contact.id, interaction_id=touch.id,
        department_id=place, assignee_id=whose.user_id, why_me=whose.why, created_at=now(), but="next response",
    )  # fmt: skip
    return None


def told_enough(session: Session, viewer: Viewer, kept: Answer) -> None:
    """End the task that told of trouble."""
    task = session.get(Task, kept.told_id) if kept.told_id else None
    if task is not None and task.done_at is None:
        desk.complete(session, viewer, task)


def _whose(session: Session, touch: Interaction, contact: Contact) -> tuple[Choice, int | None]:
    """Give whose task it is, and of which department."""
    author = session.get(User, touch.author_id) if touch.author_id else None
    if author is not None and author.disabled_at is None:
        return Choice(author.id, said("You wrote it")), author.department_id or contact.department_id
    department = setup(session).departments.get(contact.department_id or 0)
    return distribution.choose(session, department, contact.responsible_id, now()), contact.department_id
