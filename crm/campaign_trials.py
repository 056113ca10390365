"""Trials: some of those who get a campaign read one of two to four letters; all the others get the one that does best.

Who is asked, and which letter he gets, is drawn from his address under the campaign's secret: it is the same however
often the copies are made, and nobody can guess it. Copies of the others are there and wait, of no variant and with
no time, until one is chosen.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import copy_counts
from crm.campaigns import Campaign
from crm.copy_counts import CopyCount
from crm.deliveries import WAITING, Delivery
from hub.clock import now
from hub.db import Base, Document
from hub.sentence import Sentence

LETTERS = ("A", "B", "C", "D")
OPENED, CLICKED, ANSWERED, PERSON = "opened", "clicked", "answered", "person"
RULES = (CLICKED, OPENED, ANSWERED, PERSON)
BEST, ASK = "best", "ask"
"""What is done where the figures cannot tell which is better: the one that is ahead goes on, or a person is asked."""
SENT, LEFT, COMPLAINED, RETURNED = "sent", "left", "complained", "returned"
NOBODY = ""  # the variant of a copy that waits for the choice
Tallies = Mapping[str, Mapping[str, int]]
"""By variant: how many were sent, and of those opened, clicked, answered, left, complained, returned."""

_KINDS = {
    SENT: CopyCount.sent, OPENED: CopyCount.opened, CLICKED: CopyCount.clicked, ANSWERED: CopyCount.answered,
    LEFT: CopyCount.unsubscribed, COMPLAINED: CopyCount.complained, RETURNED: CopyCount.bounced,
}  # fmt: skip
_SIZE = 1 << 64


class CampaignTrial(Base):
    """The trial of a campaign: its `variants` ("A", "B" …), shown to `share` percent of those who get it.

    The choice is made by `rule`, `hours` after everybody asked was written to, or as soon as `enough` of them did what
    it counts; `unsure` says what happens where the figures cannot tell. `decides_at` is when; `decided_at` without a
    `winner` is since when a person is asked. `winner` was chosen by `decided_by` or (None) the rule, on the ground of
    `found` (Tallies), in words `why`.
    """

    __tablename__ = "campaign_trials"

    campaign_id: Mapped[int] = mapped_column(ForeignKey(Campaign.id), primary_key=True)
    variants: Mapped[list[str]] = mapped_column(Document)
    share: Mapped[int]
    rule: Mapped[str]
    hours: Mapped[int]
    enough: Mapped[int | None]
    unsure: Mapped[str] = mapped_column(default=BEST)
    decides_at: Mapped[datetime | None]
    winner: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    found: Mapped[dict[str, dict[str, int]]] = mapped_column(Document, default=dict)
    why: Mapped[str] = mapped_column(Sentence, default="")
    made_at: Mapped[datetime] = mapped_column(default=now)


def trial_of(session: Session, campaign_id: int, *, locked: bool = False) -> CampaignTrial | None:
    """Give the trial of a campaign; `locked`: nobody else chooses, or makes copies, meanwhile."""
    session.flush()
    return session.get(CampaignTrial, campaign_id, with_for_update=locked or None, populate_existing=locked)


def variants_of(session: Session, campaign_id: int) -> Sequence[str]:
    """Give the letters of a campaign that are sent: A alone where nothing is tried."""
    trial = trial_of(session, campaign_id)
    return trial.variants if trial is not None else LETTERS[:1]


def drawn(campaign: Campaign, trial: CampaignTrial, address: str) -> str:
    """Give the variant that an address gets, NOBODY where it waits for the choice."""
    if trial.winner:
        return trial.winner
    digest = hmac.digest(campaign.key.encode(), f"trial {campaign.id} {address}".encode(), sha256)
    asked, which = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")
    if asked * 100 >= trial.share * _SIZE:
        return NOBODY
    return trial.variants[which * len(trial.variants) // _SIZE]


def counts(campaign: Campaign, rule: str) -> bool:
    """Tell whether a campaign counts what a rule decides by."""
    return {OPENED: campaign.counts_opens, CLICKED: campaign.counts_clicks}.get(rule, True)


def kept_back(campaign_id: int) -> tuple[ColumnElement[bool], ...]:
    """Name the copies that wait for the choice."""
    of_it = (Delivery.campaign_id == campaign_id, Delivery.state == WAITING)
    return (*of_it, Delivery.due_at.is_(None), Delivery.ours_at.is_(None))


def are_kept_back(session: Session, campaign_id: int) -> bool:
    """Tell whether any copy waits for the choice."""
    return session.scalar(select(Delivery.id).where(*kept_back(campaign_id)).limit(1)) is not None


def tallies(session: Session, campaign: Campaign) -> Tallies:
    """Count what became of the copies of each variant; the one place that says what counts."""
    counts = select(CopyCount.variant, *map(copy_counts.total, _KINDS.values())).where(
        CopyCount.campaign_id == campaign.id, CopyCount.sent
    )
    found = session.execute(counts.group_by(CopyCount.variant).order_by(CopyCount.variant))
    return {
        variant: dict(zip(_KINDS, map(int, numbers), strict=True)) for variant, *numbers in found
        if variant and numbers[0]
    }  # fmt: skip
