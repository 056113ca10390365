"""Campaigns: mailings to many, what they say, to whom, by which mailbox, and how far they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.mailing_lists import MailingList
from hub.clock import now
from hub.db import Base, Document, some
from hub.said import said
from hub.sentence import Sentence

MAIL = "mail"
"""The kind of handles that letters go to; a campaign by a messenger goes to those of another kind."""
SENDING = "campaigns"
"""The timer by which they go on."""
TEMPLATE = "template"
"""It is never sent: what it says is what others begin with."""
DRAFT, SCHEDULED, RUNNING, PAUSED, DONE, CANCELLED = (
    "draft",
    "scheduled",
    "running",
    "paused",
    "done",
    "cancelled",
)


class Campaign(Base):
    """One mailing. It is written on the ground of `list_id`, to those of `segments` who are in none of `without`.

    `segments` and `without` are ids; without segments it goes to the whole list. `frozen`: who gets it is settled when
    it begins; else whoever comes to fit until its end gets it too. `pace` holds what slows it: see crm/paces.py.
    `paused_why` says in words why it stands, `next_at` is when it goes on by itself or begins, `filled_to` up to which
    line of the ledger its copies are made, None once all are. `channel_id` is the mailbox or the messenger that it is
    written from, `handle` the kind of handles that it goes to by that way, `key` the secret of its tokens. One with a
    `sequence_id` is a letter of that sequence: its copies are made one by one, as people come to it, and it never ends.
    """

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str]
    state: Mapped[str] = mapped_column(default=DRAFT)
    list_id: Mapped[int | None] = mapped_column(ForeignKey(MailingList.id))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    handle: Mapped[str] = mapped_column(default=MAIL)
    segments: Mapped[list[int]] = mapped_column(Document, default=list)
    without: Mapped[list[int]] = mapped_column(Document, default=list)
    frozen: Mapped[bool] = mapped_column(default=True)
    sender_name: Mapped[str] = mapped_column(default="")
    counts_opens: Mapped[bool] = mapped_column(default=False)
    counts_clicks: Mapped[bool] = mapped_column(default=True)
    pace: Mapped[dict[str, object]] = mapped_column(Document, default=dict)
    paused_why: Mapped[str] = mapped_column(Sentence, default="")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    begins_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    filled_to: Mapped[int | None]
    started_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    tested_at: Mapped[datetime | None]
    tested_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sequence_id: Mapped[int | None] = mapped_column(ForeignKey("sequences.id"), index=True)

    __table_args__ = (
        Index("ix_campaigns_state", "state", "id"),
        some("ix_campaigns_next", "next_at", where="next_at IS NOT NULL"),
    )


def unplanned(campaign: Campaign) -> None:
    """Have a campaign whose beginning was settled be a draft again: what was looked at is not what it is now."""
    if campaign.state == SCHEDULED:
        campaign.state, campaign.begins_at, campaign.next_at = DRAFT, None, None
        campaign.paused_why = said("It was changed after its beginning was settled, so it is a draft again.")


class CampaignContent(Base):
    """What a campaign says, from then on; of a test of two, one for each `variant` (A, B).

    `blocks` are those of the editor (crm/campaign_blocks.py), `html` and `text` what was made of them, with the places
    of personal values still open: a version that was sent is never changed. What goes by a messenger is a `message`
    instead (crm/campaign_messages.py), None in a letter. `test_at` is when a test of it was sent last, `test_to` to
    whom of us.
    """

    __tablename__ = "campaign_contents"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    variant: Mapped[str] = mapped_column(default="A")
    version: Mapped[int] = mapped_column(default=1)
    subject: Mapped[str] = mapped_column(default="")
    preheader: Mapped[str] = mapped_column(default="")
    blocks: Mapped[list[dict[str, object]]] = mapped_column(Document, default=list)
    html: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    message: Mapped[dict[str, object] | None] = mapped_column(Document)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    test_at: Mapped[datetime | None]
    test_to: Mapped[str | None]

    __table_args__ = (UniqueConstraint("campaign_id", "variant", "version"),)
