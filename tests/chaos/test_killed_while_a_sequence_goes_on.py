"""A hub is killed again and again while people go through a sequence: each gets each of its letters, and none twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import campaign_starts, consents, paces, sequence_changes, sequence_drawing, sequence_settings
from crm.campaigns import Campaign
from crm.consents import Origin
from crm.contacts import MAIL
from crm.deliveries import SENT, UNKNOWN, Delivery
from crm.letterheads import keep
from crm.mailing_lists import MailingList
from crm.runs import Run
from crm.sequence_settings import Settings
from crm.sequences import SequencePerson, Step
from hub.audit import RINGBACK
from hub.channels import Channel
from hub.clock import now
from hub.db import Database
from hub.store import open_store
from tests.crm.mailing_out import OFFICE, look_at_test
from tests.crm.welcome import GOOD, URL
from tests.crm.window_deal import LETTERHEAD
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.ringback import Hub
from tests.servers.sink import Sink

KILLS = int(os.environ.get("KILLS", "6"))  # `make soak` kills more often
PEOPLE = 20 * KILLS
AT_ONCE = 10
CAUGHT_UP = 120  # seconds
WITHIN = 1.5  # seconds after which it is killed, at most
LETTERS = ("First", "Second", "Third")
FORM = Origin(source=consents.FORM, place="Website", words="Yes.", address="203.0.113.9")


@pytest.fixture
async def outside() -> AsyncIterator[Sink]:
    """Give the world that letters go to."""
    async with sinks.sink() as made:
        made.offers.append("PIPELINING")
        yield made


@pytest.mark.timeout(300 + 20 * KILLS)
async def test_each_gets_each_letter_and_none_twice(
    hub: Hub, outside: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence_drawing, "SHORTEST", 1)
    hub.start()
    await hub.listening()
    settings = tmp_path / "post.toml"
    settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in {
        "smtp_host": "127.0.0.1", "smtp_port": outside.port, "smtp_tls": "none", "sent_folder": "", "address": OFFICE,
    }.items()))  # fmt: skip
    hub.tell("channel", "add", "post", "--kind", "mail", "--title", "Office", "--settings", str(settings))
    async with open_store(hub.data) as db:
        list_id = await db.write(_made)
        await _killed_again_and_again(hub, db, list_id)
        await eventually(lambda: _is_over(db), CAUGHT_UP)
        sent, unknown, people = await db.read(_read)
    arrived = Counter((letter.recipients[0], _subject(letter.content)) for letter in outside.letters)
    assert people == PEOPLE
    assert set(arrived.values()) == {1}
    assert len(sent) + len(unknown) == len(sent | unknown) == PEOPLE * len(LETTERS)
    assert sent <= arrived.keys() <= sent | unknown
    print(f"{KILLS} kills: {len(sent)} sent, {len(unknown)} unknown")  # noqa: T201


async def _killed_again_and_again(hub: Hub, db: Database, list_id: int) -> None:
    chance = random.Random(4)  # noqa: S311 - where it is killed, not a secret
    agreed = 0
    for kill in range(KILLS):
        while agreed < (kill + 1) * PEOPLE // KILLS:
            await db.write(_agree, list_id, range(agreed, agreed + AT_ONCE))
            agreed += AT_ONCE
        await asyncio.sleep(chance.uniform(0, WITHIN))
        hub.kill()
        hub.start()
        await hub.listening()


def _made(session: Session) -> int:
    keep(session, LETTERHEAD)
    channel = session.scalars(select(Channel).where(Channel.kind == "mail")).one()
    paces.pace(session, channel.id).vouched_at = now()
    channel.trouble = channel.trouble_at = None  # that its mailbox is read nowhere is no matter here
    of = MailingList(name="News", public=True, words="Yes, write to me.", language="en")
    session.add(of)
    session.flush()
    made = sequence_changes.make(session, RINGBACK, "Welcome", of.id)
    sequence_settings.settle(session, RINGBACK, made, Settings(name="Welcome", channel_id=channel.id))
    for subject in LETTERS:
        start = campaign_starts.Start(name="", subject=subject, blocks=campaign_starts.ready("letter").blocks)
        sequence_changes.add(session, RINGBACK, made, Step(kind="letter"), start, URL)
        if subject != LETTERS[-1]:
            sequence_changes.add(session, RINGBACK, made, Step(kind="wait", wait="1 s"))
    for letter in sequence_changes.letters_of(session, made.id):
        look_at_test(session, letter)
    sequence_changes.turn_on(session, RINGBACK, made, GOOD)
    return of.id


def _agree(session: Session, list_id: int, numbers: range) -> None:
    for number in numbers:
        consents.give(session, list_id, MAIL, f"kund-{number}@domain-{number % 9}.example", FORM)


async def _is_over(db: Database) -> bool:
    return await db.read(_nothing_moves)


def _nothing_moves(session: Session) -> bool:
    through = session.scalar(select(func.count()).where(Run.ended_at.is_not(None)))
    settled = select(func.count()).where(Delivery.state.in_((SENT, UNKNOWN)))
    return through == PEOPLE and session.scalar(settled) == PEOPLE * len(LETTERS)


def _read(session: Session) -> tuple[set[tuple[str, str]], set[tuple[str, str]], int]:
    rows = session.execute(
        select(Delivery.address, Campaign.name, Delivery.state)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
    ).all()  # fmt: skip
    people = session.scalar(select(func.count()).select_from(SequencePerson)) or 0
    sent = {(address, name) for address, name, state in rows if state == SENT}
    return sent, {(address, name) for address, name, state in rows if state == UNKNOWN}, people


def _subject(content: bytes) -> str:
    return str(message_from_bytes(content)["Subject"])
