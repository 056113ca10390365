"""Chats of the window company, as their messengers would have left them in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chats, contacts, conversations, tasks, turns
from crm.attachments import Attachment
from crm.chats import Chat, ChatMedia, ChatMessage
from crm.contacts import Contact
from crm.conversations import Conversation, Interaction
from hub.blobs import digest
from hub.channels import Channel
from hub.clock import now
from hub.outbox import Outgoing
from hub.users import find_department, find_user
from tests.crm.klarruta import Klarruta, _mail

numbers = count(1)
SAID = {"type": "SendMessage", "to": "71", "text": "Hello", "message_id": "m1"}
DAY = timedelta(days=1)


@dataclass
class Came:
    """What came with a message beside its words."""

    files: tuple[tuple[str, str, bytes], ...] = ()
    media: tuple[ChatMedia, ...] = ()
    values: dict[str, object] = field(default_factory=dict)


def channel_of(session: Session, kind: str) -> Channel:
    """Give the company's channel of a messenger, made at the first asking; it sends nothing by itself."""
    found = session.scalar(select(Channel).where(Channel.kind == kind))
    if found is None:
        found = Channel(
            name=kind, title=f"Klarruta on {kind.capitalize()}", kind=kind, settings={}, paused_at=now()
        )
        found.token = f"t{kind}{next(numbers)}"
        session.add(found)
        session.flush()
    return found


def chat_with(
    session: Session,
    kind: str,
    name: str,
    username: str = "",
    contact_id: int | None = None,
    of: str = "Sales",
) -> Chat:
    """Give a chat with somebody, on his card or on a new one."""
    channel, number = channel_of(session, kind), next(numbers)
    handle = (kind, f"{kind}-{number}")
    if contact_id is None:
        department = find_department(session, of)
        contact_id = contacts.add_contact(session, name, [handle], department_id=department.id)
    else:
        session.add(contacts.Handle(contact_id=contact_id, kind=handle[0], value=handle[1]))
    chat = Chat(
        channel_id=channel.id,
        key=handle[1],
        contact_id=contact_id,
        handle=handle[1],
        name=name,
        username=username,
    )
    session.add(chat)
    session.flush()
    return chat


def wrote(session: Session, chat: Chat, text: str, at: datetime, came: Came | None = None) -> int:
    """Have the contact write; a task waits for who answers."""
    came = came or Came()
    touch = _touch(session, chat, text, at, "in")
    session.add(
        ChatMessage(interaction_id=touch.id, chat_id=chat.id, remote_id=f"m{touch.id}", **came.values)
    )
    for name, kind, content in came.files:
        session.add(
            Attachment(interaction_id=touch.id, name=name, type=kind, size=len(content), blob=digest(content))
        )
    for media in came.media:
        media.interaction_id, media.channel_id = touch.id, chat.channel_id
        session.add(media)
    chat.last_in_at = at
    session.flush()
    conversation = session.get_one(Conversation, touch.conversation_id)
    turns.came(session, conversation.id, at)
    if not tasks.waiting_in(session, conversation.id):
        tasks.add_task(
            session, title=f"Answer {chat.name}", kind="chat", why="", contact_id=chat.contact_id,
            department_id=conversation.department_id, assignee_id=conversation.assignee_id, created_at=at,
            interaction_id=touch.id,
        )  # fmt: skip
    return touch.id


def answered(
    session: Session, chat: Chat, text: str, at: datetime, by: str = "", command: Mapping[str, object] = SAID,
    **values: object,
) -> int:  # fmt: skip
    """Have one of us answer, or a program where nobody is named; `row` are values of its command."""
    touch = _touch(session, chat, text, at, "out")
    touch.author_id = find_user(session, _mail(by)).id if by else None
    row = values.pop("row", {})
    assert isinstance(row, dict)
    outgoing = Outgoing(
        channel_id=chat.channel_id,
        command=dict(command),
        at_most_once=False,
        made_at=at,
        expires_at=at + DAY,
        **row,
    )
    session.add(outgoing)
    session.flush()
    made = {"remote_id": f"m{touch.id}", "left_at": at} | values
    session.add(ChatMessage(interaction_id=touch.id, chat_id=chat.id, outgoing_id=outgoing.id, **made))
    session.flush()
    return touch.id


def _touch(session: Session, chat: Chat, text: str, at: datetime, direction: str) -> Interaction:
    subject = text.splitlines()[0][:80] if text else "A file"
    known = session.scalar(
        select(Conversation.id).where(
            Conversation.contact_id == chat.contact_id, Conversation.channel_id == chat.channel_id
        )
    )
    if known is None:
        department_id = session.get_one(Contact, chat.contact_id).department_id
        known = conversations.open_conversation(
            session, chat.contact_id, chat.channel_id, subject, at, department_id=department_id
        )
    touch = Interaction(
        contact_id=chat.contact_id, conversation_id=known, channel_id=chat.channel_id, kind=chats.KIND,
        direction=direction, at=at, summary=subject, text=text, fields=[], origin=[], remarks=[],
    )  # fmt: skip
    session.add(touch)
    session.flush()
    return touch


class ChatRoom:
    """The company's chats in a store; Ira writes by Telegram."""

    def __init__(self, firm: Klarruta) -> None:
        """Begin with nobody in it."""
        self.firm = firm

    async def opens(self, kind: str = "telegram", name: str = "Ira Petrova", username: str = "ira_p") -> Chat:
        """Give a chat with somebody."""
        return await self.firm.do(chat_with, kind, name, username)

    async def says(
        self, chat: Chat, text: str, ago: timedelta = timedelta(), came: Came | None = None
    ) -> int:
        """Have the contact write."""
        return await self.firm.do(_says, chat.id, text, now() - ago, came)

    async def answers(
        self, chat: Chat, text: str, by: str = "", ago: timedelta = timedelta(), **values: object
    ) -> int:
        """Have one of us answer."""
        return await self.firm.do(_answers, chat.id, text, now() - ago, by, values)

    async def messages(self, chat: Chat) -> list[ChatMessage]:
        """Give what was said in a chat."""
        wanted = (
            select(ChatMessage).where(ChatMessage.chat_id == chat.id).order_by(ChatMessage.interaction_id)
        )
        return list(await self.firm.db.read(lambda session: session.scalars(wanted).all()))

    async def texts(self, chat: Chat) -> list[str]:
        """Give the words of a chat."""
        wanted = (
            select(Interaction.text)
            .join(ChatMessage, ChatMessage.interaction_id == Interaction.id)
            .where(ChatMessage.chat_id == chat.id)
        )
        return list(
            await self.firm.db.read(lambda session: session.scalars(wanted.order_by(Interaction.id)).all())
        )


def _says(session: Session, chat_id: int, text: str, at: datetime, came: Came | None) -> int:
    return wrote(session, session.get_one(Chat, chat_id), text, at, came)


def _answers(
    session: Session, chat_id: int, text: str, at: datetime, by: str, values: dict[str, object]
) -> int:
    return answered(session, session.get_one(Chat, chat_id), text, at, by, **values)
