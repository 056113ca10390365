"""Whether a conversation follows up what it quotes: a person says so once, and may take it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm.conversations import Conversation
from crm.desk import Refusal
from crm.regroupings import Regrouping, put_together, write
from hub.clock import now
from hub.languages import _
from hub.said import said
from hub.users import Viewer


def join(session: Session, viewer: Viewer, conversation: Conversation) -> Regrouping:
    """Make it a part of the one that it quotes, whoever wrote it."""
    into = quoted(session, conversation)
    if into is None:
        raise Refusal(_("It was decided already whether this follows up something else"))
    return put_together(session, viewer, conversation, into)


def keep_apart(session: Session, viewer: Viewer, conversation: Conversation) -> None:
    """Say that it follows up nothing."""
    _decide(session, viewer, conversation, now(), said("kept apart from what it quotes"))


def ask_again(session: Session, viewer: Viewer, conversation: Conversation) -> None:
    """Take back that it was kept apart."""
    _decide(session, viewer, conversation, None, said("may follow up what it quotes after all"))


def quoted(session: Session, conversation: Conversation) -> Conversation | None:
    """Give what a conversation may follow up, as long as nobody has said whether it does."""
    if conversation.quotes_id is None or conversation.apart_at is not None:
        return None
    found = session.get(Conversation, conversation.quotes_id)
    while found is not None and found.merged_into_id is not None:
        found = session.get(Conversation, found.merged_into_id)
    return found if found is not None and found.id != conversation.id else None


def _decide(
    session: Session, viewer: Viewer, conversation: Conversation, at: datetime | None, words: str
) -> None:
    if conversation.quotes_id is None:
        raise Refusal(_("It quotes nothing that we know"))
    conversation.apart_at = at
    write(session, viewer, conversation, words)
