"""Conversations for a crowd that is there already: its newest letters and forms, each with a person or in a queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import conversation_tags
from crm.conversations import Conversation, Interaction
from crm.tasks import Task
from hub.clock import now

TAGS = ("Warranty", "Waits for the factory")


def fill(session: Session, most: int, department_id: int, people: Sequence[int]) -> None:
    """Make so many conversations of one department: with these people by turns, every fourth with nobody yet."""
    wanted = select(Interaction).where(
        Interaction.kind.in_(["mail", "form"]), Interaction.conversation_id.is_(None)
    )
    touches = session.scalars(wanted.order_by(Interaction.at.desc()).limit(most)).all()
    channel = next((touch.channel_id for touch in touches if touch.channel_id), 1)
    for number, touch in enumerate(touches):
        made = Conversation(
            contact_id=touch.contact_id, channel_id=touch.channel_id or channel, subject=str(touch.summary),
            opened_at=touch.at, last_at=touch.at, department_id=department_id,
            assignee_id=people[number // 4 % len(people)] if number % 4 else None,
        )  # fmt: skip
        _state(made, number)
        session.add(made)
        session.flush()
        touch.conversation_id = made.id
        if number % 10 == 0:
            conversation_tags.put(session, made.id, TAGS[number // 10 % len(TAGS)])
    _promise(session, touches)


def _state(made: Conversation, number: int) -> None:
    """Have most wait for us, some for them; some put off or closed."""
    made.waits_since = made.opened_at if number % 3 else None
    if number % 11 == 5:
        made.snoozed_until, made.waits_since = now() + timedelta(days=2), None
    if number % 7 == 4:
        made.closed_at, made.closed_why, made.waits_since = made.last_at, "Settled by phone", None


def _promise(session: Session, touches: Sequence[Interaction]) -> None:
    """Have open tasks speak for some of those that wait."""
    waiting = [
        touch for number, touch in enumerate(touches) if number % 3 and number % 11 != 5 and number % 7 != 4
    ]
    open_ones = select(Task).where(Task.done_at.is_(None), Task.interaction_id.is_(None), Task.kind == "mail")
    for touch, task in zip(waiting[::2], session.scalars(open_ones.limit(len(waiting))), strict=False):
        task.interaction_id, task.contact_id = touch.id, touch.contact_id
