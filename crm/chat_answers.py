"""When a message of ours answers its chat: it does what crm/settling.py says, at once when a person wrote it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chats, settling
from crm.chat_sendings import ChatSending
from crm.conversations import Interaction
from crm.settling import Answered
from hub.languages import N_
from hub.users import Viewer

WORDS = N_("answered in the chat")


def answer(session: Session, viewer: Viewer, touch: Interaction, kept: ChatSending) -> Answered | None:
    """Tell a conversation that a message answered it; None where it did already, or the contact wrote again since."""
    if kept.answered_at is not None or touch.conversation_id is None:
        return None
    waiting = settling.waiting(session, touch, kept)
    if _wrote_since(session, touch):
        return None
    return settling.answer(session, viewer, touch, kept, waiting, WORDS)


def _wrote_since(session: Session, touch: Interaction) -> bool:
    """Tell whether the contact wrote again after a message of ours: nobody read that before."""
    newer = select(Interaction.id).where(
        Interaction.conversation_id == touch.conversation_id, Interaction.direction == "in",
        Interaction.kind == chats.KIND, Interaction.id > touch.id,
    )  # fmt: skip
    return session.scalar(newer.limit(1)) is not None
