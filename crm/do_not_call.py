"""Who does not want to be called: said on the card, asked about before anybody calls him all the same.

The wish of a card that was merged goes with it, and comes back with it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.contacts import Contact
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.said import said
from hub.users import Viewer


class DoNotCall(Base):
    """A contact who does not want to be called: who wrote it down, and when."""

    __tablename__ = "do_not_call"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("contact_id"),)


def wish_of(session: Session, contact_id: int) -> DoNotCall | None:
    """Give the wish of a contact not to be called."""
    return session.scalar(select(DoNotCall).where(DoNotCall.contact_id == contact_id))


def note(session: Session, viewer: Viewer, contact: Contact) -> None:
    """Write down that he does not want to be called."""
    if wish_of(session, contact.id) is None:
        session.add(DoNotCall(contact_id=contact.id, by=viewer.user_id))
        audit.record(session, viewer, audit.CHANGED, "contact", contact.id,
                     words=said("does not want to be called"))  # fmt: skip


def forget(session: Session, viewer: Viewer, contact: Contact) -> None:
    """Take it back."""
    wish = wish_of(session, contact.id)
    if wish is not None:
        session.delete(wish)
        audit.record(session, viewer, audit.CHANGED, "contact", contact.id, words=said("may be called again"))
