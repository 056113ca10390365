"""Conversations of somebody in which nothing is to do: they go along when his work is handed over.

They go with their contact; once he has nothing else, or has left, the rest go to whom most of it went.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import inbox
from crm.conversations import Conversation, Interaction
from crm.tasks import Task
from hub.said import said
from hub.users import User, Viewer


def quiet(session: Session, user_id: int) -> Sequence[Conversation]:
    """Give those that are somebody's, not closed, and without a task that is open."""
    to_do = (
        select(Task.id)
        .join(Interaction, Interaction.id == Task.interaction_id)
        .where(Interaction.conversation_id == Conversation.id, Task.done_at.is_(None))
    )
    his = select(Conversation).where(
        Conversation.assignee_id == user_id, Conversation.closed_at.is_(None), ~to_do.exists()
    )
    return session.scalars(his.order_by(Conversation.id)).all()


def goals(
    conversations: Sequence[Conversation],
    chosen: Mapping[int, str],
    contacts: Mapping[int, str],
    went: Sequence[str],
    *,
    everything: bool,
) -> list[tuple[Conversation, str]]:
    """Say which go, and whither.

    `chosen` is where some of them are to go, `contacts` where those went that went, `went` where each record did.
    """
    rest = Counter(went).most_common(1)[0][0] if everything and went else ""
    wanted = [(each, chosen.get(each.id) or contacts.get(each.contact_id, rest)) for each in conversations]
    return [(each, to) for each, to in wanted if to]


def bring_back(
    session: Session, viewer: Viewer, giver: User, conversation_id: int, whose: tuple[int | None, int | None]
) -> str:
    """Give one back that is still with this person and department; else say why it stays."""
    found = session.get(Conversation, conversation_id, with_for_update=True)
    if found is None or found.closed_at is not None:
        return said("is done")
    if (found.assignee_id, found.department_id) != whose:
        return said("went on to somebody else")
    inbox.assign(session, viewer, found, f"user:{giver.id}", said("a hand-over was taken back"))
    return ""
