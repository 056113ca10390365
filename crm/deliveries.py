"""Deliveries: one recipient's copy of a campaign and its fate. These rows are the only truth about what was sent.

A copy is claimed before its first byte leaves. Killed in between, those of which no final dot was written wait again,
and of the others nobody knows: they are `unknown`, and a person decides.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.addresses import ABOUT
from crm.campaigns import Campaign, CampaignContent
from hub import outbox
from hub.clock import now
from hub.db import Base, some
from hub.outbox import Outgoing
from hub.sentence import Sentence

WAITING, CLAIMED, SENT, REFUSED, UNKNOWN, LEFT_OUT = (
    "waiting",
    "claimed",
    "sent",
    "refused",
    "unknown",
    "left out",
)


FATES = ("bounced", "answered", "unsubscribed", "complained")
"""What may become known of a copy, of few: each has its moment, `bounced_at`."""

LEFT = "left"
"""The code of an unknown copy that a person left as it is."""


class Delivery(Base):
    """One copy. `address` is where it goes, `domain` its receiving one; `why` says why it was refused or left out.

    `due_at` is when it may go (waiting, or to be tried again after `tries`), `lease` who claimed it until
    `leased_until`; `dotted`: the final dot may have left. By a messenger it is claimed as long as the command that
    sends it, `outgoing_id`, is in the outbox. `code` and `why` are the server's last answer. `ours_at` is when it was
    refused first for what we are: it waits then for a person, without `due_at`. The moments at the end are when more
    of its fate became known.
    """

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey(Campaign.id))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    address: Mapped[str]
    domain: Mapped[str]
    variant: Mapped[str] = mapped_column(default="A")
    content_id: Mapped[int | None] = mapped_column(ForeignKey(CampaignContent.id))
    state: Mapped[str] = mapped_column(default=WAITING)
    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    dotted: Mapped[bool] = mapped_column(default=False)
    outgoing_id: Mapped[int | None] = mapped_column(ForeignKey(Outgoing.id))
    sent_at: Mapped[datetime | None]
    code: Mapped[str] = mapped_column(default="")
    why: Mapped[str] = mapped_column(Sentence, default="")
    ours_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    clicked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    complained_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("campaign_id", "address"),
        some("ix_deliveries_waiting", "campaign_id", "due_at", "id", where="state = 'waiting'"),
        some("ix_deliveries_claimed", "leased_until", "id", where="state = 'claimed'"),
        Index("ix_deliveries_state", "campaign_id", "state", "id"),
        some("ix_deliveries_outgoing", "outgoing_id", where="outgoing_id IS NOT NULL"),
        Index("ix_deliveries_contact", "contact_id", "id"),
        some("ix_deliveries_reason", "campaign_id", "code", "id", where="bounced_at IS NOT NULL"),
        some("ix_deliveries_ours", "campaign_id", "id", where="ours_at IS NOT NULL"),
        Index("ix_deliveries_address", "address", "id"),
        *(
            some(f"ix_deliveries_{fate}", "campaign_id", "id", where=f"{fate}_at IS NOT NULL")
            for fate in ("opened", "clicked", *FATES)
        ),
        {"info": {ABOUT: "address"}},
    )


def recall(session: Session, *which: ColumnElement[bool]) -> None:
    """Have copies wait again that have not left. Of one that is just being tried nothing is tried again."""
    outbox.end_soon(session, hold(session, *which))


def hold(session: Session, *which: ColumnElement[bool]) -> list[int]:
    """Have copies wait again of which the outbox has begun nothing: by a messenger they have not left then.

    Give the commands of the others: those are just being tried.
    """
    wanted = select(Delivery.outgoing_id).where(
        Delivery.state == CLAIMED, Delivery.outgoing_id.is_not(None), *which
    )
    session.flush()
    commands = [each for each in session.scalars(wanted) if each is not None]
    ids = outbox.untried(session, commands)
    if ids:
        again = {"state": WAITING, "outgoing_id": None, "due_at": now(), "tries": Delivery.tries - 1}
        session.execute(update(Delivery).where(Delivery.outgoing_id.in_(ids)).values(again))
        outbox.drop(session, ids)
    return [each for each in commands if each not in ids]


def fail(session: Session, outgoing_id: int | None, at: datetime, why: str, cause: str = "") -> None:
    """Say of a copy that its messenger took it and could not deliver it; `cause` as in hub/troubles.py."""
    session.execute(
        update(Delivery).where(Delivery.outgoing_id == outgoing_id, Delivery.state == SENT)
        .values(state=REFUSED, bounced_at=at, code=cause or LOST, why=why)
    )  # fmt: skip


LOST = "lost"
"""The code of a copy that a messenger took and could not deliver."""
UNDECIDED = and_(Delivery.state == UNKNOWN, Delivery.code != LEFT)
"""A copy of which nobody knows, and on which nobody has decided."""
