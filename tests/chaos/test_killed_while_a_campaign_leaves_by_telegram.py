"""A hub is killed while a campaign leaves by Telegram, which is slow, full, broken or blocked: nobody gets it twice."""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_messages, consents, contacts
from crm.campaign_messages import Message
from crm.campaigns import RUNNING, SCHEDULED, Campaign
from crm.chats import Chat
from crm.consents import Origin
from crm.conversations import Interaction
from crm.deliveries import REFUSED, SENT, UNKNOWN, Delivery
from crm.mailing_lists import MailingList
from crm.suppressions import Suppression
from hub.audit import RINGBACK
from hub.channels import Channel
from hub.db import Database
from hub.lanes import MESSAGES
from hub.rows import insert
from hub.store import open_store
from tests.crm.mailing_out import begin
from tests.eventually import eventually
from tests.servers import telegram as telegrams
from tests.servers.ringback import Hub
from tests.servers.telegram import TOKEN, Telegram, flood, refusal

KILLS = min(int(os.environ.get("KILLS", "2")), 20)  # `make soak` kills more often
PEOPLE = range(1001, 1201)
BLOCKED = set(range(1010, 1200, 10))
CAUGHT_UP = 120  # seconds
BROKEN = 3  # answers of a server that broke before it said what it did


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Give a Telegram that wants no more now and then, breaks off, and takes its time."""
    async with telegrams.running() as made:
        fine, full, broken = [0.01] * 15, flood(1), [refusal(502, "Bad Gateway") for _ in range(BROKEN)]
        made.troubles["sendMessage"] = [
            *fine,
            full,
            *fine,
            broken[0],
            *fine,
            flood(1),
            *fine,
            broken[1],
            *fine,
        ]
        made.breaks["sendMessage"] = [*[0.03] * 40, broken[2], *[0.03] * 200]
        made.blocked = set(BLOCKED)
        yield made


@pytest.mark.timeout(300 + 20 * KILLS)
async def test_nobody_gets_it_twice_and_the_sum_is_exact(
    hub: Hub, telegram: Telegram, tmp_path: Path
) -> None:
    hub.start()
    await hub.listening()
    settings = tmp_path / "bot.toml"
    settings.write_text(f"token = {json.dumps(TOKEN)}\nbase_url = {json.dumps(telegram.address)}\n")
    hub.tell("channel", "add", "bot", "--kind", "telegram", "--title", "Bot", "--settings", str(settings))
    hub.kill()
    async with open_store(hub.data) as db:
        await db.write(_write)
    hub.start()
    await hub.listening()
    chance = random.Random(7)  # noqa: S311 - where it is killed, not a secret
    for kill in range(KILLS):
        some = (kill * 150 + chance.randrange(150)) // KILLS
        await eventually(lambda some=some: len(telegram.sent) >= some, CAUGHT_UP)
        hub.kill()
        hub.start()
        await hub.listening()
    async with open_store(hub.data) as db:
        await eventually(lambda: _is_over(db), CAUGHT_UP)
        copies, shown, suppressed = await db.read(_read)
    arrived = Counter(int(call.given["chat_id"]) for call in telegram.sent)
    print({state: len(each) for state, each in copies.items()}, f"{len(arrived)} arrived")  # noqa: T201
    assert set(arrived.values()) == {1}
    assert copies.keys() <= {SENT, UNKNOWN, REFUSED}
    assert sum(map(len, copies.values())) == len(PEOPLE)
    assert copies[SENT] <= arrived.keys() <= copies[SENT] | copies[UNKNOWN]
    assert copies[REFUSED] <= BLOCKED <= copies[REFUSED] | copies[UNKNOWN]
    assert len(copies[UNKNOWN]) <= BROKEN + KILLS * (MESSAGES.share or 0)
    assert shown == len(copies[SENT])
    assert suppressed == copies[REFUSED]


def _write(session: Session) -> None:
    news = MailingList(name="News", public=True, words="Yes, write to me.", language="en")
    bot = session.scalars(select(Channel).where(Channel.kind == "telegram")).one()
    session.add(news)
    session.flush()
    for each in map(str, PEOPLE):
        contact_id = contacts.add_contact(session, f"Ira {each}", [("telegram", each)])
        insert(session, Chat, channel_id=bot.id, key=each, contact_id=contact_id, handle=each)
        consents.give(session, news.id, "telegram", each, Origin(source=consents.CHAT, words="Yes"))
    campaign = Campaign(name="Spring", key="a key", list_id=news.id, channel_id=bot.id, handle="telegram")
    session.add(campaign)
    session.flush()
    says = Message(text='Hello {{first_name|"there"}}! Write STOP to leave.')
    campaign_messages.save(session, RINGBACK, campaign, says)
    begin(session, campaign.id)


async def _is_over(db: Database) -> bool:
    return await db.read(lambda session: session.get_one(Campaign, 1).state not in {SCHEDULED, RUNNING})


def _read(session: Session) -> tuple[dict[str, set[int]], int, set[int]]:
    found = defaultdict[str, set[int]](set)
    for state, address in session.execute(select(Delivery.state, Delivery.address)):
        found[state].add(int(address))
    shown = session.scalars(select(Interaction.id).where(Interaction.direction == "out")).all()
    return found, len(shown), {int(each) for each in session.scalars(select(Suppression.value))}
