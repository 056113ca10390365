"""The hub and the PBX are killed while a hundred calls run: every call has an end, none is there twice.

Customers call through a real Asterisk, each once and from a number of his own; half of them are answered, half wait in
a queue in which nobody works and give up. What the hub does not hear it reads where the PBX writes it down.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.callbacks import KIND
from crm.calls import Call
from crm.contacts import Contact, Handle
from crm.conversations import Interaction
from crm.tasks import Task
from hub.channels import Channel
from hub.store import open_store
from tests.eventually import eventually
from tests.servers import asterisk as asterisk_server
from tests.servers.asterisk import Asterisk
from tests.servers.debian import MissingError
from tests.servers.ringback import Hub
from tests.servers.sipp import ABANDONED, ANSWERED, crowd

CALLERS = int(os.environ.get("CALLERS", "240"))  # of each kind; `make soak` has ten times as many
RATE = 6.0  # calls a second, of each kind
LASTS = 9.0  # seconds
SEED = int(os.environ.get("SEED", "46033"))
DRAINED = 120


@pytest.fixture
async def pbx() -> AsyncIterator[Asterisk]:
    """Give an Asterisk of our own: it is killed."""
    try:
        with asterisk_server.running() as server:
            yield server
    except MissingError as error:
        pytest.skip(str(error))


@pytest.fixture
async def hub(pbx: Asterisk, tmp_path: Path) -> AsyncIterator[Hub]:
    """Give a hub that is connected to it."""
    made = Hub(tmp_path / "data")
    made.start()
    await made.listening()
    settings = tmp_path / "pbx.toml"
    told = {"secret": pbx.secret, "cel_file": str(pbx.cel_file)}
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in told.items()]
    settings.write_text(f"port = {pbx.ami_port}\n{''.join(lines)}")
    made.tell("channel", "add", "pbx", "--kind", "asterisk", "--title", "Office", "--settings", str(settings))
    await eventually(lambda: hears(made), 20)
    yield made
    made.stop()


def numbers(start: int, count: int) -> list[str]:
    """Give Swedish mobile numbers in a row."""
    return [f"+467017{number:05}" for number in range(start, start + count)]


@pytest.mark.timeout(400 + CALLERS)
async def test_the_hub_is_killed_and_no_call_is_lost_or_doubled(
    hub: Hub, pbx: Asterisk, tmp_path: Path
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - moments to kill at, no secrets
    answered, abandoned = numbers(0, CALLERS), numbers(50_000, CALLERS)
    with crowd(pbx, tmp_path) as customers:
        customers.calls(ANSWERED, answered, rate=RATE, seconds=LASTS)
        customers.calls(ABANDONED, abandoned, rate=RATE, seconds=LASTS)
        while not customers.over():
            await hub.listening()
            await asyncio.sleep(chance.uniform(1, 8))
            hub.kill()
            hub.start()
        await settled(hub, pbx)
    found = await in_the_end(hub)
    assert found.open == []
    assert found.times == Counter(dict.fromkeys([*answered, *abandoned], 1))
    assert found.lines == found.times
    assert found.owed == set(abandoned)
    assert {found.outcomes[number] for number in answered} == {"answered"}
    assert {found.outcomes[number] for number in abandoned} == {"abandoned"}


@pytest.mark.timeout(400 + CALLERS)
async def test_the_pbx_is_killed_and_every_call_has_an_end(hub: Hub, pbx: Asterisk, tmp_path: Path) -> None:
    chance = random.Random(SEED + 1)  # noqa: S311 - moments to kill at, no secrets
    answered, abandoned = numbers(0, CALLERS // 2), numbers(50_000, CALLERS // 2)
    with crowd(pbx, tmp_path) as customers:
        customers.calls(ANSWERED, answered, rate=RATE, seconds=LASTS)
        customers.calls(ABANDONED, abandoned, rate=RATE, seconds=LASTS)
        for _ in range(2):
            await asyncio.sleep(chance.uniform(4, 9))
            pbx.stop(asterisk_server.signal.SIGKILL)
            pbx.start()
            await eventually(pbx.is_ready, 30)
        await asyncio.sleep(LASTS)
    pbx.tell("channel request hangup all")  # whoever is left was cut off at once
    await settled(hub, pbx)
    found = await in_the_end(hub)
    assert found.open == []
    assert found.lines == found.times
    lost = {number for number, outcome in found.outcomes.items() if outcome == "unknown"}
    assert lost  # those that ran when the power went
    assert {number for number in found.owed if found.outcomes[number] == "answered"} == set()
    missed = {number for number in abandoned if found.outcomes.get(number) == "abandoned"}
    assert missed <= found.owed


class Found:
    """What the hub knows in the end, by the customer's number."""

    def __init__(self, session: Session) -> None:
        """Read it."""
        calls = session.scalars(select(Call)).all()
        self.open = [call.key for call in calls if call.ended_at is None or call.outcome is None]
        self.times = Counter(str(call.customer) for call in calls)
        self.outcomes = {str(call.customer): call.outcome for call in calls}
        handles = select(Handle.value, Handle.contact_id).join(Contact, Contact.id == Handle.contact_id)
        whose = {contact: number for number, contact in session.execute(handles)}
        lines = session.scalars(select(Interaction.contact_id).where(Interaction.kind == "call"))
        self.lines = Counter(whose[contact] for contact in lines)
        tasks = session.scalars(
            select(Task.contact_id).where(Task.kind == KIND, Task.done_at.is_(None))
        ).all()
        assert len(tasks) == len(set(tasks)), "somebody is to be called back twice"
        self.owed = {whose[contact] for contact in tasks if contact}


async def in_the_end(hub: Hub) -> Found:
    """Stop the hub and look into its store."""
    assert hub.stop() == 0, hub.words()
    async with open_store(hub.data, alone=True) as db:
        return await db.read(Found)


async def settled(hub: Hub, pbx: Asterisk) -> None:
    """Wait until nobody calls any more and the hub has worked off all that it heard."""
    await hub.listening()
    await eventually(lambda: "0 active channels" in pbx.tell("core show channels count"), DRAINED)
    async with open_store(hub.data) as db:  # it hears its PBX again, and takes stock
        await eventually(lambda: db.read(none_goes_on), DRAINED)
        await eventually(lambda: db.read(nothing_is_missing), DRAINED)
    await eventually(lambda: is_drained(hub), DRAINED)


def none_goes_on(session: Session) -> bool:
    """Tell whether every call that the hub knows has ended."""
    return session.scalar(select(Call.id).where(Call.ended_at.is_(None)).limit(1)) is None


def nothing_is_missing(session: Session) -> bool:
    """Tell whether the hub has read what it did not hear."""
    return session.scalar(select(Channel.missed_since).where(Channel.name == "pbx")) is None


async def hears(hub: Hub) -> bool:
    """Tell whether the hub hears its PBX."""
    return "ringback_channels_heard 1" in await metrics(hub)


async def is_drained(hub: Hub) -> bool:
    """Tell whether nothing waits in the journal any more."""
    return "\nringback_journal_waiting 0\n" in await metrics(hub)


async def metrics(hub: Hub) -> str:
    """Give the hub's figures."""
    async with aiohttp.request("GET", f"{hub.address}/metrics") as answer:
        return await answer.text()
