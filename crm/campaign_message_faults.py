"""What speaks against what a campaign says by a messenger: what cannot be sent, and what must not be missing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import campaign_messages, campaign_places, campaign_values, campaign_ways, chat_texts
from crm.campaign_messages import Message
from crm.campaign_places import faults
from crm.campaigns import Campaign
from hub.said import Said, said


def wrong(session: Session, campaign: Campaign, message: Message) -> list[Said]:
    """Say what keeps it from being sent, beside that nobody could leave."""
    rules = campaign_ways.rules_of(session, campaign.channel_id)
    if rules is None:
        return [said("Choose the messenger first.")]
    fields = list(campaign_messages.known(session))
    found = [
        said("Line %(line)s: %(words)s", line=number, words=words)
        for text in (message.text, *message.values)
        for number, words in faults(text, fields)
    ]
    found += _unfilled(session, message)
    if rules.many == campaign_ways.TEMPLATE:
        return found + _wrong_template(session, campaign, message)
    if not message.text:
        return [said("It says nothing yet.")]
    most = campaign_messages.most(rules, message)
    if chat_texts.length(message.text) > most:
        beside = said("Beside a picture it has at most %(most)s letters.", most=most)
        found.append(beside if message.picture else said("It has at most %(most)s letters.", most=most))
    return found


def names_way_out(session: Session, campaign: Campaign, message: Message) -> bool:
    """Tell whether it says by which word one leaves."""
    words = campaign_messages.words_of(
        message, campaign_messages.template_of(session, campaign, message)
    ).casefold()
    return any(each in words for each in campaign_messages.STOPS)


def names_page(message: Message) -> bool:
    """Tell whether it leads to the page on which one chooses what comes."""
    return any("unsubscribe_url" in text for text in (message.text, *message.values))


def _unfilled(session: Session, message: Message) -> list[Said]:
    """Say where a recipient who lacks something would read a gap, or make a template be refused."""
    lacking = campaign_values.lacking(session)
    places = [each.place for text in (message.text, *message.values) for each in campaign_places.found(text)]
    gaps = {
        each.name: lacking[each.name] for each in places
        if each is not None and each.fallback is None and each.name in lacking
    }  # fmt: skip
    return [
        said('{{%(name)s}} is empty for %(who)s: write {{%(name)s|"words"}}.', name=name, who=who)
        for name, who in gaps.items()
    ]


def _wrong_template(session: Session, campaign: Campaign, message: Message) -> list[Said]:
    if not message.template:
        return [said("Choose a template.")]
    template = campaign_messages.template_of(session, campaign, message)
    if template is None:
        return [said("The channel has no approved template “%(name)s” any more.", name=message.template)]
    if len(message.values) != chat_texts.gaps(template) or not all(message.values):
        return [said("Fill in all of the template.")]
    return []
