"""A bot is listened to: all that is written comes, once and in order, whatever Telegram or its network does."""

from __future__ import annotations

from connectors.telegram import Telegram
from hub.chats import MessageReceived
from tests.connectors.telegram.bots import Ear, listening
from tests.eventually import eventually
from tests.servers.telegram import Telegram as Server


def texts(ear: Ear, channel: Telegram) -> list[str]:
    """Give what the kept items say."""
    events = [event for raw in ear.items.values() for event in channel.read(raw)]
    return [event.text for event in events if isinstance(event, MessageReceived)]


async def test_what_is_written_comes_once_and_is_forgotten_there_after_it_is_kept(telegram: Server) -> None:
    async with listening(telegram) as (channel, ear):
        await telegram.write("Är fönstret klart?")
        await eventually(lambda: texts(ear, channel) == ["Är fönstret klart?"])
        await eventually(lambda: not telegram.waiting)
