"""A campaign of the company's: to people who agreed, from a mailbox that leads to a sink, and the post of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_sending, campaign_tests, consents
from crm.campaigns import SCHEDULED, Campaign, CampaignContent
from crm.consents import Consent
from crm.contacts import MAIL
from crm.deliveries import Delivery
from crm.mailing_lists import MailingList
from hub.audit import RINGBACK
from hub.bulk_post import BulkPost
from hub.channels import Channel, Channels, add_channel
from hub.clock import now
from hub.db import Database, announce
from hub.rows import insert_many
from hub.timers import Due

OFFICE = "office@klarruta.example"
URL = "https://crm.klarruta.example"
HTML = "<html><body><p>Hej!</p><p>Fönster och dörrar till sommarens pris.</p></body></html>"


def write_campaign(
    session: Session, addresses: Collection[str], name: str = "Summer", **others: object
) -> Campaign:
    """Write a campaign to a list of its own, to which these have agreed."""
    of = MailingList(name=f"News of {name}", public=True, language="sv")
    channel = session.scalars(select(Channel).where(Channel.kind == "mail")).first()
    session.add(of)
    session.flush()
    campaign = Campaign(name=name, key=f"secret of {name}", list_id=of.id, channel_id=channel.id if channel else None,
                        sender_name="Klarruta", **others)  # fmt: skip
    session.add(campaign)
    session.flush()
    session.add(
        CampaignContent(
            campaign_id=campaign.id, subject="Sommar", html=HTML, text="Hej!\nFönster och dörrar."
        )
    )
    agree(session, campaign, addresses)
    return campaign


def look_at_test(session: Session, campaign: Campaign) -> None:
    """Have somebody of us get a test of what it says, and look at it."""
    campaign_tests.sent(session, RINGBACK, campaign, campaign_contents.letters(session, campaign.id), OFFICE)
    campaign_tests.looked_at(session, RINGBACK, campaign)


def agree(session: Session, campaign: Campaign, addresses: Collection[str]) -> None:
    """Have these agree to the list of a campaign."""
    line = {"list_id": campaign.list_id, "kind": MAIL, "state": consents.GIVEN, "source": "form"}
    insert_many(session, Consent, [{**line, "value": each} for each in addresses])


def add_mailbox(session: Session, port: int, **settings: object) -> Channel:
    """Have a mailbox that writes through a port of this machine."""
    given = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_tls": "none",
        "sent_folder": "",
        "address": OFFICE,
    }
    return add_channel(session, "post", "Office", "mail", {**given, **settings})


def begin(session: Session, campaign_id: int, at: datetime | None = None) -> None:
    """Have it begin, now or then, as if all that must hold did: how it leaves is another question than what it says."""
    campaign = session.get_one(Campaign, campaign_id)
    campaign.state, campaign.begins_at, campaign.next_at = SCHEDULED, at or now(), at or now()
    announce(session, Due(campaign_sending.TIMER, at or now()))


def begun(session: Session, addresses: Collection[str], port: int) -> Campaign:
    """Give a campaign that began, from a mailbox that writes through a port of this machine."""
    add_mailbox(session, port)
    campaign = write_campaign(session, addresses)
    begin(session, campaign.id)
    return campaign


def filled(session: Session, addresses: Collection[str]) -> Campaign:
    """Give a campaign that began, and whose copies wait."""
    campaign = begun(session, addresses, 9)
    assert not campaign_sending.prepare(session, campaign.id)
    return campaign


def states(session: Session, campaign_id: int) -> Mapping[str, int]:
    """Count its copies by what became of them."""
    counts = select(Delivery.state, func.count()).where(Delivery.campaign_id == campaign_id)
    return dict(iter(session.execute(counts.group_by(Delivery.state))))


@asynccontextmanager
async def posted(db: Database, folder: Path) -> AsyncIterator[BulkPost]:
    """Have the post of a hub at work."""
    channels = Channels(db, URL)
    await channels.load()
    post = BulkPost(db, channels, campaign_sending, folder, URL)
    running = asyncio.create_task(post.run())
    try:
        yield post
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await channels.close()
