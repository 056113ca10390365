"""A campaign by WhatsApp is a template that was approved, filled in for each; what WhatsApp tells of it is counted."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_figures, campaign_messages, campaign_people, campaign_whom, consents, contacts
from crm.campaign_messages import Message
from crm.campaign_people import Asked
from crm.campaigns import PAUSED, Campaign
from crm.chats import Chat, ChatMessage
from crm.consents import Origin
from crm.deliveries import Delivery
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from hub.audit import RINGBACK
from hub.channels import Channel, add_channel
from hub.clock import now
from hub.outbox import Outgoing
from hub.rows import insert
from tests.crm.messenger import Messenger
from tests.crm.wired import Wire

SETTINGS = {
    "phone_number_id": "106540352242922", "access_token": "EAAG", "app_secret": "secret", "verify_token": "verify",
    "templates": ["news sv = Hej {1}! {2} Skriv STOP."],
}  # fmt: skip
SAYS = Message(template="news", language="sv", values=('{{first_name|"du"}}', "Fönstren är här."))


@pytest.fixture
async def wire(messenger: Messenger) -> Wire:
    """Give a campaign to Karin, who wrote to us months ago."""
    made = Wire(messenger)
    made.list_id, made.campaign_id = await made.db.write(_found)
    return made


def _found(session: Session) -> tuple[int, int]:
    of = MailingList(name="News", public=True, words="Yes", language="sv")
    channel = add_channel(session, "wa", "WhatsApp", "whatsapp", SETTINGS)
    session.add(of)
    session.flush()
    contact_id = contacts.add_contact(session, "Karin Nyman", [("whatsapp", "46701740612")])
    insert(
        session, Chat, channel_id=channel.id, key="46701740612", contact_id=contact_id, handle="46701740612"
    )
    consents.give(session, of.id, "whatsapp", "46701740612", Origin(source=consents.FORM))
    campaign = Campaign(name="Spring", key="k", list_id=of.id, channel_id=channel.id, handle="whatsapp")
    session.add(campaign)
    session.flush()
    campaign_messages.save(session, RINGBACK, campaign, SAYS)
    return of.id, campaign.id


async def test_the_template_leaves_filled_in_though_she_wrote_long_ago(wire: Wire) -> None:
    await wire.begins()
    (row,) = await wire.outbox()
    assert row.command["template"]["name"] == "news"  # type: ignore[index]
    assert row.command["values"] == ["Karin", "Fönstren är här."]
    await wire.all_leave()
    (touch,) = [each for each in await wire.messenger.touches() if each.direction == "out"]
    assert touch.text == "Hej Karin! Fönstren är här. Skriv STOP."


async def test_who_read_it_is_counted(wire: Wire) -> None:
    await wire.begins()
    await wire.all_leave()
    campaign = await wire.campaign()

    def read(session: Session) -> None:
        session.scalars(select(ChatMessage)).one().read_at = now()

    def counted(session: Session, kind: str) -> int:
        return campaign_people.count(session, campaign, Asked(kind=kind))

    assert await wire.db.read(counted, "read") == 0
    await wire.db.write(read)
    assert await wire.db.read(counted, "read") == 1
    assert "clicked" not in await wire.db.read(campaign_figures.numbers, campaign)  # it leads nowhere


async def test_words_of_our_own_are_refused(wire: Wire) -> None:
    def write(session: Session) -> None:
        campaign_messages.save(
            session, RINGBACK, session.get_one(Campaign, wire.campaign_id), Message(text="Hej")
        )

    with pytest.raises(Refusal, match="only a template"):
        await wire.db.write(write)


async def test_a_template_that_is_approved_no_more_stops_it(wire: Wire) -> None:
    def gone(session: Session) -> None:
        channel = session.scalars(select(Channel).where(Channel.kind == "whatsapp")).one()
        channel.settings = {**channel.settings, "templates": []}

    await wire.db.write(gone)
    await wire.begins()
    campaign = await wire.campaign()
    assert campaign.state == PAUSED
    assert "news" in campaign.paused_why
    assert not await wire.db.read(lambda session: session.scalars(select(Outgoing)).all())
    assert await wire.db.read(campaign_whom.counts, campaign) == {campaign_whom.GETS: 1}
    assert {
        each.state for each in await wire.db.read(lambda session: session.scalars(select(Delivery)).all())
    } == {"waiting"}
