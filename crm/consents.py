"""The ledger of consent: who agreed to be written to about what, and who took that back. It only grows.

What holds for an address and a list is its newest line. A line says when, where, in which words and from which network
address; an import says on which ground. Calls, forms, letters, chats and pages write into the same ledger.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.campaigns import Campaign
from crm.mailing_lists import MailingList
from hub.clock import now
from hub.db import Base

ASKED, GIVEN, WITHDRAWN = "asked", "given", "withdrawn"
"""`asked`: he said yes, and has still to confirm that the address is his (double opt-in)."""
CONSENT, CUSTOMER, CONTRACT = "consent", "customer", "contract"
"""Grounds: he agreed; he bought, and it is about the like; it belongs to what was agreed (no advertising)."""


class Consent(Base):
    """One line: for the list `list_id` a handle (`kind` and normalised `value`) came to `state`, on which `ground`.

    `source` is form, call, mail, chat, page, import, person or api; `place` the page, form, file or channel; `words`
    what was agreed to, as it was shown; `address` the network address it came from, "" where there was none.
    """

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey(MailingList.id))
    kind: Mapped[str]
    value: Mapped[str]
    state: Mapped[str]
    ground: Mapped[str] = mapped_column(default=CONSENT)
    source: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey(Campaign.id))
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        Index("ix_consents_handle", "kind", "value", "list_id", "id"),
        Index("ix_consents_list", "list_id", "kind", "value", "id"),
        Index("ix_consents_contact", "contact_id", "id"),
    )
