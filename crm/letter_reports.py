"""What mail servers report of letters of ours: that one was delivered, is delayed, or came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import addresses
from crm.letters import Letter
from crm.sendings import Sending
from hub.clock import now
from hub.db import Base
from hub.letters import Bounce, LetterReceived

BOUNCE, DELAY, DELIVERED, COMPLAINT = "bounce", "delay", "delivered", "complaint"
KINDS = frozenset({BOUNCE, DELAY, DELIVERED, COMPLAINT})
WHY = 300  # letters of what a mail server says
MOST = 100  # recipients of one report


class LetterReport(Base):
    """What became of one letter of ours on its way to one recipient, a handle. `words` are the mail server's.

    `hard`: there is no such mailbox.
    """

    __tablename__ = "letter_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), index=True)
    kind: Mapped[str]
    recipient: Mapped[str]
    hard: Mapped[bool]
    words: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (Index("ix_letter_reports_recipient", "recipient", "id"),)


def note(session: Session, event: LetterReceived) -> list[LetterReport]:
    """Write down what a report tells of letters of ours, and give that; a report of others' letters gives nothing."""
    made = []
    for bounce in event.bounces[:MOST] if event.kind in KINDS else ():
        touch_id = _of(session, bounce.original_message_id)
        if touch_id is not None:
            made.append(LetterReport(
                interaction_id=touch_id, kind=event.kind, recipient=handle(bounce.recipient),
                hard=bounce.hard and not bounce.policy, words=_words(bounce),
            ))  # fmt: skip
    session.add_all(made)
    session.flush()
    return made


def reports_of(session: Session, interaction_ids: Sequence[int]) -> dict[int, list[LetterReport]]:
    """Give what was reported of several letters, oldest first."""
    found: dict[int, list[LetterReport]] = {each: [] for each in interaction_ids}
    rows = select(LetterReport).where(LetterReport.interaction_id.in_(found)).order_by(LetterReport.id)
    for row in session.scalars(rows) if found else ():
        found[row.interaction_id].append(row)
    return found


def gone(session: Session, recipients: Sequence[str]) -> list[str]:
    """Give those of these addresses of which a mail server said last that there is no such mailbox."""
    return [each for each in recipients if _is_gone(session, handle(each))]


def handle(address: str) -> str:
    """Give an address in the spelling under which it is kept."""
    found = addresses.read(address)
    return found.handle if found else address.strip().lower()


def _is_gone(session: Session, recipient: str) -> bool:
    told = select(LetterReport).where(
        LetterReport.recipient == recipient, LetterReport.kind.in_((BOUNCE, DELIVERED))
    )
    last = session.scalar(told.order_by(LetterReport.id.desc()).limit(1))
    return last is not None and last.kind == BOUNCE and last.hard


def _of(session: Session, message_id: str) -> int | None:
    if not message_id:
        return None
    ours = select(Letter.interaction_id).join(Sending, Sending.interaction_id == Letter.interaction_id)
    return session.scalar(ours.where(Letter.message_id == message_id).limit(1))


def _words(bounce: Bounce) -> str:
    return " ".join((bounce.diagnostic or bounce.status).split())[:WHY]
