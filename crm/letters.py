"""Letters: what of a mail does not fit on an interaction, and how the letters of a thread find each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import ForeignKey, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.conversations import Interaction
from hub.channels import Channel
from hub.db import Base, Document
from hub.letters import Address, LetterReceived
from hub.rows import insert

KIND = "mail"

People = list[dict[str, str]]


class Letter(Base):
    """A letter that came or left, beside its interaction, which has the new part of it.

    Addresses are `{"name", "address"}`. `references` are Message-IDs, oldest first; `verdicts` what our server
    found out about the sender, `bounces` what is reported of recipients, `invitation` a date that is proposed.
    `text` is all that was written. `html` is a stranger's, and never shown as it is.
    """

    __tablename__ = "letters"

    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(index=True)
    in_reply_to: Mapped[str]
    references: Mapped[list[str]] = mapped_column(Document)
    kind: Mapped[str]
    automatic: Mapped[bool]
    sender_name: Mapped[str]
    sender: Mapped[str]
    to: Mapped[People] = mapped_column(Document)
    cc: Mapped[People] = mapped_column(Document)
    reply_to: Mapped[People] = mapped_column(Document)
    subject: Mapped[str]
    sent_at: Mapped[datetime | None]
    list_id: Mapped[str]
    verdicts: Mapped[dict[str, str]] = mapped_column(Document)
    bounces: Mapped[list[dict[str, object]]] = mapped_column(Document)
    invitation: Mapped[dict[str, object] | None] = mapped_column(Document)
    text: Mapped[str]
    html: Mapped[str] = mapped_column(deferred=True)


def keep(session: Session, interaction_id: int, event: LetterReceived) -> None:
    """Keep what a letter says."""
    insert(session, Letter, interaction_id=interaction_id, **_values(event))


def keep_anew(session: Session, interaction_id: int, event: LetterReceived) -> None:
    """Keep what a letter says by now, read again."""
    letter = session.get(Letter, interaction_id)
    for name, value in _values(event).items() if letter else ():
        setattr(letter, name, value)


def find(session: Session, key: str) -> Interaction | None:
    """Find what a letter became, whichever mailbox it came to."""
    found = session.connection().execute(_FIND, {"key": key}).scalar()
    return session.get_one(Interaction, found) if found is not None else None


_BOXES = select(Channel.id).where(Channel.kind == KIND)
_FIND = (
    select(Interaction.__table__.c.id)
    .where(Interaction.channel_id.in_(_BOXES), Interaction.key == bindparam("key"))
    .order_by(Interaction.id)
    .limit(1)
)


def letters_of(session: Session, interaction_ids: Sequence[int]) -> dict[int, Letter]:
    """Give the letters that these interactions are."""
    rows = select(Letter).where(Letter.interaction_id.in_(interaction_ids))
    return {row.interaction_id: row for row in session.scalars(rows)} if interaction_ids else {}


def _values(event: LetterReceived) -> dict[str, object]:
    sender = event.sender or Address("", "")
    return {
        "message_id": event.message_id, "in_reply_to": event.in_reply_to, "references": list(event.references),
        "kind": event.kind, "automatic": event.automatic, "sender_name": sender.name, "sender": sender.address,
        "to": _plain(event.to), "cc": _plain(event.cc), "reply_to": _plain(event.reply_to),
        "subject": event.subject, "sent_at": event.sent_at, "list_id": event.list_id,
        "verdicts": _plain(event.verdicts), "bounces": _plain(event.bounces),
        "invitation": _plain(event.invitation), "text": event.text, "html": event.html,
    }  # fmt: skip


def _plain(value: object) -> object:
    return cast("object", msgspec.to_builtins(value))
