"""What chats and messages are called: a chat is where an answer goes, and a message has a number in it.

71                  the chat with a person
71:4                a topic in it
business/BC/71      the chat of a person with a colleague whose business account the bot looks after
71/55               a message of that person's chat, whoever wrote it: both sides count together
"""

from __future__ import annotations

import re
from typing import NamedTuple

from connectors.telegram.wire import Message
from hub.connector import Refused
from hub.said import said

PRIVATE = "private"
_PLACE = re.compile(
    r"(?:business/(?P<business>[A-Za-z0-9_=+-]{1,128})/)?(?P<id>-?\d{1,20})(?::(?P<topic>\d{1,20}))?"
)


class Address(NamedTuple):
    """Where a message goes: `business` and `topic` are None where it is none of such."""

    chat_id: int
    topic: int | None = None
    business: str | None = None

    def __str__(self) -> str:
        """Give what the chat is called."""
        topic = f":{self.topic}" if self.topic else ""
        return f"{_prefix(self.business)}{self.chat_id}{topic}"

    def message(self, number: int) -> str:
        """Give what a message of it is called; the topic is left out, since reactions do not tell it."""
        return f"{_prefix(self.business)}{self.chat_id}/{number}"


def address_of(message: Message) -> Address:
    """Give where a message was said."""
    topic = message.message_thread_id if message.is_topic_message else None
    return Address(message.chat.id, topic, message.business_connection_id or None)


def read_address(chat: str) -> Address:
    """Read what a chat is called; Refused for what none is called."""
    found = _PLACE.fullmatch(chat)
    if found is None:
        raise Refused(said("“%(chat)s” is no chat of Telegram.", chat=chat))
    return Address(int(found["id"]), int(found["topic"]) if found["topic"] else None, found["business"])


def number_in(message: str) -> int | None:
    """Give the number of a message in its chat; None for what is no message, such as a button that was pressed."""
    number = message.rpartition("/")[2]
    return int(number) if re.fullmatch(r"\d{1,18}", number) and "pressed" not in message else None


def _prefix(business: str | None) -> str:
    return f"business/{business}/" if business else ""
