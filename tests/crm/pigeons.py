"""A messenger for tests, by pigeon, with a chat of Ira's; what the postman tells of a message is told by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from msgspec import convert
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_fates, chat_writing, sla, tasks, turns
from crm.chat_writing import Wanted
from crm.chats import Chat, ChatMessage
from crm.contacts import Contact, add_contact
from crm.conversations import Conversation, Interaction, open_conversation
from crm.setup import setup
from crm.tasks import Task
from hub.channels import Channel, LiveChannel
from hub.chats import MessageFate, Rules, SendMessage, ShowTyping, Template
from hub.clock import now
from hub.connector import Connector, Settings
from hub.outbox import Outgoing
from hub.rows import insert
from hub.users import Viewer, find_department
from tests.crm.klarruta import Klarruta

PIGEONS = 41
CALL = "coo"
DAY = 86_400.0
READY = Template(name="ready", language="en", text="Hello {1}, your {2} are ready.")


class Pigeon(Connector):
    """Takes forty letters, and files of a kilobyte."""

    kind = "pigeon"
    carries: ClassVar = (SendMessage, ShowTyping)
    rules: ClassVar = Rules(handle="pigeon", text=40, caption=20, file=1000, buttons=2, window=DAY)

    def approved(self) -> Sequence[Template]:
        """Give the one that there is."""
        return [READY]


class Loft:
    """Where the pigeons are, with one chat, in which Ira wrote and waits for an answer."""

    def __init__(self, firm: Klarruta) -> None:
        """Stand for the channel."""
        self.firm = firm
        self.db = firm.db
        self.chat_id = 0
        self.live = LiveChannel(
            PIGEONS, "pigeons", "Pigeons", "pigeon", CALL, Pigeon("pigeons", CALL, Settings())
        )

    async def open(self) -> None:
        """Add the channel, and have Ira write."""
        channel = Channel(id=PIGEONS, name="pigeons", title="Pigeons", kind="pigeon", token=CALL, settings={})
        await self.db.write(Session.add, channel)
        self.chat_id = await self.db.write(self._chat)
        await self.asks("Are my windows ready?")

    def _chat(self, session: Session) -> int:
        contact_id = add_contact(session, "Ira Petrova", department_id=find_department(session, "Sales").id)
        return insert(
            session, Chat, channel_id=PIGEONS, key="71", contact_id=contact_id, handle="71", last_in_at=now()
        )

    async def asks(self, text: str) -> int:
        """Have Ira write now, and give her message."""
        return await self.db.write(self._asks, text)

    def _asks(self, session: Session, text: str) -> int:
        chat, at = session.get_one(Chat, self.chat_id), now()
        place = find_department(session, "Sales").id
        known = session.scalar(select(Conversation.id).where(Conversation.channel_id == PIGEONS))
        around = known or open_conversation(session, chat.contact_id, PIGEONS, text, at, department_id=place)
        count = len(session.scalars(select(Interaction.id)).all())
        touch = insert(
            session, Interaction, contact_id=chat.contact_id, conversation_id=around, channel_id=PIGEONS,
            key=f"k{count}", kind="chat", direction="in", at=at, summary=text, text=text, fields=[],
            origin=[], remarks=[],
        )  # fmt: skip
        insert(session, ChatMessage, interaction_id=touch, chat_id=chat.id, remote_id=f"k{count}")
        turns.came(session, around, at)
        if not tasks.waiting_in(session, around):
            task = tasks.add_task(
                session, title="Answer Ira", kind="chat", why="She wrote", contact_id=chat.contact_id,
                interaction_id=touch, department_id=place, assignee_id=None, created_at=at,
            )  # fmt: skip
            sla.promise(session, setup(session), task, "chat", place, at, but="first response")
        chat.last_in_at = at
        return touch

    async def says(self, name: str = "Elin", **wanted: object) -> list[int]:
        """Have somebody of the company say something, and give the interactions that it became."""
        viewer = await self.firm.who(name)
        return await self.db.write(self._says, viewer, convert({"chat_id": self.chat_id, **wanted}, Wanted))

    def _says(self, session: Session, viewer: Viewer, wanted: Wanted) -> list[int]:
        return [each.id for each in chat_writing.say(session, viewer, wanted)]

    async def changes(self, **values: object) -> None:
        """Have the chat be otherwise."""
        await self.db.write(
            lambda session: [setattr(session.get_one(Chat, self.chat_id), *each) for each in values.items()]
        )

    async def chat(self) -> Chat:
        """Give the chat."""
        return await self.db.read(lambda session: session.get_one(Chat, self.chat_id))

    async def outbox(self) -> Sequence[Outgoing]:
        """Give all commands."""
        return await self.db.read(
            lambda session: session.scalars(select(Outgoing).order_by(Outgoing.id)).all()
        )

    async def commands(self) -> list[SendMessage]:
        """Give all messages as they leave."""
        return [convert(row.command, SendMessage) for row in await self.outbox()]

    async def begins(self, touch_id: int) -> None:
        """Have the postman begin to send a message."""
        await self.db.write(self._set, touch_id, {"begun_at": now(), "attempts": 1}, settles=False)

    async def ends(self, touch_id: int, **values: object) -> None:
        """Have the command of a message end like this, as the postman tells it."""
        await self.db.write(self._set, touch_id, {"due_at": None, **values}, settles=True)

    async def leaves(self, touch_id: int, remote_id: str) -> None:
        """Have a message leave."""
        await self.begins(touch_id)
        await self.ends(touch_id, done_at=now(), remote_id=remote_id)

    def _set(self, session: Session, touch_id: int, values: dict[str, object], *, settles: bool) -> None:
        row = session.get_one(Outgoing, session.get_one(ChatMessage, touch_id).outgoing_id)
        for name, value in values.items():
            setattr(row, name, value)
        session.flush()
        if settles:
            chat_fates.settle(session, row)

    async def tells(
        self, fate: str, *remote_ids: str, up_to: datetime | None = None, why: str = "", at: datetime | None = None,
        chat: str = "71",
    ) -> Sequence[int]:  # fmt: skip
        """Have the messenger tell what became of messages, and give those that it changed."""
        event = MessageFate(fate=fate, chat=chat, messages=remote_ids, up_to=up_to, why=why, at=at)  # type: ignore[arg-type]

        def told(session: Session) -> Sequence[int]:
            found = session.scalar(select(Chat).where(Chat.key == chat))
            return chat_fates.told(session, found, self.live, event)

        return await self.db.write(told)

    async def decides(self, touch_id: int, *, left: bool) -> None:
        """Have Elin say that a message did leave, or send it again."""
        viewer, deed = await self.firm.who("Elin"), chat_writing.settle if left else chat_writing.try_again
        await self.db.write(lambda session: deed(session, viewer, session.get_one(ChatMessage, touch_id)))

    async def message(self, touch_id: int) -> ChatMessage:
        """Give a message."""
        return await self.db.read(lambda session: session.get_one(ChatMessage, touch_id))

    async def touch(self, touch_id: int) -> Interaction:
        """Give an interaction."""
        return await self.db.read(lambda session: session.get_one(Interaction, touch_id))

    async def tasks(self) -> Sequence[Task]:
        """Give all tasks."""
        return await self.db.read(lambda session: session.scalars(select(Task).order_by(Task.id)).all())

    async def conversation(self) -> Conversation:
        """Give the conversation."""
        return await self.db.read(lambda session: session.scalars(select(Conversation)).one())

    async def ira(self) -> Contact:
        """Give her card."""
        return await self.db.read(lambda session: session.scalars(select(Contact)).one())
