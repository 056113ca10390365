"""Handles that must not be written to: on one list, or at all, and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.campaigns import Campaign
from crm.mailing_lists import MailingList
from hub.clock import now
from hub.db import Base, some
from hub.said import Sentence

UNSUBSCRIBED, COMPLAINED, BOUNCED, BY_HAND, IMPORTED = (
    "unsubscribed",
    "complained",
    "bounced",
    "by hand",
    "imported",
)


class Suppression(Base):
    """A handle, for a list or with `list_id` None for everything, until somebody lifts it.

    `reason` is one of the above, `words` what it followed from: the answer of a mail server, the note of a person.
    """

    __tablename__ = "suppressions"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    value: Mapped[str]
    list_id: Mapped[int | None] = mapped_column(ForeignKey(MailingList.id))
    reason: Mapped[str]
    words: Mapped[str] = mapped_column(Sentence, default="")
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey(Campaign.id))
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        some("ix_suppressions_handle", "kind", "value", "list_id", where="lifted_at IS NULL"),
        Index("ix_suppressions_at", "at", "id"),
    )
