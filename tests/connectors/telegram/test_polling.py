"""A bot is listened to: all that is written comes, once and in order, whatever Telegram or its network does."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from connectors.telegram import Telegram
from connectors.telegram.calls import MOST
from hub.chats import MessageReceived
from hub.clock import Clock, now
from hub.connector import AuthFailed, Unavailable
from tests.connectors.telegram.bots import Ear, bot, listening
from tests.eventually import eventually
from tests.servers.telegram import Telegram as Server
from tests.servers.telegram import flood, refusal


def texts(ear: Ear, channel: Telegram) -> list[str]:
    """Give what the kept items say."""
    events = [event for raw in ear.items.values() for event in channel.read(raw)]
    return [event.text for event in events if isinstance(event, MessageReceived)]


async def test_what_is_written_comes_once_and_is_forgotten_there_after_it_is_kept(telegram: Server) -> None:
    async with listening(telegram) as (channel, ear):
        await telegram.write("Är fönstret klart?")
        await telegram.write("Hallå?")
        await eventually(lambda: texts(ear, channel) == ["Är fönstret klart?", "Hallå?"])
        await eventually(lambda: not telegram.waiting)
    assert list(ear.items) == ["123456789 9001", "123456789 9002"]
    assert ear.streams == {"71": ["123456789 9001", "123456789 9002"]}


async def test_the_bytes_are_kept_as_telegram_wrote_them(telegram: Server) -> None:
    async with listening(telegram) as (_channel, ear):
        await telegram.write("Är det klart?", odd={"new": [1, 2.50, None]})
        (raw,) = await eventually(lambda: list(ear.items.values()))
    assert b'"odd": {"new": [1, 2.5, null]}' in raw.body
    assert b"\\u00c4r det klart?" in raw.body


async def test_what_was_not_kept_is_asked_for_again(telegram: Server) -> None:
    ear, channel = Ear(), bot(telegram)
    ear.fails.append(ConnectionError("the disk is full"))
    await telegram.write("Är det klart?")
    with pytest.raises(ConnectionError):
        await channel.run(ear)
    assert len(telegram.waiting) == 1
    async with listening(telegram, ear, channel):
        assert texts(ear, channel) == ["Är det klart?"]


async def test_what_waits_in_lots_comes_in_the_order_of_each_chat(telegram: Server) -> None:
    for number in range(MOST + 20):
        await telegram.write(str(number), sender=71 + number % 3)
    async with listening(telegram) as (channel, ear):
        assert sorted(map(int, texts(ear, channel))) == list(range(MOST + 20))
    for keys in ear.streams.values():
        assert keys == sorted(keys, key=lambda key: int(key.partition(" ")[2]))


async def test_a_number_that_starts_again_after_a_silent_week_is_no_reason_to_miss_anything(
    telegram: Server,
) -> None:
    async with listening(telegram) as (channel, ear):
        await telegram.write("före")
        await eventually(lambda: not telegram.waiting)
        message = await telegram.write("tyst")
        await eventually(lambda: not telegram.waiting)
        await telegram.happen(number=17, message=message | {"text": "efter"})
        await eventually(lambda: texts(ear, channel) == ["före", "tyst", "efter"])


async def test_an_update_that_cannot_be_read_is_kept_for_people_and_stops_nothing(telegram: Server) -> None:
    async with listening(telegram) as (channel, ear):
        await telegram.happen(message={"message_id": "seven"})
        await telegram.write("Är det klart?")
        await eventually(lambda: len(ear.items) == 2)
    unread, read = ear.items.values()
    with pytest.raises(ValueError, match="message_id"):
        channel.read(unread)
    assert channel.read(read)


async def test_reactions_come_for_they_are_asked_for(telegram: Server) -> None:
    async with listening(telegram) as (_channel, ear):
        person = {"id": 71, "first_name": "Ira"}
        await telegram.happen(message_reaction={"chat": person | {"type": "private"}, "message_id": 55, "user": person,
                              "date": 1, "old_reaction": [], "new_reaction": []})  # fmt: skip
        await eventually(lambda: ear.items)


async def test_who_presses_a_button_is_told_that_it_was_heard(telegram: Server) -> None:
    async with listening(telegram) as (_channel, ear):
        person = {"id": 71, "first_name": "Ira"}
        message = {"message_id": 55, "chat": person | {"type": "private"}, "date": 1}
        await telegram.happen(callback_query={"id": "q1", "from": person, "data": "yes", "message": message})
        await eventually(lambda: ear.items and not telegram.queries)


async def test_a_web_hook_that_was_set_elsewhere_is_ended_and_nothing_that_waits_is_dropped(
    telegram: Server,
) -> None:
    telegram.hook = {"url": "http://127.0.0.1:9/in"}
    await telegram.write("Är det klart?")
    async with listening(telegram) as (channel, ear):
        assert texts(ear, channel) == ["Är det klart?"]
    assert not telegram.hook


async def test_another_program_that_reads_the_bot_is_said_in_words(telegram: Server) -> None:
    ear = Ear()
    first = asyncio.create_task(bot(telegram).run(ear))
    await eventually(lambda: "up" in ear.words)
    async with listening(telegram):
        with pytest.raises(Unavailable, match="Another program reads the messages of this bot"):
            await asyncio.wait_for(first, 10)


async def test_a_wrong_token_is_refused_and_said(telegram: Server) -> None:
    with pytest.raises(AuthFailed, match="mistyped, or was revoked"):
        await bot(telegram, token="1:wrong").run(Ear())  # noqa: S106 - of no bot
    with pytest.raises(Unavailable, match="no token yet"):
        await bot(telegram, token="").run(Ear())
    with pytest.raises(Unavailable, match="file with the token"):
        await bot(telegram, token="", token_file="/nowhere").run(Ear())  # noqa: S106


async def test_a_telegram_that_is_not_there_is_tried_again_by_the_hub(telegram: Server) -> None:
    channel, ear = bot(telegram), Ear()
    for trouble in (refusal(502, "Bad Gateway"), flood(7)):
        telegram.troubles["getUpdates"].append(trouble)
    with pytest.raises(Unavailable, match="does not answer"):
        await channel.run(ear)
    with pytest.raises(Unavailable, match="7 seconds") as error:
        await channel.run(ear)
    assert error.value.after == 7
    with pytest.raises(Unavailable, match="does not answer"):
        await bot(telegram, base_url="http://127.0.0.1:9").run(ear)
    assert "up" not in ear.words


async def test_what_was_written_in_an_outage_of_some_hours_comes_and_is_said(
    telegram: Server, clock: Clock
) -> None:
    ear = Ear(missed=now())
    await telegram.write("Är det klart?")
    clock.advance(hours=20)
    async with listening(telegram, ear) as (channel, _ear):
        await eventually(lambda: "filled: Telegram kept 1 message meanwhile." in ear.words)
        assert texts(ear, channel) == ["Är det klart?"]


async def test_an_outage_that_is_longer_than_telegram_keeps_messages_is_said_once(
    telegram: Server, clock: Clock
) -> None:
    ear = Ear(missed=now() - timedelta(hours=1))
    await telegram.write("Är det klart?")
    clock.advance(hours=24)
    for _again in range(2):
        async with listening(telegram, ear) as (channel, _ear):
            await eventually(lambda: any("24 hours" in words for words in ear.words))
            assert texts(ear, channel) == []
        ear.words = [words for words in ear.words if words != "up"]
    assert [words[:9] for words in ear.words] == ["unfilled:"]
