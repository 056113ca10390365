"""Where a conversation is answered, below what was written: the button for it, and drafts that were begun."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from crm import letter_drafts
from crm.contacts import Contact
from crm.conversations import Conversation
from crm.web.answer_box import AnswerBox, Choice, box_of
from crm.web.composer import Begun, begun
from crm.web.events import Event
from hub.users import Viewer


class Writing(msgspec.Struct, frozen=True):
    """The values of _inbox_writing.html. An answer to `about` is begun by a POST at `at`, "" where none can be.

    In a chat it is answered at once, where `answer` says; else its contact may be written to in `chats` as well. `card`
    is the contact's, "" where this viewer does not see it; `drafts` are his own in this conversation.
    """

    id: int
    at: str
    about: str
    card: str
    drafts: Sequence[Begun]
    answer: AnswerBox | None = None
    chats: Sequence[Choice] = ()


def writing_of(
    session: Session, viewer: Viewer, conversation: Conversation, events: Sequence[Event], card: str
) -> Writing:
    """Say how a conversation can be answered: the latest of its touches that can be."""
    last = next((event for event in reversed(events) if event.answers), None)
    his = {each.id for each in letter_drafts.drafts_of(session, viewer.user_id, conversation.contact_id)
           if each.conversation_id == conversation.id}  # fmt: skip
    drafts = [each for each in begun(session, viewer, conversation.contact_id) if each.id in his]
    box = box_of(session, viewer, session.get_one(Contact, conversation.contact_id)) if card else None
    is_chat = any(event.talk for event in events)
    return Writing(
        conversation.id,
        last.answers if last and card else "",
        last.id if last else "",
        card,
        drafts if card else (),
        box if is_chat else None,
        box.choices if box else (),
    )
