"""When a letter of ours answers: it does what crm/settling.py says.

It counts from when it was written, unless it shall leave later: then from when it left. One that was taken back or
could not leave answered nothing.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, letter_people, settling
from crm.conversations import Interaction
from crm.letters import Letter
from crm.sendings import Sending
from crm.settling import Answered
from hub.languages import N_
from hub.users import Viewer

PEOPLES = ("person", "list", "form")  # kinds of letters that somebody wrote
WORDS = N_("answered by letter")


def answer(session: Session, viewer: Viewer, touch: Interaction, sending: Sending) -> Answered | None:
    """Tell a conversation that a letter answered it: the one place where that is said.

    None where it answers nobody: it goes to somebody else than the contact, a machine wrote it, or what waits came
    only after it was written.
    """
    if (
        sending.answered_at is not None
        or touch.conversation_id is None
        or not _reaches(session, touch, sending)
    ):
        return None
    waiting = settling.waiting(session, touch, sending)
    if _wrote_since(session, touch):
        return None
    return settling.answer(session, viewer, touch, sending, waiting, WORDS)


def _reaches(session: Session, touch: Interaction, sending: Sending) -> bool:
    letter, wanted = session.get_one(Letter, touch.id), sending.letter
    his = {each.value for each in contacts.handles_of(session, [touch.contact_id])[touch.contact_id]}
    return not letter.automatic and not his.isdisjoint(letter_people.handles([*wanted.to, *wanted.cc]))


def _wrote_since(session: Session, touch: Interaction) -> bool:
    """Tell whether the contact wrote again after a letter of ours was written: nobody read that before."""
    newer = select(Interaction.id).join(Letter, Letter.interaction_id == Interaction.id).where(
        Interaction.conversation_id == touch.conversation_id, Interaction.direction == "in",
        Interaction.at > touch.at, Letter.kind.in_(PEOPLES), Letter.automatic.is_(False),
    )  # fmt: skip
    return session.scalar(newer.limit(1)) is not None
