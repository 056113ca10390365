"""Killed at any moment: a form that was answered is one card, one task and one deadline."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from crm.attachments import Attachment
from crm.contacts import Contact, Handle
from crm.conversations import Interaction
from crm.deadlines import Deadline
from crm.tasks import Task
from hub.journal import Inbound
from hub.store import blobs_of, open_store
from tests.chaos.visitors import Visitors
from tests.eventually import eventually
from tests.servers.ringback import Hub

KILLS = int(os.environ.get("KILLS", "25"))  # `make soak` kills twenty times as often
CONNECTIONS = 6
SEED = 46_031
DRAINED = 120  # seconds in which what is left in the journal must be worked off


@pytest.fixture
def hub(database: str, tmp_path: Path) -> Iterator[Hub]:
    """Give a hub that was never started yet."""
    made = Hub(tmp_path / "data", database=database)
    yield made
    made.stop()


@pytest.mark.timeout(300 + 6 * KILLS)
async def test_every_form_that_was_answered_is_one_card_and_one_task(
    hub: Hub, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - moments to kill at, no secrets
    await kill_while_it_is_filled(hub, chance)
    visitors = Visitors(hub.address + await start_for_good(hub))
    coming = asyncio.create_task(visitors.come(CONNECTIONS))
    await kill_again_and_again(hub, chance)
    visitors.stop()
    await asyncio.wait_for(coming, 60)
    await eventually(lambda: is_drained(hub), DRAINED)
    assert hub.stop() == 0, hub.words()

    assert visitors.refused == []
    assert sum(visitor.answered for visitor in visitors.sent) > KILLS
    monkeypatch.setenv("RINGBACK_DATABASE", database)
    async with open_store(hub.data, alone=True) as db:
        assert await db.read(unsound) == []
        assert await db.read(wrong, visitors) == []
        blobs = blobs_of(hub.data)
        assert [name for name in await db.read(named_blobs) if not blobs.path(name).exists()] == []


async def kill_while_it_is_filled(hub: Hub, chance: random.Random) -> None:
    """Kill it three times during its first start, while it makes and fills the database."""
    for _ in range(3):
        hub.start()
        await asyncio.sleep(chance.uniform(0.3, 1.2))
        hub.kill()


async def start_for_good(hub: Hub) -> str:
    """Start it and give the path that forms are sent to."""
    hub.start()
    await hub.listening()
    return hub.tell("channel", "url", "website")


async def kill_again_and_again(hub: Hub, chance: random.Random) -> None:
    """Kill a running hub at moments of every kind, and start it again; it is running at the end."""
    for kill in range(KILLS):
        if kill % 5 == 4:  # while it starts
            await asyncio.sleep(chance.uniform(0, 1.0))
        else:
            await hub.listening()  # just after that, or in the midst of the work
            await asyncio.sleep(chance.uniform(0, 0.05) if kill % 5 == 3 else chance.expovariate(2))
        hub.kill()
        hub.start()
    await hub.listening()


async def is_drained(hub: Hub) -> bool:
    """Tell whether nothing waits in the journal any more."""
    async with aiohttp.request("GET", f"{hub.address}/metrics") as answer:
        return "\nringback_journal_waiting 0\n" in await answer.text()


def unsound(session: Session) -> list[str]:
    """Say what is wrong with the file itself, and with the journal."""
    told = []
    if session.get_bind().dialect.name == "sqlite":
        told += [row for row in session.scalars(text("PRAGMA integrity_check")) if row != "ok"]
        told += [str(row) for row in session.execute(text("PRAGMA foreign_key_check"))]
    odd = select(Inbound).where(Inbound.done_at.is_(None))
    return told + [f"item {item.id}: {item.error or item.set_aside_why}" for item in session.scalars(odd)]


def wrong(session: Session, visitors: Visitors) -> list[str]:
    """Say whose form is missing, doubled, or lacks its task or clock."""
    cards = Counter(session.scalars(select(Contact.name)))
    touches = _per_name(session, select(Contact.name, Interaction.id).join_from(Interaction, Contact))
    asked = _per_name(session, select(Contact.name, Task.id).join_from(Task, Contact))
    clocks = _per_name(session, select(Contact.name, Deadline.id).join_from(Deadline, Task).join(Contact))
    phones = dict(session.execute(select(Handle.value, Contact.name).join_from(Handle, Contact)).all())
    told = []
    for visitor in visitors.sent:
        name = visitor.name
        counts = (cards.pop(name, 0), touches[name], asked[name], clocks[name])
        if counts != (1, 1, 1, 1) and (visitor.answered or counts != (0, 0, 0, 0)):
            told.append(f"{name}, answered: {visitor.answered}: cards, touches, tasks, clocks {counts}")
        if counts[0] and phones.get(visitor.phone) != name:
            told.append(f"{name} cannot be rung back")
    return told + [f"nobody is called {name}" for name in cards]


def named_blobs(session: Session) -> set[str]:
    """Give every blob that a row names."""
    bodies = session.scalars(select(Inbound.blob).where(Inbound.blob.is_not(None)))
    return {*filter(None, bodies), *session.scalars(select(Attachment.blob))}


def _per_name(session: Session, rows: Select[str, int]) -> Counter[str]:
    return Counter(name for name, _ in session.execute(rows))
