"""A messenger of the company, for tests: what it tells is taken at once, as it is from the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import NamedTuple

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import intake, tasks
from crm.chats import Chat, ChatManner, ChatMedia, ChatMessage
from crm.contacts import Contact
from crm.conversations import Conversation, Interaction
from crm.tasks import Task
from hub import journal
from hub.channels import Channel, LiveChannel
from hub.chats import ChatChanged, Chatter, MessageEdited, MessageFate, MessageReacted, MessageReceived
from hub.clock import now
from hub.connector import Connector, Settings
from hub.journal import Inbound, Outcome
from tests.crm.klarruta import Klarruta

TELEGRAM, VIBER = 31, 32
KINDS = {TELEGRAM: "telegram", VIBER: "viber"}
IRA = Chatter(id="71", name="Ira Petrova", username="ira_p", language="ru")

Heard = MessageReceived | MessageEdited | MessageReacted | MessageFate | ChatChanged


class Came(NamedTuple):
    """What came: the event, its item in the journal, and what it became."""

    event: Heard
    item: int
    outcome: Outcome

    @property
    def contact(self) -> int:
        """Give the card that it went to."""
        return int((self.outcome.path or "/0").rpartition("/")[2])


class Messenger:
    """Two messengers of one company."""

    def __init__(self, firm: Klarruta) -> None:
        """Stand for the messengers of the company in this store."""
        self.firm = firm
        self.db = firm.db
        self.channels = {number: _living(number, kind) for number, kind in KINDS.items()}
        self._keys = count(1)

    async def open(self) -> None:
        """Add the channels."""
        for channel in self.channels.values():
            row = Channel(id=channel.id, name=channel.name, title=channel.title, kind=channel.kind,
                          token=channel.token, settings={})  # fmt: skip
            await self.db.write(Session.add, row)

    async def writes(
        self, text: str = "Hello", sender: Chatter = IRA, channel: int = TELEGRAM, **more: object
    ) -> Came:
        """Have somebody write now."""
        return await self.tells(self.message(text, sender, **more), channel)

    def message(self, text: str = "Hello", sender: Chatter = IRA, **more: object) -> MessageReceived:
        """Give a message with a key of its own."""
        plain = MessageReceived(key=f"m{next(self._keys)}", chat=sender.id, sender=sender, text=text)
        return structs.replace(plain, **more)

    async def tells(self, event: Heard, channel: int = TELEGRAM) -> Came:
        """Have the messenger tell something now."""
        item = await self.db.write(self.keep, channel)
        return Came(event, item, await self.db.write(self.take, item, event))

    async def replays(self, came: Came, event: Heard | None = None) -> Came:
        """Have an item read again."""
        await self.db.write(lambda session: journal.reopen(session, session.get_one(Inbound, came.item)))
        event = event or came.event
        return Came(event, came.item, await self.db.write(self.take, came.item, event))

    async def taking(self, event: Heard, channel: int = TELEGRAM) -> Callable[[Session], Outcome]:
        """Give what takes an event that waits in the journal."""
        item = await self.db.write(self.keep, channel)
        return lambda session: self.take(session, item, event)

    def keep(self, session: Session, channel: int = TELEGRAM) -> int:
        """Keep an item in the journal, which no hub takes before we do."""
        item = Inbound(channel_id=channel, key=f"u{next(self._keys)}", stream=None, received_at=now(), headers={},
                       body=b"x", blob=None, size=1, due_at=now() + timedelta(days=1))  # fmt: skip
        session.add(item)
        session.flush()
        return item.id

    def take(self, session: Session, item: int, event: Heard) -> Outcome:
        """Make of an item what it means, and close it."""
        row = session.get_one(Inbound, item)
        outcome = intake.take(session, row, self.channels[row.channel_id], event)
        journal.close(session, item, outcome)
        return outcome

    async def behaves(self, channel: int = TELEGRAM, **manner: object) -> None:
        """Set how a channel answers by itself."""
        await self.db.write(Session.add, ChatManner(channel_id=channel, **manner))

    async def finish(self) -> None:
        """Have every task be done."""

        def done(session: Session) -> None:
            for task in session.scalars(select(Task).where(Task.done_at.is_(None))).all():
                tasks.complete(session, task, None)

        await self.db.write(done)

    async def cards(self) -> Sequence[Contact]:
        """Give every card."""
        return await self.db.read(lambda session: session.scalars(select(Contact).order_by(Contact.id)).all())

    async def tasks(self) -> Sequence[Task]:
        """Give every task."""
        return await self.db.read(lambda session: session.scalars(select(Task).order_by(Task.id)).all())

    async def touches(self) -> Sequence[Interaction]:
        """Give every interaction."""
        wanted = select(Interaction).order_by(Interaction.id)
        return await self.db.read(lambda session: session.scalars(wanted).all())

    async def said(self) -> Sequence[ChatMessage]:
        """Give every message."""
        wanted = select(ChatMessage).order_by(ChatMessage.interaction_id)
        return await self.db.read(lambda session: session.scalars(wanted).all())

    async def media(self) -> Sequence[ChatMedia]:
        """Give every file that lies with a messenger."""
        return await self.db.read(
            lambda session: session.scalars(select(ChatMedia).order_by(ChatMedia.id)).all()
        )

    async def chats(self) -> Sequence[Chat]:
        """Give every chat."""
        return await self.db.read(lambda session: session.scalars(select(Chat).order_by(Chat.id)).all())

    async def conversations(self) -> Sequence[Conversation]:
        """Give every conversation."""
        wanted = select(Conversation).order_by(Conversation.id)
        return await self.db.read(lambda session: session.scalars(wanted).all())


def _living(number: int, kind: str) -> LiveChannel:
    return LiveChannel(number, kind, kind.capitalize(), kind, kind, Connector(kind, kind, Settings()))
