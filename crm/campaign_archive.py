"""The archive of a list: campaigns that a manager put there, for everybody to read, without anything of anybody's.

What is filled in for a recipient stays as it is for somebody of whom we know nothing; its links are plain, and nothing
is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import campaign_contents, campaign_stencils, campaign_values
from crm.campaign_contents import KIND
from crm.campaign_news import changed
from crm.campaign_places import Holding
from crm.campaigns import MAIL, Campaign, CampaignContent
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.languages import _
from hub.said import said
from hub.users import Viewer

PATH = "/archive"
MOST = 200
"""Letters that a list shows, the newest ones."""


class ArchivedCampaign(Base):
    """A campaign that everybody may read, in the archive of a list."""

    __tablename__ = "archived_campaigns"

    campaign_id: Mapped[int] = mapped_column(ForeignKey(Campaign.id), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey(MailingList.id))
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (Index("ix_archived_campaigns_list", "list_id", "campaign_id"),)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A letter of an archive."""

    campaign_id: int
    subject: str
    about: str
    sent_at: datetime


def list_of(session: Session, campaign: Campaign) -> int | None:
    """Give the list in whose archive a campaign stands; None for none."""
    row = session.get(ArchivedCampaign, campaign.id)
    return row.list_id if row is not None else None


def put(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Have everybody read a campaign; Refusal where it was not sent, or is of no list."""
    if campaign.started_at is None:
        raise Refusal(_("Only what was sent can stand in the archive."))
    if campaign.list_id is None:
        raise Refusal(_("An archive is that of a list, and this campaign is of none."))
    if campaign.handle != MAIL:
        raise Refusal(_("Only letters stand in the archive."))
    if list_of(session, campaign) is None:
        session.add(ArchivedCampaign(campaign_id=campaign.id, list_id=campaign.list_id, by=viewer.user_id))
        _told(session, viewer, campaign, said("put into the public archive"))


def take_out(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Have nobody read it there any more."""
    row = session.get(ArchivedCampaign, campaign.id)
    if row is not None:
        session.delete(row)
        _told(session, viewer, campaign, said("taken out of the public archive"))


def letters(session: Session, list_id: int) -> Sequence[Shown]:
    """Give what stands in the archive of a list, the newest first."""
    wanted = (
        select(Campaign)
        .join(ArchivedCampaign, ArchivedCampaign.campaign_id == Campaign.id)
        .where(ArchivedCampaign.list_id == list_id)
        .order_by(Campaign.started_at.desc(), Campaign.id.desc())
        .limit(MOST)
    )
    rows = [(each, campaign_contents.chosen(session, each.id)) for each in session.scalars(wanted)]
    return [_shown(session, campaign, content) for campaign, content in rows if content is not None]


def html(session: Session, list_id: int, campaign_id: int, base: str) -> bytes | None:
    """Give a letter as everybody may read it; None where it does not stand in this archive."""
    row = session.get(ArchivedCampaign, campaign_id)
    content = campaign_contents.chosen(session, campaign_id)
    if row is None or row.list_id != list_id or content is None:
        return None
    campaign = session.get_one(Campaign, campaign_id)
    values = {**_values(session, campaign), "unsubscribe_url": address(base, list_id),
              "web_url": address(base, list_id, campaign_id)}  # fmt: skip
    return campaign_contents.stencils(content).html.fill(values)


def address(base: str, list_id: int, campaign_id: int | None = None) -> str:
    """Give the address of an archive, or of a letter in it."""
    found = f"{base.rstrip('/')}{PATH}/{list_id}"
    return found if campaign_id is None else f"{found}/letters/{campaign_id}"


def _shown(session: Session, campaign: Campaign, content: CampaignContent) -> Shown:
    values, holding = _values(session, campaign), Holding()
    about = holding.opened_text(holding.held(content.preheader))
    return Shown(
        campaign_id=campaign.id, subject=campaign_contents.stencils(content).subject.fill(values).decode(),
        about=campaign_stencils.fill(about, values, "header").decode(), sent_at=campaign.started_at or campaign.made_at,
    )  # fmt: skip


def _values(session: Session, campaign: Campaign) -> dict[str, str]:
    return campaign_values.common(session, campaign)


def _told(session: Session, viewer: Viewer, campaign: Campaign, words: str) -> None:
    audit.record(session, viewer, audit.CHANGED, KIND, campaign.id, words=words)
    changed(session, campaign)
