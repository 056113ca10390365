"""A hub is killed while letters leave: each arrives once at most, and stands as unknown where it may not have."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub import outbox
from hub.channels import find_channel
from hub.clock import now
from hub.lanes import LETTERS
from hub.letters import Address, SendLetter
from hub.outbox import Outgoing
from hub.store import open_store
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.ringback import Hub
from tests.servers.sink import Sink

KILLS = int(os.environ.get("KILLS", "6"))  # `make soak` kills more often
AT_ONCE = 12  # letters
CAUGHT_UP = 60  # seconds


@pytest.fixture
async def outside() -> AsyncIterator[Sink]:
    """Give the world that letters go to; it takes its time to say that it has them."""
    async with sinks.sink() as made:
        made.pause = 0.02
        yield made


@pytest.mark.timeout(300 + 20 * KILLS)
async def test_every_letter_arrives_once_or_is_unknown(hub: Hub, outside: Sink, tmp_path: Path) -> None:
    hub.start()
    await hub.listening()
    settings = tmp_path / "post.toml"
    settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in {
        "smtp_host": "127.0.0.1", "smtp_port": outside.port, "smtp_tls": "none", "sent_folder": "",
        "address": "office@klarruta.example",
    }.items()))  # fmt: skip
    hub.tell("channel", "add", "post", "--kind", "mail", "--title", "Office", "--settings", str(settings))
    chance = random.Random(4)  # noqa: S311 - where it is killed, not a secret
    for written in range(0, KILLS * AT_ONCE, AT_ONCE):
        async with open_store(hub.data) as db:
            await db.write(_write, range(written, written + AT_ONCE))
        some = len(outside.letters) + chance.randrange(1, AT_ONCE // 2)
        await eventually(lambda some=some: len(outside.letters) >= some, CAUGHT_UP)
        hub.kill()
        hub.start()
        await hub.listening()
    await eventually(partial(_ended, hub), CAUGHT_UP)
    async with open_store(hub.data) as db:
        done, unknown = await db.read(_read)
    arrived = Counter(letter.recipients[0] for letter in outside.letters)
    assert set(arrived.values()) == {1}
    assert done <= arrived.keys() <= done | unknown
    assert len(done) + len(unknown) == KILLS * AT_ONCE
    assert len(unknown) <= KILLS * (LETTERS.share or 0)


def _write(session: Session, numbers: range) -> None:
    channel = find_channel(session, "post")
    for number in numbers:
        letter = SendLetter(message_id=f"{number}@klarruta.example", written_at=now(), subject="Your windows",
                            to=(Address("", f"customer-{number}@example.net"),), text="They are ready.")  # fmt: skip
        outbox.put(session, channel.id, letter, lifetime=timedelta(days=2))


async def _ended(hub: Hub) -> bool:
    async with open_store(hub.data) as db:
        waiting = await db.read(
            lambda session: session.scalar(
                select(func.count(Outgoing.id)).where(Outgoing.due_at.is_not(None))
            )
        )
    return not waiting


def _read(session: Session) -> tuple[set[str], set[str]]:
    """Give to whom letters left, and to whom nobody knows."""
    rows = session.scalars(select(Outgoing)).all()
    recipients = {row.id: row.command["to"][0]["address"] for row in rows}  # type: ignore[index]
    left = {recipients[row.id] for row in rows if row.done_at}
    return left, {recipients[row.id] for row in rows if row.unknown_at}
