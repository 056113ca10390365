"""A hub is killed while people chat: what they write is there once, what we write leaves once or stands as unknown."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.chats import Chat, ChatMessage
from crm.conversations import Interaction
from hub.lanes import MESSAGES
from hub.outbox import Outgoing
from hub.store import open_store
from tests.eventually import eventually
from tests.servers import telegram as telegrams
from tests.servers.ringback import Hub
from tests.servers.telegram import TOKEN, Telegram

KILLS = int(os.environ.get("KILLS", "6"))  # `make soak` kills more often
PEOPLE = range(71, 79)
CAUGHT_UP = 60  # seconds
SLOW = 0.03  # seconds: how long Telegram takes to say that it has a message


class Ends(NamedTuple):
    """How often each message came in; which of ours left, and which may have."""

    came: Counter[str]
    done: set[str]
    unknown: set[str]


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Give the world outside; it takes its time to say that it has a message."""
    async with telegrams.running() as made:
        made.breaks["sendMessage"] = [SLOW] * len(PEOPLE) * (KILLS + 1) * 2
        yield made


@pytest.mark.timeout(300 + 20 * KILLS)
async def test_each_comes_once_and_leaves_once_or_is_unknown(
    hub: Hub, telegram: Telegram, tmp_path: Path
) -> None:
    hub.start()
    await hub.listening()
    settings = tmp_path / "bot.toml"
    settings.write_text(f"token = {json.dumps(TOKEN)}\nbase_url = {json.dumps(telegram.address)}\n")
    hub.tell("channel", "add", "bot", "--kind", "telegram", "--title", "Bot", "--settings", str(settings))
    token = hub.tell("token", "create", "robot", "--scope", "all")
    await _write(telegram, 0)
    await eventually(partial(_chats, hub), CAUGHT_UP)
    chance = random.Random(7)  # noqa: S311 - where it is killed, not a secret
    for number in range(1, KILLS + 1):
        await _write(telegram, number)
        answering = asyncio.create_task(_answer(hub, token, number))
        some = len(telegram.sent) + chance.randrange(1, len(PEOPLE))
        await eventually(lambda some=some: len(telegram.sent) >= some, CAUGHT_UP)
        hub.kill()
        hub.start()
        await hub.listening()
        await answering
    await eventually(partial(_is_quiet, hub), CAUGHT_UP)
    async with open_store(hub.data) as db:
        ends = await db.read(_read)
    assert ends.came == Counter(_words("in", number, each) for number in range(KILLS + 1) for each in PEOPLE)
    arrived = Counter(telegram.texts())
    print(f"{KILLS} kills: {len(ends.done)} left, {len(ends.unknown)} unknown, {len(arrived)} arrived")  # noqa: T201
    assert set(arrived.values()) == {1}
    assert ends.done <= arrived.keys() <= ends.done | ends.unknown
    assert ends.done | ends.unknown == {
        _words("out", number, each) for number in range(1, KILLS + 1) for each in PEOPLE
    }
    assert not ends.done & ends.unknown
    assert len(ends.unknown) <= KILLS * (MESSAGES.share or 0)
    for each in PEOPLE:
        numbers = [int(text.split()[1]) for text in telegram.texts(each)]
        assert numbers == sorted(numbers)


def _words(way: str, number: int, person: int) -> str:
    return f"{way} {number} of {person}"


async def _write(telegram: Telegram, number: int) -> None:
    for each in PEOPLE:
        await telegram.write(_words("in", number, each), sender=each)


async def _chats(hub: Hub) -> bool:
    async with open_store(hub.data) as db:
        return await db.read(lambda session: session.scalar(select(func.count(Chat.id)))) == len(PEOPLE)


async def _answer(hub: Hub, token: str, number: int) -> None:
    """Answer everybody, and ask again until that was heard; a key makes it one answer."""
    async with open_store(hub.data) as db:
        chats = dict(await db.read(lambda session: session.execute(select(Chat.id, Chat.key)).all()))
    async with aiohttp.ClientSession(hub.address, headers={"Authorization": f"Bearer {token}"}) as program:
        await asyncio.gather(*[
            _say(program, chat_id, _words("out", number, int(key))) for chat_id, key in chats.items()
        ])  # fmt: skip


async def _say(program: aiohttp.ClientSession, chat_id: int, text: str) -> None:
    async def heard() -> bool:
        try:
            async with program.post("/api/v1/messages", json={"chat": chat_id, "text": text},
                                    headers={"Idempotency-Key": text.replace(" ", "-")}) as answer:  # fmt: skip
                return answer.status == 202
        except aiohttp.ClientError:
            return False

    await eventually(heard, CAUGHT_UP)


async def _is_quiet(hub: Hub) -> bool:
    def waits(session: Session) -> bool:
        came = select(func.count(Interaction.id)).where(Interaction.direction == "in")
        rows = session.scalar(select(func.count(Outgoing.id)).where(Outgoing.due_at.is_not(None)))
        return bool(rows) or session.scalar(came) != (KILLS + 1) * len(PEOPLE)

    async with open_store(hub.data) as db:
        return not await db.read(waits)


def _read(session: Session) -> Ends:
    wanted = select(Outgoing, Interaction.text).join(ChatMessage, ChatMessage.outgoing_id == Outgoing.id).join(
        Interaction, Interaction.id == ChatMessage.interaction_id
    )  # fmt: skip
    rows = session.execute(wanted).all()
    came = session.scalars(select(Interaction.text).where(Interaction.direction == "in"))
    done, unknown = ({text for row, text in rows if getattr(row, how)} for how in ("done_at", "unknown_at"))
    return Ends(Counter(came), done, unknown)
