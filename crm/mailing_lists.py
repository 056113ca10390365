"""Mailing lists: what somebody may agree to be written about, in the words that he is asked with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.db import Base


class MailingList(Base):
    """A topic: "News for architects", monthly. `words` are what somebody agrees to, shown where he is asked.

    `confirms`: an address counts only once whoever reads it has confirmed that (double opt-in). `language` is that of
    its pages and letters. A `public` one stands on the preference page of everybody.
    """

    __tablename__ = "mailing_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    about: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    confirms: Mapped[bool] = mapped_column(default=True)
    public: Mapped[bool] = mapped_column(default=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    retired_at: Mapped[datetime | None]


def mailing_lists(session: Session) -> Sequence[MailingList]:
    """Give those that are in use, by name."""
    wanted = select(MailingList).where(MailingList.retired_at.is_(None)).order_by(MailingList.name)
    return session.scalars(wanted).all()
