"""What a message of a chat becomes: a touch in a conversation, and a task to answer it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import chats
from hub.channels import LiveChannel
from hub.events import ChatChanged, MessageEdited, MessageFate, MessageReacted, MessageReceived
from hub.journal import Inbound, Outcome
from hub.said import said

Heard = MessageReceived | MessageEdited | MessageReacted | MessageFate | ChatChanged


def take(session: Session, item: Inbound, channel: LiveChannel, event: Heard) -> Outcome:
    """Make records of what a messenger tells, and say what it became."""
    del session, item, channel, event
    return Outcome(said("nothing is made of %(kind)s yet", kind=chats.KIND))
