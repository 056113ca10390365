"""Letters that no person wrote to be answered: automatic answers, reports of mail servers, wishes to unsubscribe.

They are kept where it is known whom they are about. They never open anything, ask for nothing and meet nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import letter_threads, letter_writers
from crm.contacts import Contact
from crm.conversations import Conversation
from crm.setup import Setup
from hub.languages import N_
from hub.letters import LetterReceived
from hub.said import said

REPORTS = frozenset({"bounce", "delay", "delivered", "complaint"})
KINDS = REPORTS | {"autoreply", "unsubscribe"}
WORDS: Mapping[str, str] = {
    "autoreply": N_("An automatic answer."),
    "unsubscribe": N_("Wishes to get no more of these letters."),
    "list": N_("Sent to a list by a machine."),
}
TOLD: Mapping[str, str] = {
    "bounce": N_("Could not be delivered to %(recipient)s."),
    "delay": N_("Is delayed on its way to %(recipient)s."),
    "delivered": N_("Was delivered to %(recipient)s."),
    "complaint": N_("%(recipient)s complains of it."),
}
WHY = 300  # letters of what a mail server says …
MOST = 5  # … of so many recipients


class Place(NamedTuple):
    """Where a letter is kept; without a conversation it stands on the card alone."""

    contact: Contact
    conversation: Conversation | None = None


def is_automatic(event: LetterReceived) -> bool:
    """Tell whether nobody expects an answer to a letter."""
    return event.kind in KINDS or (event.kind == "list" and event.automatic)


def place_of(session: Session, event: LetterReceived, state: Setup) -> Place | None:
    """Find whom it is about; None where nobody is known."""
    if event.kind in REPORTS:
        return _reported(session, event, state)
    thread = letter_threads.thread_of(session, event)
    if thread.conversation is not None and not thread.ours:
        return Place(session.get_one(Contact, thread.conversation.contact_id), thread.conversation)
    known = letter_writers.known_writer(session, event.sender.address if event.sender else "", state)
    return Place(known) if known else None


def remarks(event: LetterReceived) -> tuple[str, ...]:
    """Tell what it is, and of a report what mail servers say."""
    if event.kind not in TOLD:
        return (said(WORDS[event.kind]),)
    told: list[str] = []
    for bounce in event.bounces[:MOST]:
        told.append(said(TOLD[event.kind], recipient=bounce.recipient or "?"))
        told += [" ".join(bounce.diagnostic.split())[:WHY]] if bounce.diagnostic else []
    return tuple(told)


def _reported(session: Session, event: LetterReceived, state: Setup) -> Place | None:
    """Find the letter that a report is about; where that is not known, its recipient."""
    named = letter_threads.conversations_of(session, [each.original_message_id for each in event.bounces])
    if named:
        return Place(session.get_one(Contact, named[0].contact_id), named[0])
    for bounce in event.bounces:
        known = letter_writers.known_writer(session, bounce.recipient, state)
        if known is not None:
            return Place(known)
    return None
