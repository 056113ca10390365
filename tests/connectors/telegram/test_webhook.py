"""A bot whose messages are brought: kept before the answer, from Telegram alone, and again after an outage."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from connectors.telegram.connector import SECRET
from hub.clock import now
from hub.connector import Raw, Unavailable
from hub.journal import Inbound
from hub.store import open_store
from tests.connectors.telegram.bots import Ear, bot, listening
from tests.eventually import eventually
from tests.servers import telegram as telegrams
from tests.servers.ringback import Hub
from tests.servers.telegram import Telegram as Server

PRESSED = {"id": "q1", "from": {"id": 71, "first_name": "Ira"}, "data": "yes",
           "message": {"message_id": 55, "chat": {"id": 71, "type": "private"}, "date": 1}}  # fmt: skip


@pytest.fixture
async def hub(telegram: Server, tmp_path: Path) -> AsyncIterator[Hub]:
    """Give a hub to which a bot's messages are brought."""
    config, settings = tmp_path / "ringback.toml", tmp_path / "bot.toml"
    made = Hub(tmp_path / "data", "--config", str(config))
    config.write_text(f'url = "{made.address}"\n')
    settings.write_text(f'token = "{telegrams.TOKEN}"\nmode = "webhook"\nbase_url = "{telegram.address}"\n')
    made.start()
    await made.listening()
    made.tell("channel", "add", "bot", "--kind", "telegram", "--settings", str(settings))
    try:
        yield made
    finally:
        made.stop()


async def kept(hub: Hub) -> list[str]:
    """Give the keys of what is in the journal and proven."""
    wanted = select(Inbound.key).where(Inbound.unproven_at.is_(None)).order_by(Inbound.id)
    async with open_store(hub.data) as db:
        return list(await db.read(lambda session: session.scalars(wanted).all()))


async def test_what_is_written_is_brought_and_comes_once_also_after_an_outage(
    telegram: Server, hub: Hub
) -> None:
    await eventually(lambda: telegram.hook, 30)
    await telegram.write("Är det klart?")
    await telegram.happen(callback_query=PRESSED)
    await eventually(lambda: not telegram.waiting and not telegram.queries, 30)
    assert telegram.calls[-1].method == "answerCallbackQuery"
    hub.kill()
    await telegram.write("Hallå?")
    await telegram.happen(
        number=9001, message={"message_id": 55, "chat": {"id": 71, "type": "private"}, "date": 1}
    )
    await eventually(lambda: telegram.hook_error, 30)
    hub.start()
    await eventually(lambda: not telegram.waiting, 60)
    assert await kept(hub) == ["123456789 9001", "123456789 9002", "123456789 9003"]


async def test_what_does_not_name_the_secret_is_nobodys(telegram: Server, hub: Hub) -> None:
    await eventually(lambda: telegram.hook, 30)
    forged = {"update_id": 9500, "message": await telegram.write("Är det klart?")}
    await eventually(lambda: not telegram.waiting, 30)
    async with ClientSession() as session:
        for headers in ({}, {SECRET: "sesame"}, {SECRET: "å"}):
            async with session.post(telegram.hook["url"], json=forged, headers=headers) as answer:
                assert answer.status == 401
    assert await kept(hub) == ["123456789 9001"]


async def test_an_address_that_another_program_took_is_taken_back(
    telegram: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.telegram.listening.LOOK", 0.05)
    channel = bot(telegram, mode="webhook")
    channel.address = "http://127.0.0.1:9/in/bot/sesame"
    async with listening(telegram, channel=channel):
        assert json.loads(telegram.hook["allowed_updates"])[0] == "message"
        telegram.hook = {"url": "https://elsewhere.example"}
        await eventually(lambda: telegram.hook["url"] == channel.address)


async def test_why_nothing_can_be_brought_is_said_in_words(
    telegram: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, ear = bot(telegram, mode="webhook"), Ear(missed=now())
    with pytest.raises(Unavailable, match=r"say in ringback\.toml under which url"):
        await channel.run(ear)
    monkeypatch.setattr("connectors.telegram.listening.LOOK", 0.05)
    channel.address = "http://127.0.0.1:9/in/bot/sesame"
    await telegram.write("Är det klart?")
    with pytest.raises(Unavailable, match="cannot bring what is written: Connection refused"):
        await channel.run(ear)
    assert "filled: Telegram brings what was written meanwhile." in ear.words


def test_what_is_too_large_for_an_update_is_refused(telegram: Server) -> None:
    answer = bot(telegram).refuse(Raw(body=bytes(1 << 21), headers={}, received_at=now()))
    assert answer
    assert answer.status == 413
