"""The card in short, beside a conversation: who it is, what is to be done, and what happened elsewhere lately."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import tasks
from crm.contacts import Contact, Organisation, handles_of
from crm.conversations import Conversation, Interaction
from crm.rights import contact_for, sees_task
from crm.setup import setup
from crm.tasks import Task
from crm.web.chat_kinds import ways_by_chat
from crm.web.events import ICONS
from crm.web.inbox_rows import names_of
from crm.web.names import Way, first_number, initials, ways
from crm.web.task_rows import TaskRow, task_rows
from hub.users import Viewer

LATELY = 5


class Lately(msgspec.Struct, frozen=True):
    """A touch elsewhere on the card."""

    icon: str
    words: str
    at: datetime


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """The card in short; `href` is "" where the viewer may not open it."""

    name: str
    initials: str
    href: str
    about: str
    dial: str
    ways: Sequence[Way]
    tasks: Sequence[TaskRow]
    lately: Sequence[Lately]


def beside(session: Session, viewer: Viewer, found: Conversation, here: Collection[int] = ()) -> Beside:
    """Show the card of whom a conversation is with; touches that are `here` already are left out.

    Whoever may not open the card reads the name alone.
    """
    contact = session.get_one(Contact, found.contact_id)
    seen = contact_for(session, viewer, contact.id) is not None
    handles, country = handles_of(session, [contact.id])[contact.id], setup(session).company.country
    firm = session.get(Organisation, contact.organisation_id) if contact.organisation_id else None
    name = names_of(session, {contact.id})[contact.id]
    ours = [task.id for task in tasks.waiting_in(session, found.id)]
    his = Task.done_at.is_(None) & ((Task.contact_id == contact.id) | Task.id.in_(ours))
    to_do = session.scalars(select(Task).where(his, sees_task(viewer)).order_by(Task.id).limit(LATELY)).all()
    return Beside(
        name=name, initials=initials(contact.name), href=f"/contacts/{contact.id}" if seen else "",
        about=firm.name if firm and seen else "", dial=first_number(handles) if seen else "",
        ways=ways_by_chat(session, contact.id, ways(handles, country)) if seen else [],
        tasks=task_rows(session, viewer, to_do), lately=_lately(session, contact.id, here) if seen else [],
    )  # fmt: skip


def _lately(session: Session, contact_id: int, here: Collection[int]) -> list[Lately]:
    wanted = select(Interaction).where(Interaction.contact_id == contact_id)
    newest = session.scalars(wanted.order_by(Interaction.at.desc()).limit(LATELY + len(here))).all()
    elsewhere = [touch for touch in newest if touch.id not in here][:LATELY]
    return [Lately(ICONS.get(touch.kind, touch.kind), str(touch.summary), touch.at) for touch in elsewhere]
