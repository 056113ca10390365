"""Chats of the demonstration: updates of Telegram as raw bytes, and what colleagues answered, each at its time.

The bot is nobody's, so its channel is paused when all was said: it asks no server for anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_fates, chat_writing, intake
from crm.chats import Chat, ChatMessage
from crm.demo.people import colleague
from crm.demo.requests import Request
from hub import journal, outbox
from hub.channels import Channel, Channels, LiveChannel, add_channel
from hub.clock import clock, now
from hub.connector import Raw
from hub.journal import Inbound
from hub.users import viewer

TELEGRAM = "telegram"
FIRST = 700_000_000  # number of an update


class Line(NamedTuple):
    """Something that was said so many minutes ago, by a customer (number, name) or by a colleague to him."""

    ago: float
    number: int
    name: str
    text: str
    by: str = ""


LINES = (
    Line(1530, 71, "Ira Petrova", "Hello! Do you measure in Kortedala?"),
    Line(1521, 71, "Ira Petrova", "We do. When would it suit you? Thursday morning is free.", "Elin Sandgren"),
    Line(1517, 71, "Ira Petrova", "Thursday is good. There are eleven windows, from 1962."),
    Line(1514, 71, "Ira Petrova", "Then I put you down for Thursday at nine. Johan comes.", "Elin Sandgren"),
    Line(190, 72, "Samir Aziz", "The handle in the kitchen turns round and round. Can you send a new one?"),
    Line(38, 71, "Ira Petrova", "One more thing: do we have to move the furniture away from the windows?"),
    Line(7, 73, "Tove Lindgren", "Which of the three colours is closest to the old one?"),
)  # fmt: skip


def add_chats(session: Session) -> None:
    """Open the company's bot, once."""
    if session.scalar(select(Channel.id).where(Channel.name == TELEGRAM)) is None:
        add_channel(session, TELEGRAM, "Klarruta on Telegram", TELEGRAM, {})


def written(moment: datetime) -> Iterator[Request]:
    """Give what customers wrote, as Telegram tells of it."""
    for number, line in enumerate(LINES):
        if not line.by:
            yield Request(TELEGRAM, _update(number, line, moment - timedelta(minutes=line.ago)))


def talk_through(session: Session, channels: Channels, moment: datetime) -> None:
    """Have each line be said at its time, by the same verbs as in the console."""
    channel, shift = next(each for each in channels if each.name == TELEGRAM), clock.shift
    try:
        for number, line in enumerate(LINES):
            clock.advance(seconds=(moment - timedelta(minutes=line.ago) - now()).total_seconds())
            if line.by:
                _answer(session, channel, line)
            else:
                _hear(session, channel, str(FIRST + number))
            session.flush()
    finally:
        clock.shift = shift
    session.get_one(Channel, channel.id).paused_at = moment


def _update(number: int, line: Line, at: datetime) -> Raw:
    who = {
        "id": line.number,
        "first_name": line.name.partition(" ")[0],
        "last_name": line.name.partition(" ")[2],
    }
    message = {
        "message_id": 2 * number + 1, "date": int(at.timestamp()), "text": line.text,
        "from": {**who, "is_bot": False, "username": line.name.lower().replace(" ", "_")},
        "chat": {**who, "type": "private"},
    }  # fmt: skip
    body = msgspec.json.encode({"update_id": FIRST + number, "message": message})
    return Raw(body=body, headers={}, received_at=at, key=str(FIRST + number))


def _hear(session: Session, channel: LiveChannel, key: str) -> None:
    item = session.scalars(select(Inbound).where(Inbound.channel_id == channel.id, Inbound.key == key)).one()
    raw = Raw(body=item.body or b"", headers=item.headers, received_at=item.received_at, key=item.key)
    for event in channel.connector.read(raw):
        journal.close(session, item.id, intake.take(session, item, channel, event))


def _answer(session: Session, channel: LiveChannel, line: Line) -> None:
    chat = session.scalars(select(Chat).where(Chat.channel_id == channel.id, Chat.name == line.name)).one()
    wanted = chat_writing.Wanted(chat_id=chat.id, text=line.text)
    for touch in chat_writing.say(session, viewer(colleague(session, line.by)), wanted):
        row_id = session.get_one(ChatMessage, touch.id).outgoing_id or 0
        outbox.end(
            session, row_id, "done_at", {"remote_id": f"{line.number} {2 * touch.id}"}, chat_fates.settle
        )
