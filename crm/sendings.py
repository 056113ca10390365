"""Letters of ours on their way: each beside its interaction, with the command that sends it and what it answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, cast

import msgspec
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.answers import Answer
from hub import rests
from hub.db import Base, Document
from hub.events import Command
from hub.letters import Address, Calendar, Enclosure, SendLetter
from hub.outbox import Outgoing
from hub.shapes import convert

How = Literal["new", "reply", "all", "forward"]


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A letter as somebody wrote it. `body` has light marks, `about` is the interaction that it answers or passes on.

    `quotes`: that one stands below it. `calendar` is a date that goes along. It leaves `at` a moment, None: as soon as
    it cannot be taken back any more.
    """

    contact_id: int
    channel_id: int
    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    blind: tuple[Address, ...] = ()
    subject: str = ""
    body: str = ""
    how: How = "new"
    about: int | None = None
    conversation_id: int | None = None
    quotes: bool = False
    files: tuple[Enclosure, ...] = ()
    at: datetime | None = None
    automatic: bool = False
    calendar: Calendar | None = None


class Sending(Answer, Base):
    """How a letter of ours leaves. `wanted` is as it was written, so that it can be a draft again."""

    __tablename__ = "sendings"

    outgoing_id: Mapped[int] = mapped_column(ForeignKey(Outgoing.id), unique=True)
    wanted: Mapped[dict[str, object]] = mapped_column(Document)

    @property
    def letter(self) -> Wanted:
        """As it was written."""
        return convert(self.wanted, Wanted)


class Sent(NamedTuple):
    """A letter on its way and its command; `rests` send it to those who could not have it with the others."""

    sending: Sending
    outgoing: Outgoing
    rests: Sequence[Outgoing] = ()

    @property
    def missing(self) -> list[Outgoing]:
        """What did not leave, or has not yet, though the rest of it did."""
        return [row for row in self.rests if row.done_at is None]


def add(session: Session, interaction_id: int, outgoing_id: int, wanted: Wanted) -> Sending:
    """Write down that a letter is to leave."""
    plain = cast("dict[str, object]", msgspec.to_builtins(wanted))
    made = Sending(interaction_id=interaction_id, outgoing_id=outgoing_id, wanted=plain, closed=[], met=[])
    session.add(made)
    session.flush()
    return made


def sent(session: Session, interaction_ids: Sequence[int]) -> dict[int, Sent]:
    """Give those of these interactions that are letters of ours, with their commands."""
    rows = select(Sending, Outgoing).join(Outgoing, Outgoing.id == Sending.outgoing_id).where(
        Sending.interaction_id.in_(interaction_ids)
    )  # fmt: skip
    found = session.execute(rows).all() if interaction_ids else ()
    left = rests.rests_of(
        session, [outgoing.id for _sending, outgoing in found if outgoing.done_at is not None]
    )
    return {
        sending.interaction_id: Sent(sending, outgoing, _letters(left.get(outgoing.id, ())))
        for sending, outgoing in found
    }


def locked(session: Session, interaction_id: int) -> Sent | None:
    """Give one with its command locked: nobody sends it meanwhile."""
    sending = session.get(Sending, interaction_id)
    if sending is None:
        return None
    # Of two who take it back at once, the second finds nothing.
    outgoing = session.get(Outgoing, sending.outgoing_id, with_for_update=True, populate_existing=True)
    if outgoing is None:
        return None
    return Sent(sending, outgoing, _letters(rests.rests_of(session, [outgoing.id], lock=True)[outgoing.id]))


def _letters(rows: Sequence[Outgoing]) -> list[Outgoing]:
    """Leave out copies for our own folder."""
    return [row for row in rows if letter(row) is not None]


def letter(row: Outgoing) -> SendLetter | None:
    """Give the letter that a command sends, None where it does something else."""
    command = convert(row.command, Command)
    return command if isinstance(command, SendLetter) else None
