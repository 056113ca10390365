"""Threads: which conversation a letter goes on with.

It names an earlier letter of that conversation, and whoever wrote it has a part in it: anybody can quote a letter
that he once saw, and would be shown on somebody else's card.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm import addresses, contacts
from crm.contacts import MAIL
from crm.conversations import Conversation, Interaction
from crm.letters import KIND, Letter
from hub.channels import Channel
from hub.letters import LetterReceived
from hub.users import User

FORGED = "fail"  # what DMARC says of a letter that only claims to be from somebody (RFC 7489)


class Thread(NamedTuple):
    """What a letter goes on with: `conversation` is None for a new one, which may yet belong to `quoted`.

    `ours`: one of us wrote it, not the customer.
    """

    conversation: Conversation | None = None
    ours: bool = False
    quoted: Conversation | None = None


def thread_of(session: Session, event: LetterReceived) -> Thread:
    """Find what a letter goes on with. What is passed on begins something new, whatever it quotes."""
    named = conversations_of(session, (event.in_reply_to, *reversed(event.references)))
    if not named:
        return Thread()
    if event.forwarded:
        return Thread(quoted=named[0])
    writer = handle_of(event)
    for conversation in named:
        if _is_of(session, writer, conversation):
            return Thread(conversation)
    if event.verdicts.dmarc != FORGED and is_ours(session, writer):
        return Thread(named[0], ours=True)
    return Thread(quoted=named[0])


def conversations_of(session: Session, message_ids: Sequence[str]) -> list[Conversation]:
    """Give the conversations in which letters with these Message-IDs stand, those of the first ones first."""
    wanted = list(dict.fromkeys(filter(None, message_ids)))
    rows = session.execute(_NAMED, {"ids": wanted}).all() if wanted else ()
    in_order = sorted(rows, key=lambda row: wanted.index(row[0]))
    return list(dict.fromkeys(conversation for _message_id, conversation in in_order))


_NAMED = (
    select(Letter.message_id, Conversation)
    .join(Interaction, Interaction.id == Letter.interaction_id)
    .join(Conversation, Conversation.id == Interaction.conversation_id)
    .where(Letter.message_id.in_(bindparam("ids", expanding=True)))
    .order_by(Letter.interaction_id)
)


def handle_of(event: LetterReceived) -> str:
    """Give the address of who wrote it as a handle, "" where it names none that can be one."""
    found = addresses.read(event.sender.address) if event.sender else None
    return found.handle if found else ""


def is_ours(session: Session, handle: str) -> bool:
    """Tell whether this is the address of a mailbox of ours, or of a colleague who is still here."""
    if not handle:
        return False
    colleague = select(User.id).where(User.email == handle, User.disabled_at.is_(None))
    if session.scalar(colleague.limit(1)) is not None:
        return True
    boxes = session.scalars(select(Channel.settings).where(Channel.kind == KIND))
    return handle in {str(settings.get("address", "")).strip().lower() for settings in boxes}


def _is_of(session: Session, handle: str, conversation: Conversation) -> bool:
    """Tell whether this is an address of the one with whom we have a conversation, or of who wrote in it by now."""
    found = contacts.find(session, MAIL, handle) if handle else None
    if found is None or found == conversation.contact_id:
        return found is not None
    wrote = select(Interaction.id).where(
        Interaction.conversation_id == conversation.id, Interaction.contact_id == found,
        Interaction.direction == "in",
    )  # fmt: skip
    return session.scalar(wrote.limit(1)) is not None
