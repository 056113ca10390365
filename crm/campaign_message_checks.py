"""What must hold before a campaign goes by a messenger, beside what holds for a letter as well."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import campaign_message_faults, campaign_messages, campaign_ways
from crm.campaign_duties import Check
from crm.campaign_messages import Message
from crm.campaigns import Campaign, CampaignContent
from hub.channels import Channel
from hub.said import said


def checks(session: Session, campaign: Campaign, content: CampaignContent | None) -> list[Check]:
    """Give them; those of the list, of its people and of the test are not among them."""
    message = campaign_messages.message_of(content)
    return [
        _says(session, campaign, message),
        _leaves(session, campaign, message),
        *_channel(session, campaign),
    ]


def _says(session: Session, campaign: Campaign, message: Message) -> Check:
    wrong = campaign_message_faults.wrong(session, campaign, message)
    by_template = bool(message.template)
    return Check(
        name=said("Its template is approved, and filled in") if by_template else said("Nothing in it is broken"),
        holds=not wrong, words=said("%(what)s", what=wrong[:5]), href=_content(campaign),
    )  # fmt: skip


def _leaves(session: Session, campaign: Campaign, message: Message) -> Check:
    return Check(
        name=said("It says how to leave"), holds=campaign_message_faults.names_way_out(session, campaign, message),
        words=said("Name the word by which one leaves the list: STOP."), href=_content(campaign),
    )  # fmt: skip


def _channel(session: Session, campaign: Campaign) -> list[Check]:
    channel = session.get_one(Channel, campaign.channel_id)
    rules = campaign_ways.rules_of(session, channel.id)
    href = f"/channels/{channel.id}"
    allowed = Check(
        name=said("The messenger lets many be written to"), holds=rules is not None and bool(rules.many), href=href,
        words=said("Its connector is not installed, or has other rules now."),
    )  # fmt: skip
    trouble = said("Its channel is paused.") if channel.paused_at is not None else channel.trouble or ""
    return [allowed, Check(name=said("Its channel is up"), holds=not trouble, href=href, words=trouble)]


def _content(campaign: Campaign) -> str:
    return f"/campaigns/{campaign.id}/content"
