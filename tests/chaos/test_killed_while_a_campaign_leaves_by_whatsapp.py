"""A hub is killed while a campaign leaves by WhatsApp, whose template is paused in mid-run: nobody gets it twice.

What Meta tells of each message, doubled and in any order, lands on whom it was to.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_messages, consents, contacts
from crm.campaign_messages import Message
from crm.campaigns import DONE, PAUSED, Campaign
from crm.chats import Chat, ChatMessage
from crm.consents import Origin
from crm.deliveries import REFUSED, SENT, UNKNOWN, Delivery
from crm.mailing_lists import MailingList
from crm.suppressions import Suppression
from hub.audit import RINGBACK
from hub.channels import Channel
from hub.lanes import MESSAGES
from hub.rows import insert
from hub.store import open_store
from tests.crm.mailing_out import begin
from tests.eventually import eventually
from tests.servers import graph
from tests.servers.graph import ACCOUNT, NUMBER, Json, Meta, doubled_and_shuffled, refusal
from tests.servers.ringback import Hub

KILLS = min(int(os.environ.get("KILLS", "2")), 20)  # `make soak` kills more often
PEOPLE = [str(46701740000 + each) for each in range(1, 121)]
UNDELIVERABLE = set(PEOPLE[9::10])
HELD_BACK = set(PEOPLE[4::20])
CAUGHT_UP = 120  # seconds
HUNG_UP = 3


@pytest.fixture
async def meta() -> AsyncIterator[Meta]:
    """Give a Meta that wants no more now and then, and hangs up."""
    async with graph.running() as made:
        made.templates = {("news", "sv"): "Hej {{1}}! Skriv STOP."}
        made.refused = dict.fromkeys(UNDELIVERABLE, 131026)
        full = refusal(130429, "Rate limit hit", status=429, **{"Retry-After": "1"})
        made.troubles = [*[0.02] * 20, full, *[0.02] * 20, "hang up", *[0.03] * 10, "hang up",
                         refusal(131000, "Something went wrong"), *[0.02] * 10, "hang up", *[0.03] * 200]  # fmt: skip
        yield made


class Found(NamedTuple):
    """What the hub knows at the end."""

    copies: dict[str, set[str]]
    read: set[str]
    suppressed: set[str]


@pytest.mark.timeout(300 + 20 * KILLS)
async def test_nobody_gets_it_twice_and_each_fate_lands_on_its_recipient(
    hub: Hub, meta: Meta, tmp_path: Path
) -> None:
    hub.start()
    await hub.listening()
    settings = tmp_path / "wa.toml"
    settings.write_text(meta.settings("news sv = Hej {1}! Skriv STOP."))
    hub.tell("channel", "add", "wa", "--kind", "whatsapp", "--title", "WhatsApp", "--settings", str(settings))
    token = hub.tell("token", "create", "office", "--scope", "all")
    hook = hub.address + hub.tell("channel", "url", "wa")
    hub.kill()
    async with open_store(hub.data) as db:
        await db.write(_write)
    hub.start()
    await hub.listening()
    await eventually(lambda: len(meta.sent) >= 30, CAUGHT_UP)
    meta.template_trouble = 132015  # customers complained: Meta pauses the template
    assert "paused" in (await eventually(lambda: _stands(hub, token), CAUGHT_UP))["paused_why"]
    meta.template_trouble = 0
    assert (await _asked(hub, token, "POST", "/campaigns/1/resume"))["state"] == "running"
    chance = random.Random(7)  # noqa: S311 - where it is killed, not a secret
    for kill in range(KILLS):
        some = 35 + (kill * 60 + chance.randrange(60)) // KILLS
        await eventually(lambda some=some: len(meta.sent) >= some, CAUGHT_UP)
        hub.kill()
        hub.start()
        await hub.listening()
    await eventually(lambda: _is_over(hub, token), CAUGHT_UP)
    hooks = [
        _status(fate, number) for number in range(1, len(meta.sent) + 1) for fate in _fates(meta, number)
    ]
    assert set(await meta.posts(hook, *doubled_and_shuffled(hooks))) == {200}
    held = HELD_BACK - UNDELIVERABLE
    await eventually(lambda: _is_told(hub, token), CAUGHT_UP)
    hub.stop()
    async with open_store(hub.data) as db:
        found = await db.read(_read)
    arrived = Counter(str(each["to"]) for each in meta.sent)
    print({state: len(each) for state, each in found.copies.items()}, f"{len(arrived)} arrived")  # noqa: T201
    assert set(arrived.values()) == {1}
    assert sum(map(len, found.copies.values())) == len(PEOPLE)
    assert found.copies.keys() <= {SENT, UNKNOWN, REFUSED}
    assert len(found.copies[UNKNOWN]) <= HUNG_UP + KILLS * (MESSAGES.share or 0)
    assert found.copies[REFUSED] - found.copies[UNKNOWN] <= UNDELIVERABLE | held
    assert UNDELIVERABLE | held <= found.copies[REFUSED] | found.copies[UNKNOWN]
    assert found.copies[SENT] == arrived.keys() - found.copies[UNKNOWN] - held
    assert found.read == found.copies[SENT]
    assert not found.suppressed  # no law asks for it, and nobody of them took back that he agreed


def _write(session: Session) -> None:
    news = MailingList(name="News", public=True, words="Yes, write to me.", language="sv")
    channel = session.scalars(select(Channel).where(Channel.kind == "whatsapp")).one()
    session.add(news)
    session.flush()
    for each in PEOPLE:
        contact_id = contacts.add_contact(session, f"Karin {each}", [("whatsapp", each)])
        insert(session, Chat, channel_id=channel.id, key=each, contact_id=contact_id, handle=each)
        consents.give(session, news.id, "whatsapp", each, Origin(source=consents.CHAT, words="Yes"))
    campaign = Campaign(name="Spring", key="a key", list_id=news.id, channel_id=channel.id, handle="whatsapp")
    session.add(campaign)
    session.flush()
    says = Message(template="news", language="sv", values=('{{first_name|"du"}}',))
    campaign_messages.save(session, RINGBACK, campaign, says)
    begin(session, campaign.id)


async def _asked(hub: Hub, token: str, method: str, path: str) -> Json:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client,
        client.request(method, f"{hub.address}/api/v1{path}") as answer,
    ):
        told: Json = await answer.json()
        assert answer.ok, told
        return told


async def _stands(hub: Hub, token: str) -> Json | None:
    told = await _asked(hub, token, "GET", "/campaigns/1")
    return told if told["state"] == PAUSED else None


async def _is_over(hub: Hub, token: str) -> bool:
    return bool((await _asked(hub, token, "GET", "/campaigns/1"))["state"] == DONE)


async def _is_told(hub: Hub, token: str) -> bool:
    """Tell whether every copy that left is read by now, and what was held back counts no more as one that did."""
    told = await _asked(hub, token, "GET", "/campaigns/1/figures")
    return bool(told["sent"] and told["read"] == told["sent"])


def _fates(meta: Meta, number: int) -> list[str]:
    """Give what Meta tells of one of those that left."""
    held = meta.sent[number - 1]["to"] in HELD_BACK
    return ["sent", "failed"] if held else ["sent", "delivered", "read"]


def _status(fate: str, number: int) -> Json:
    status: Json = {"id": f"wamid.SENT{number}", "status": fate, "timestamp": str(int(time.time())),
                    "recipient_id": "46"}  # fmt: skip
    if fate == "failed":
        status["errors"] = [{"code": 131049, "title": "This message was not delivered to maintain healthy …"}]
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}, "statuses": [status]}
    changes = [{"field": "messages", "value": value}]
    return {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": changes}]}


def _read(session: Session) -> Found:
    copies = defaultdict[str, set[str]](set)
    for state, address in session.execute(select(Delivery.state, Delivery.address)):
        copies[state].add(address)
    read = (
        select(Delivery.address)
        .join(ChatMessage, ChatMessage.outgoing_id == Delivery.outgoing_id)
        .where(ChatMessage.read_at.is_not(None))
    )
    return Found(copies, set(session.scalars(read)), set(session.scalars(select(Suppression.value))))
